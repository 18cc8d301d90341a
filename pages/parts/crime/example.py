"""Invented incidents around the champion's own districts, to show how a table is answered; no data ship."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

ROWS = 400
SEED = 7
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
    if (places := _places(districts, district_index, random)) is not None:
        frame["latitude"], frame["longitude"] = places[:, 0].round(5), places[:, 1].round(5)
    csv: str = frame.rename(columns={"offence": "offence description"}).to_csv(index=False)
    return csv.encode()


def _places(districts: list[str], district_index: np.ndarray, random: np.random.Generator) -> np.ndarray | None:
    """A place inside the district of each record: latitude and longitude [degrees], shape (records, 2).

    None where the borders of a district are not known: real names never stand at invented places.
    """
    from core.maps import areas

    shapes = [areas.shipped().shape_of(name) for name in districts]
    if any(shape is None for shape in shapes):
        return None
    places = np.empty((len(district_index), 2))
    for index, shape in enumerate(shapes):
        rows = np.flatnonzero(district_index == index)
        west, south, east, north = shape.bounds
        points_inside = np.empty((0, 2))
        while len(points_inside) < len(rows):
            tried = random.uniform((south, west), (north, east), (4 * len(rows), 2))
            points_inside = np.vstack([points_inside, tried[areas.contains(shape, tried[:, 0], tried[:, 1])]])
        places[rows] = points_inside[: len(rows)]
    return places


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
