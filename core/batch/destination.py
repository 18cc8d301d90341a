"""Where a run writes: the result, and beside it what was rejected and what was noted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.batch import files
from core.batch.parts import folder_of
from core.errors import InvalidInput

COLUMNS = ["row", "column", "kind", "value", "message"]


def check_result(output: Path, replace: bool) -> None:
    """Raise InvalidInput unless a result can be written to the file `output`; one that is there stays, unless asked.

    Beside the shards of an unfinished run it may be there: the run was ended after it had made its result.
    """
    if output.suffix.lower() not in files.FORMATS:
        endings = f"{', '.join(files.FORMATS[:-1])} or {files.FORMATS[-1]}"
        raise InvalidInput(expected=f"a result that ends in {endings}", received=output.name, advice="Rename it.")
    check_place(output)
    if output.is_dir() or (output.exists() and not replace and not folder_of(output).exists()):
        raise already_there(output)


def check_folder(output: Path, replace: bool) -> None:
    """Raise InvalidInput unless results can be written into the folder `output`: new, empty, or an unfinished run's."""
    check_place(output)
    if output.exists() and not output.is_dir():
        raise InvalidInput(expected="a folder for the results", received=f"{output}, a file", advice="Name another.")
    if output.is_dir() and any(output.iterdir()) and not replace and not folder_of(output).exists():
        raise already_there(output)


def check_place(output: Path) -> None:
    """Raise InvalidInput unless the folder that `output` is to be in exists."""
    if not output.parent.is_dir():
        raise InvalidInput(
            expected="a folder that exists for the result", received=f"{output.parent}", advice="Make it first."
        )


def already_there(output: object) -> InvalidInput:
    """The refusal to write over a result."""
    return InvalidInput(
        expected="a result that is not there yet",
        received=f"{output}, which is",
        advice="Choose another name, or --force to replace it.",
    )


@dataclass(frozen=True)
class ResultFiles:
    """The result, the rejected rows with their reasons, and the values that were put right or count as missing."""

    output: Path
    rejected: Path
    noted: Path

    @staticmethod
    def of(source: Path, output: Path, replace: bool) -> ResultFiles:
        """The files of a result at `output`; InvalidInput if it cannot be written there."""
        check_result(output, replace)
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
