"""What a batch is asked to do, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class BatchRequest:
    """Inputs to answer, and where the result goes.

    source, output: paths, or addresses such as s3://bucket/photos. version: the site's or the champion if None. site:
    as `sites.checked` gives it. workers: processes; 0: this one alone; by the machine if None. limit: only so many
    inputs, from the first. replace: start anew, over a finished result too. options: of the system's tables, or `mode`
    of events.
    """

    system: str
    source: str
    output: str
    version: str | None = None
    site: str | None = None
    workers: int | None = None
    limit: int | None = None
    replace: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    actor: str = "local"


@dataclass(frozen=True)
class BatchSummary:
    """What became of a batch.

    kind: files, events, table or tables. inputs: answered + failed, of rows where it is a table. problems: failures by
    kind. earlier: inputs that an interrupted run had answered before. seconds, per_second: of this run. batch: what the
    rows have as `batch` in the log. tables: the summary of each table.
    """

    system: str
    version: str
    kind: str
    inputs: int
    answered: int
    failed: int
    not_sure: int
    problems: Mapping[str, int]
    earlier: int
    workers: int
    seconds: float
    per_second: float
    output: str
    batch: str | None
    tables: tuple[Mapping[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON has it."""
        return asdict(self)
