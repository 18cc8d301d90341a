"""Invented incidents around the champion's own districts, to show how a table is answered; no data ship."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

ROWS = 400
SEED = 7
RING = 0.03  # degrees from the city's middle to the middle of an invented district
WIDE = 0.004  # degrees that its records scatter
STREETS = ("ALDER ST", "BROOK ST", "CHAPEL AV", "DALE ST", "ELM ST", "FERRY ST", "GARDEN AV", "HILL ST")
TEXTS = (
    "BICYCLE TAKEN FROM A GARAGE",
    "WINDOW OF A PARKED CAR BROKEN, BAG TAKEN",
    "WALL SPRAYED WITH PAINT",
    "STOLEN TRUCK",
    "LOST WALLET",
    "SHOPLIFTING, SMALL AMOUNT",
)
BROKEN = {17: "yesterday evening", 201: "31/31/2014"}
"""Dates that cannot be read, so that the example shows rejected rows too."""


def example(metadata: Mapping[str, Any]) -> bytes:
    """A CSV of invented rows. metadata: of the version that will answer them."""
    random = np.random.default_rng(SEED)
    inputs = metadata.get("inputs", {})
    districts = inputs.get("words", {}).get("district") or ["NORTH", "SOUTH"]
    district_index = random.integers(len(districts), size=ROWS)
    last = pd.Timestamp(metadata.get("trained_on", {}).get("to", "2014-09-30"))
    hours = np.clip(random.normal(17, 5, ROWS), 0, 23).astype(int)
    moments = last - pd.to_timedelta(random.integers(1, 180, ROWS), unit="D") + pd.to_timedelta(hours, unit="h")
    when = moments.strftime("%Y-%m-%d %H:%M").to_numpy(dtype=object)
    for row, text in BROKEN.items():
        when[row] = text
    block, street = random.integers(1, 30, ROWS) * 100, random.choice(STREETS, ROWS)
    frame = pd.DataFrame(
        {
            "date": when,
            "offence": np.where(random.random(ROWS) < 0.3, random.choice(TEXTS, ROWS), np.array(None, dtype=object)),
            "district": np.array(districts, dtype=object)[district_index],
            "block": [f"{number} Block of {name}" for number, name in zip(block, street, strict=True)],
        }
    )
    if origin := inputs.get("origin"):
        angle = 2 * np.pi * district_index / len(districts)
        frame["latitude"] = (origin[0] + RING * np.sin(angle) + random.normal(0, WIDE, ROWS)).round(5)
        frame["longitude"] = (origin[1] + RING * np.cos(angle) + random.normal(0, WIDE, ROWS)).round(5)
    csv: str = frame.rename(columns={"offence": "offence description"}).to_csv(index=False)
    return csv.encode()


def one_record(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """One invented record for the form."""
    districts = metadata.get("inputs", {}).get("words", {}).get("district") or [None]
    record = {
        "datetime": "2014-09-30 23:51",
        "district": districts[len(districts) // 2],
        "address": "1200 Block of ELM ST",
    }
    if origin := metadata.get("inputs", {}).get("origin"):
        record |= {"latitude": round(origin[0], 4), "longitude": round(origin[1], 4)}
    return record
