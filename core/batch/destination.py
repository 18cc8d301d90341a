"""Where a run writes: the result, and beside it what was rejected and what was noted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.batch import files
from core.errors import InvalidInput

COLUMNS = ["row", "column", "kind", "value", "message"]


@dataclass(frozen=True)
class ResultFiles:
    """The result, the rejected rows with their reasons, and the values that were put right or count as missing."""

    output: Path
    rejected: Path
    noted: Path

    @staticmethod
    def of(source: Path, output: Path, replace: bool) -> ResultFiles:
        """The files of a result at `output`; InvalidInput if it cannot be written there."""
        if output.suffix.lower() not in files.FORMATS:
            raise InvalidInput(
                expected="a result that ends in .csv or .parquet", received=output.name, advice="Rename it."
            )
        if not output.parent.is_dir():
            raise InvalidInput(
                expected="a folder that exists for the result", received=f"{output.parent}", advice="Make it first."
            )
        if output.exists() and (output.is_dir() or not replace):
            raise InvalidInput(
                expected="a result that is not there yet",
                received=f"{output}, which is",
                advice="Choose another name, or --force to replace it.",
            )
        stem = output.with_suffix("")
        results = ResultFiles(output, Path(f"{stem}.rejected.csv"), Path(f"{stem}.noted.csv"))
        if source.resolve() in {path.resolve() for path in (results.output, results.rejected, results.noted)}:
            raise InvalidInput(
                expected="a result beside the table",
                received=f"{output} for the table {source}, which it would overwrite",
                advice="Choose another name.",
            )
        return results

    def report(self, problems: pd.DataFrame) -> None:
        """Write the findings, each kind to its file; what an earlier run said is removed."""
        lost = problems["rejected"].to_numpy(dtype=bool)
        for path, chosen in ((self.rejected, lost), (self.noted, ~lost)):
            if chosen.any():
                files.write(problems.loc[chosen, COLUMNS], path)
            else:
                path.unlink(missing_ok=True)
