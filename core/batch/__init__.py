"""Tables through the one path: read -> answer in shards -> log -> write; an interrupted run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import systems
from core.contract import Preview, Progress


@dataclass(frozen=True)
class Summary:
    """What became of a table.

    rows: rows of the table, answered + rejected. problems: findings by kind, those that cost no row too. ways: answers
    by the way in which they came about, such as coding and context. seconds: by stage; answering and logging overlap.
    rejected_file: the rejected rows with their reasons; noted_file: values that were put right or count as missing;
    None where there were none. batch: what these rows' `batch` is in the log; None if nothing was logged.
    """

    system: str
    version: str
    rows: int
    answered: int
    rejected: int
    not_sure: int
    ways: Mapping[str, int]
    problems: Mapping[str, int]
    notes: tuple[str, ...]
    columns: Mapping[str, str]
    seconds: Mapping[str, float]
    output: str
    rejected_file: str | None
    noted_file: str | None
    batch: str | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def options(system: str, **given: Any) -> Any:
    """How a table is read, checked by the system's `Options`; InvalidInput says what is wrong."""
    raise NotImplementedError


def preview(system: str, source: Path | bytes, options: Any) -> Preview:
    """The first rows of a table, and how its columns would be used."""
    return systems.tables(system).preview(source, options)


def run(
    system: str,
    source: Path,
    output: Path,
    options: Any,
    *,
    actor: str = "local",
    source_name: str = "page",
    version: str | None = None,
    progress: Progress,
    replace: bool = False,
    logged: bool = True,
) -> Summary:
    """Answer every record of the table in `source` and write the result to `output`, CSV or Parquet by its ending.

    Each record's row is committed to the log before it is written. The result has one row per answered record: row,
    prediction_id, what the system says, not_sure (as the pages say it), the record's own fields and model_version.
    Rejected rows go to OUTPUT.rejected.csv, values that were put right or count as missing to OUTPUT.noted.csv (the
    output's name without its ending). An interrupted run leaves the folder OUTPUT.parts (the name with its ending), and
    the same call goes on from there; `replace` starts anew instead, over a finished result too.

    Raises InvalidInput (the table, the options, where the result should go), TooLarge, UnknownSystem, UnknownVersion,
    StoreUnavailable, and Cancelled from `progress`.
    """
    raise NotImplementedError
