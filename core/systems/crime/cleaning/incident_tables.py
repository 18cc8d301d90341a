"""How a table of incidents is read: what can be set, and the clean records of a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from core.progress import Progress, ProgressListener, Stage
from core.systems.crime.cleaning.column_mapping import PARTS, map_columns
from core.systems.crime.cleaning.incidents import CleaningOptions, IncidentRecords, clean_table
from core.tables.reader import PREVIEW_ROWS, read_table


class CrimeTableOptions(BaseModel):
    """How a table is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    map: dict[str, str] = Field(
        {},
        description="PART=COLUMN, repeated; parts are " + ", ".join(PARTS) + ". PART= leaves a part out.",
    )
    timezone: str | None = Field(None, description="IANA zone of the city's clock, for times with an offset.")
    day_first: bool | None = Field(None, description="How 03/04/2014 is meant; judged from the column if not said.")


def read_incidents(
    source: Path | bytes,
    options: CrimeTableOptions,
    needs: Sequence[str],
    progress: ProgressListener,
    *,
    keep_duplicates: bool = False,
    is_category: Callable[[str], bool] | None = None,
) -> IncidentRecords:
    """The clean records of a table; how its columns are used is told.

    source: a file or its bytes.
    options: how the table is read.
    needs: parts without which a row is rejected, as of `CleaningOptions`.
    progress: receives the sentences on how the table was read.
    keep_duplicates: as of `CleaningOptions`.
    is_category: as of `map_columns`.
    """
    raw = read_table(source)
    columns = map_columns(raw.frame.head(PREVIEW_ROWS), options.map, is_category)
    for sentence in columns.sentences():
        progress(Progress(0.0, Stage.READING, detail=sentence))
    cleaning = CleaningOptions(needs, options.timezone, options.day_first, keep_duplicates)
    records = clean_table(raw, columns, cleaning)
    for note in records.notes:
        progress(Progress(0.0, Stage.READING, detail=note))
    counts = ", ".join(f"{kind} {count}" for kind, count in records.findings.counts().items())
    counted = f"{len(records)} records, {records.findings.rejected} rows rejected; {counts or 'nothing to report'}"
    progress(Progress(0.01, Stage.READING, detail=counted))
    return records
