"""The roll-up of local categories to the offence groups of NIBRS, shipped as data (`nibrs.csv`).

Groups follow the FBI's NIBRS User Manual (2023), Group A and B; "Not an Offense" is ours, for what a city files that no
law forbids. A category is mapped as a whole: what a city files under one name may belong to several groups.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("nibrs.csv")


@lru_cache(maxsize=1)
def groups_by_city() -> dict[str, dict[str, str]]:
    """{city: {category: group}}."""
    cities: dict[str, dict[str, str]] = {}
    with FILE.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            cities.setdefault(row["city"], {})[row["category"]] = row["group"]
    return cities


def nibrs_group(category: str) -> str | None:
    """The NIBRS group of a category of any city in `nibrs.csv`; None if no city has it."""
    name = " ".join(category.upper().split())
    return next((groups[name] for groups in groups_by_city().values() if name in groups), None)


def is_category(text: str) -> bool:
    """Whether a text is the name of a category in a city of `nibrs.csv`."""
    return nibrs_group(text) is not None
