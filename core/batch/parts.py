"""The folder beside an unfinished result: one file per finished shard, and whose run it is."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
from filelock import FileLock, Timeout

from core.batch import files
from core.errors import InvalidInput

STATE = "run.json"
BEGINNING = ".begun"
"""The ending of the file of a shard that was stopped."""
LOST = ".lost"
"""The ending of the file that names rows of a shard which no process could answer."""


@dataclass(frozen=True)
class UnfinishedResult:
    """The finished shards of one run. A shard is finished once its file is there; its tally is written before."""

    folder: Path
    output: Path
    batch: str

    def done(self, shard: int) -> bool:
        """Whether the shard needs no more work."""
        return self._file(shard).exists()

    def keep(self, shard: int, frame: pd.DataFrame, tally: Mapping[str, int]) -> None:
        """Finish a shard: all of it is on the disk, or it counts as not done."""
        self._tally(shard).write_text(json.dumps(dict(tally)))
        self._write(shard, frame, self._file(shard))
        self._beginning(shard).unlink(missing_ok=True)

    def keep_lines(self, shard: int, lines: Iterable[bytes], tally: Mapping[str, int]) -> None:
        """Finish a shard whose rows are lines of JSON, whatever the result will be."""
        self._tally(shard).write_text(json.dumps(dict(tally)))
        new = self._file(shard).with_suffix(".new")
        files.write_lines(lines, new)
        new.replace(self._file(shard))

    def keep_beginning(self, shard: int, frame: pd.DataFrame) -> None:
        """Keep what is answered of a shard that was stopped: it can be seen; a run that goes on does the shard anew."""
        self._write(shard, frame, self._beginning(shard))

    def keep_lost(self, shard: int, lost: Mapping[int, str]) -> None:
        """Note the rows of a shard that ended whichever process answered them, {row: reason}; before `keep`."""
        self._file(shard).with_suffix(LOST).write_text(json.dumps({str(row): reason for row, reason in lost.items()}))

    def lost(self) -> dict[int, str]:
        """All rows that were noted so, in the order of the table."""
        notes = (json.loads(path.read_text()) for path in sorted(self.folder.glob(f"[0-9]*{LOST}")))
        return {int(row): reason for note in notes for row, reason in note.items()}

    def tally(self, shards: int) -> Counter[str]:
        """The tallies of the first `shards` shards added up, those that are not done left out."""
        tally: Counter[str] = Counter()
        for shard in range(shards):
            if self.done(shard):
                tally.update(json.loads(self._tally(shard).read_text()))
        return tally

    def finish(self, shards: int, join: Callable[[Sequence[Path]], object] | None = None) -> Counter[str]:
        """Make the result, remove the folder, and add up the tallies.

        join: makes the result of the shards' files, and brings it where it belongs. A kill before its end leaves the
        folder, so that the same command makes the result again; one after it leaves nothing that could be taken up.
        """
        tally = self.tally(shards)
        parts = [self._file(shard) for shard in range(shards)]
        if join is None:
            files.join(parts, self.output)
        else:
            join(parts)
        finished = self.folder.with_name(self.folder.name + ".done")
        shutil.rmtree(finished, ignore_errors=True)
        self.folder.replace(finished)  # at once: half a folder would count as a run that has begun
        shutil.rmtree(finished)
        return tally

    def _write(self, shard: int, frame: pd.DataFrame, path: Path) -> None:
        new = path.with_suffix(".new")
        files.write_part(frame, new, self.output.suffix, header=shard == 0)
        new.replace(path)

    def _beginning(self, shard: int) -> Path:
        return self._file(shard).with_suffix(BEGINNING)

    def _file(self, shard: int) -> Path:
        return self.folder / f"{shard:06}.part"

    def _tally(self, shard: int) -> Path:
        return self.folder / f"{shard:06}.json"


def folder_of(output: Path) -> Path:
    """The folder of the shards of an unfinished result."""
    return output.with_name(output.name + ".parts")


def answered_files(output: Path) -> list[Path]:
    """The files of what an unfinished run of `output` has answered, in the order of the table."""
    shards = sorted(folder_of(output).glob("[0-9]*.part"))
    begun = sorted(folder_of(output).glob(f"[0-9]*{BEGINNING}"))
    return [*shards, *(path for path in begun if path.with_suffix(".part") not in shards)]


@contextmanager
def opened(
    output: Path, run: Mapping[str, Any], *, replace: bool, batch: str | None = None
) -> Iterator[UnfinishedResult]:
    """The parts of the result `output`, for this process alone.

    run: what must be the same for a run to go on. batch: the id in the log of a run that begins; a new one if None.
    Raises InvalidInput if another run left parts, or is at work.
    """
    folder = folder_of(output)
    folder.mkdir(exist_ok=True)
    try:
        with FileLock(folder / "lock", timeout=0):  # given back by the system, also after a kill
            yield UnfinishedResult(folder, output, _batch(folder, run, replace, batch))
    except Timeout:
        raise InvalidInput(
            expected=f"no other run that writes {output}",
            received="one that is at work",
            advice="Wait for it, or stop it.",
        ) from None


def _batch(folder: Path, run: Mapping[str, Any], replace: bool, batch: str | None) -> str:
    """The run's id in the log: that of the interrupted run, or `batch`, or a new one."""
    state = folder / STATE
    if state.exists() and not replace:
        left_run = json.loads(state.read_text())
        differing = [name for name, value in run.items() if left_run["run"].get(name) != value]
        if differing:
            raise InvalidInput(
                expected=f"the run that {folder} was left by",
                received=f"another {', '.join(differing)}",
                advice="Give the same again to go on where it stopped, --force to start anew, or another output.",
            )
        return str(left_run["batch"])
    for shard_file in folder.glob("[0-9]*"):
        shard_file.unlink()
    batch = batch or str(uuid4())
    new = state.with_suffix(".new")
    new.write_text(json.dumps({"batch": batch, "run": dict(run)}))
    new.replace(state)
    return batch
