"""Labelled incidents: the clean records of a table with their categories as class numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.progress import ProgressListener
from core.systems.crime.cleaning.incident_tables import read_incidents
from core.systems.crime.cleaning.incidents import IncidentRecords
from core.systems.crime.train.options import LabelledTableOptions


@dataclass(frozen=True)
class LabelledRecords:
    """Clean records with their categories.

    records: n records with a column `label`.
    labels: classes as indices of `names`, int64, shape (n,); -1 for a category that is not among them.
    names: the categories.
    """

    records: IncidentRecords
    labels: np.ndarray
    names: tuple[str, ...]

    def period(self, chosen: np.ndarray) -> dict[str, str | int]:
        """First and last day of the chosen records (boolean, shape (n,)), and how many there are."""
        moments = self.records.frame["datetime"][chosen]
        return {"from": str(moments.min().date()), "to": str(moments.max().date()), "rows": int(chosen.sum())}


def read_labelled(
    options: LabelledTableOptions,
    needs: tuple[str, ...],
    progress: ProgressListener,
    names: tuple[str, ...] | None = None,
) -> LabelledRecords:
    """The labelled records of a table; how its columns are used is told.

    options: names the table and how it is read.
    needs: parts without which a row is rejected, as of `CleaningOptions`.
    progress: receives the sentences on how the table was read.
    names: the categories in the order of the classes; those of the table, sorted, if None.
    """
    records = read_incidents(options.data, options, needs, progress)
    texts = records.frame["label"]
    classes = names or tuple(sorted(texts.unique()))
    class_of = {name: index for index, name in enumerate(classes)}
    return LabelledRecords(records, texts.map(class_of).fillna(-1).to_numpy(dtype=np.int64), classes)
