"""What the Crime page asks of the system beside answers: whether a table is of the city that a version knows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from core.systems.crime.categories import city_fit
from core.systems.crime.categories.city_fit import CityFit
from core.systems.crime.cleaning.coordinates import clean_coordinates
from core.systems.crime.cleaning.findings import FindingsCollector
from core.systems.crime.cleaning.incidents import clean_texts
from core.tables.reader import read_table

PARTS = ("label", "district", "latitude", "longitude")


def compare_city(
    metadata: Mapping[str, object], source: Path, chosen: Mapping[str, str], categories: Mapping[str, str]
) -> CityFit:
    """How the whole table fits the city of a version.

    metadata: the version's metadata.json. chosen: {part: column}. categories: {category of the table: what the version
    calls it}. Raises InvalidInput, TooLarge.
    """
    columns = [chosen[part] for part in PARTS if part in chosen]
    raw = read_table(source, columns) if columns else None
    frame = raw.frame if raw else pd.DataFrame()
    rows = raw.rows if raw else np.zeros(0, dtype=int)
    north, east = clean_coordinates(frame, chosen, FindingsCollector(rows))
    labels = clean_texts(frame, chosen.get("label")).replace(dict(categories))
    places = (north.to_numpy(dtype=float), east.to_numpy(dtype=float))
    return city_fit.compare(metadata, labels, clean_texts(frame, chosen.get("district")), places)
