"""What a network said of photos that it did not learn from, beside their labels; kept in tables between runs."""

from __future__ import annotations

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


def read_left_out(paths: Sequence[Path]) -> LabelledLogits:
    """What runs made of the sources that they left out. paths: CSV files of `table`, with a column `left_out`.

    Raises InvalidInput where one is none of these.
    """
    parts = []
    for path in paths:
        try:
            table = pd.read_csv(path)
            parts.append(LabelledLogits.of_table(table[table["left_out"].astype(bool)]))
        except (OSError, ValueError, KeyError) as problem:
            raise InvalidInput(
                expected="tables that `benchmarks.waste.protocol` wrote, with the logits of photos left out",
                received=f"{path}: {problem!r:.80}",
                advice="Give benchmarks/results/waste/without-*.csv.",
            ) from problem
    return LabelledLogits.joined(parts)
