"""What a network said of photos that it did not learn from, beside their labels; kept in tables between runs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import InvalidInput
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.labels import MATERIALS


@dataclass(frozen=True)
class LabelledLogits:
    """What a network said of n photos that it did not learn from, beside their labels.

    logits: shape (n, 8). materials: index in MATERIALS, -1 where unknown; int. plastic: 1, 0, or -1 where unknown; int.
    in_scope: whether a photo shows waste, bool. source: where it came from, str. All but the logits of shape (n,).
    """

    logits: np.ndarray
    materials: np.ndarray
    plastic: np.ndarray
    in_scope: np.ndarray
    source: np.ndarray

    def __len__(self) -> int:
        return len(self.logits)

    def pick(self, chosen: np.ndarray) -> LabelledLogits:
        """Some of the photos, by index or mask."""
        return LabelledLogits(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    @staticmethod
    def of(photos: Sequence[LabelledPhoto], logits: np.ndarray) -> LabelledLogits:
        """The logits (n, 8) of n photos beside their labels."""
        index_of: dict[str | None, int] = {material: index for index, material in enumerate(MATERIALS)}
        return LabelledLogits(
            logits=logits,
            materials=np.array([index_of.get(photo.material, -1) for photo in photos], dtype=int),
            plastic=np.array([-1 if photo.plastic is None else int(photo.plastic) for photo in photos], dtype=int),
            in_scope=np.array([photo.in_scope for photo in photos], dtype=bool),
            source=np.array([photo.source for photo in photos], dtype=str),
        )

    @staticmethod
    def joined(parts: Sequence[LabelledLogits]) -> LabelledLogits:
        """All of them as one."""
        names = [field.name for field in fields(LabelledLogits)]
        return LabelledLogits(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})

    def table(self) -> pd.DataFrame:
        """One row a photo; the logits as columns logit_0 to logit_7."""
        labels = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "logits"}
        return pd.DataFrame({**labels, **{f"logit_{number}": column for number, column in enumerate(self.logits.T)}})

    @staticmethod
    def of_table(table: pd.DataFrame) -> LabelledLogits:
        """What `table` wrote; further columns are left alone."""
        logits = table[[name for name in table.columns if name.startswith("logit_")]].to_numpy(dtype=np.float64)
        labels = {
            field.name: table[field.name].to_numpy() for field in fields(LabelledLogits) if field.name != "logits"
        }
        return LabelledLogits(logits, **labels)


def names(photos: Sequence[LabelledPhoto]) -> pd.DataFrame:
    """What tables call the n photos: columns `photo` and `unit` (photos of one group share it), both digests."""
    return pd.DataFrame(
        {
            "photo": [_digest(photo.key) for photo in photos],
            "unit": [_digest(photo.group or photo.key) for photo in photos],
        }
    )


def read_tables(paths: Sequence[Path]) -> pd.DataFrame:
    """Tables that runs of `benchmarks.waste.protocol` wrote, as one. Raises InvalidInput where one is none of these."""
    tables = []
    for path in paths:
        try:
            table = pd.read_csv(path, dtype=_TEXTS)
            missing = _COLUMNS - set(table.columns)
        except (OSError, ValueError) as problem:
            raise _no_table(path, f"{problem!r:.80}") from problem
        if missing:
            raise _no_table(path, f"no column {', '.join(sorted(missing))}")
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def left_out_and_familiar(table: pd.DataFrame, tested: pd.DataFrame) -> tuple[LabelledLogits, LabelledLogits]:
    """What runs made of the photos of sources that they left out; and of photos of sources that no run left out.

    table: of `read_tables`. tested: columns `photo` and `unit` of `names` of the photos that are to be judged; neither
    they nor others of their groups come back.
    """
    table = table[~(table["photo"].isin(tested["photo"]) | table["unit"].isin(tested["unit"]))]
    out = table["left_out"].to_numpy(dtype=bool)
    familiar = ~table["never_trained"].to_numpy(dtype=bool) & ~table["source"].isin(table["source"][out]).to_numpy()
    return LabelledLogits.of_table(table[out]), LabelledLogits.of_table(table[familiar])


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _no_table(path: Path, received: str) -> InvalidInput:
    return InvalidInput(
        expected="tables that `benchmarks.waste.protocol` wrote, with the logits of photos left out",
        received=f"{path}: {received}",
        advice="Give the files without-NAME.csv that its runs left.",
    )


_COLUMNS = {"left_out", "never_trained", "unlikeness", "photo", "unit", "logit_0"} | {
    field.name for field in fields(LabelledLogits) if field.name != "logits"
}
_TEXTS = {"photo": str, "unit": str, "source": str}
