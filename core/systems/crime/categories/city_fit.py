"""Whether a table is of the city that a version knows: its districts, its categories and its places against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.systems.crime.categories.nibrs import nibrs_group

MAX_DISTANCE = 1.0  # degrees from the middle of the version's city, beyond which a place is in another one
MAX_FOREIGN = 0.5  # share of districts or places that may be foreign in a table of the version's city
MAX_UNKNOWN_LABELS = 0.2  # likewise of true categories


@dataclass(frozen=True)
class CityFit:
    """How a table fits the city of a version.

    city: that the version learnt; empty if it does not say.
    labelled: records with a true category. unknown_labels: {category that the version does not know: records}.
    grouped: labelled records whose category belongs to a NIBRS group.
    named: records with a district. unknown_districts: {district that the version does not know: records}.
    located: records with a place. far: those that lie in another city.
    suggestions: {unknown category: the version's category that comes nearest, or ""}.
    """

    city: str
    labelled: int
    unknown_labels: Mapping[str, int]
    grouped: int
    named: int
    unknown_districts: Mapping[str, int]
    located: int
    far: int
    suggestions: Mapping[str, str]

    @property
    def foreign(self) -> bool:
        """Whether the table seems to be another city's."""
        districts = _share(sum(self.unknown_districts.values()), self.named)
        places = _share(self.far, self.located)
        if places is not None:
            return places > MAX_FOREIGN
        if districts is not None:
            return districts > MAX_FOREIGN
        return (_share(sum(self.unknown_labels.values()), self.labelled) or 0.0) > MAX_FOREIGN

    @property
    def other_categories(self) -> bool:
        """Whether many true categories are none of the version's."""
        return (_share(sum(self.unknown_labels.values()), self.labelled) or 0.0) > MAX_UNKNOWN_LABELS


def _share(part: int, total: int) -> float | None:
    return part / total if total else None


def compare(
    metadata: Mapping[str, object],
    labels: pd.Series,
    districts: pd.Series,
    places: tuple[np.ndarray, np.ndarray],
) -> CityFit:
    """How a table's true categories, districts and places fit a version.

    metadata: the version's metadata.json. labels, districts: texts or None. places: latitude and longitude [degrees],
    NaN where missing.
    """
    known_labels = [str(label) for label in _listed(metadata.get("labels"))]
    inputs = metadata.get("inputs")
    inputs = inputs if isinstance(inputs, Mapping) else {}
    known_districts = [str(name) for name in _listed(inputs.get("words", {}).get("district"))]
    unknown_labels = _unknown(labels, known_labels)
    origin, (latitude, longitude) = inputs.get("origin"), places
    located = np.isfinite(latitude) & np.isfinite(longitude)
    far = np.zeros(len(latitude), dtype=bool)
    if origin:
        with np.errstate(invalid="ignore"):
            far = (np.abs(latitude - origin[0]) > MAX_DISTANCE) | (np.abs(longitude - origin[1]) > MAX_DISTANCE)
    counts = labels.dropna().astype(str).value_counts()
    return CityFit(
        city=str(metadata.get("city", "")),
        labelled=int(labels.notna().sum()),
        unknown_labels=unknown_labels,
        grouped=int(sum(count for label, count in counts.items() if nibrs_group(str(label)))),
        named=int(districts.notna().sum()) if known_districts else 0,
        unknown_districts=_unknown(districts, known_districts) if known_districts else {},
        located=int(located.sum()) if origin else 0,
        far=int((far & located).sum()),
        suggestions=suggest(
            list(unknown_labels), known_labels, [float(str(share)) for share in _listed(metadata.get("prior"))]
        ),
    )


def suggest(theirs: Sequence[str], ours: Sequence[str], prior: Sequence[float]) -> dict[str, str]:
    """{a foreign category: the version's that comes nearest}: of the same name, else the commonest of its NIBRS group.

    prior: share of each of `ours`; all alike if it is not of their number. "" where none comes near.
    """
    shares = dict(zip(ours, prior if len(prior) == len(ours) else [0.0] * len(ours), strict=True))
    by_name = {_plain(name): name for name in ours}
    by_group: dict[str | None, str] = {}
    for name in sorted(ours, key=lambda name: -shares[name]):
        by_group.setdefault(nibrs_group(name), name)
    by_group.pop(None, None)
    return {name: by_name.get(_plain(name)) or by_group.get(nibrs_group(name), "") for name in theirs}


def _plain(name: str) -> str:
    return "".join(sign for sign in name.upper() if sign.isalnum())


def _listed(value: object) -> list[object] | tuple[object, ...]:
    return value if isinstance(value, list | tuple) else []


def _unknown(values: pd.Series, known_names: Sequence[str]) -> dict[str, int]:
    counts = values.dropna().astype(str).value_counts()
    return {str(name): int(count) for name, count in counts.items() if name not in set(known_names)}
