"""Invented incidents with columns as a city's export names them, for the shipped champion of `crime`."""

from __future__ import annotations

import numpy as np
import pandas as pd

DISTRICTS = ["MISSION", "SOUTHERN", "PARK"]
WORDS = {
    "LARCENY/THEFT": "GRAND THEFT FROM LOCKED AUTO",
    "ASSAULT": "BATTERY",
    "VANDALISM": "MALICIOUS MISCHIEF, VANDALISM",
}


def incidents(rows: int, seed: int = 0) -> pd.DataFrame:
    """That many incidents, one a block, in the order of time; every second one has an offence text."""
    random = np.random.default_rng(seed)
    labels = random.choice(list(WORDS), rows)
    minutes = np.sort(random.integers(0, 500_000, rows)) + np.arange(rows) / max(rows, 1)
    return pd.DataFrame(
        {
            "Dates": (pd.Timestamp("2014-01-01") + pd.to_timedelta(minutes, unit="m")).strftime("%Y-%m-%d %H:%M:%S"),
            "Category": labels,
            "Descript": [WORDS[label] if place % 2 else None for place, label in enumerate(labels)],
            "PdDistrict": random.choice(DISTRICTS, rows),
            "Address": [f"{100 * number} Block of ASH ST" for number in range(rows)],
            "X": -122.42 + random.normal(0, 0.01, rows),
            "Y": 37.76 + random.normal(0, 0.01, rows),
        }
    )
