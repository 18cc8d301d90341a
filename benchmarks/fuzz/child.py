"""A process that reads fuzzed files one after the other, and leaves a mark for each before the next: it may crash."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from benchmarks.fuzz.readings import FuzzedCase, case_of, readings
from core.errors import InvalidInput

ACCEPTED, REFUSED, FAILED = b"A", b"R", b"F"
MAX_SECONDS = 2.0  # of the processor, on all threads together: the machine may have other work
MAX_WAIT = 20.0  # seconds by the clock
MAX_MB = 800.0
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def judged(case: FuzzedCase, read: Callable[[bytes], object] | None = None) -> tuple[bytes, str | None]:
    """How a case ended, and what is wrong with that: None where it was read or refused in time, in little memory."""
    read = read or readings(case.room, case.kind)[case.reading]
    started, ran, before = time.perf_counter(), time.process_time(), _reset_peak()
    try:
        read(case.data)
        mark, problem = ACCEPTED, None
    except InvalidInput as refusal:
        said = bool(refusal.message)
        mark, problem = REFUSED, None if said else "a refusal without words"
    except BaseException as surprise:
        if isinstance(surprise, KeyboardInterrupt):
            raise
        return FAILED, "".join(traceback.format_exception(surprise)[-3:])
    seconds, processor, megabytes = time.perf_counter() - started, time.process_time() - ran, _peak() - before
    if problem is None and (processor > MAX_SECONDS or seconds > MAX_WAIT):
        problem = f"slow: {seconds:.1f} s, of which the processor worked {processor:.1f}"
    if problem is None and megabytes > MAX_MB:
        problem = f"large: {megabytes:.0f} MB"
    return (FAILED, problem) if problem else (mark, None)


def _reset_peak() -> float:
    """Begin a new peak of this process's memory [MB]; what it holds now."""
    try:
        RESET.write_text("5")
    except OSError:  # not Linux: memory is not judged
        return float("inf")
    return _peak()


def _peak() -> float:
    try:
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0.0
    return int(line.split()[1]) / 1024


def main() -> None:
    """Read cases first, first + step, ...; a mark for each goes into a file, a JSON line for each problem to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--first", "--step", "--count", "--seed"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--marks", type=Path, required=True)
    chosen = parser.parse_args()
    marks = os.open(chosen.marks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in range(chosen.first, chosen.count, chosen.step):
        case = case_of(number, chosen.seed)
        mark, problem = judged(case)
        if problem:
            finding = {"case": number, "kind": case.kind, "reading": case.reading, "problem": problem}
            print(json.dumps(finding), flush=True)
        os.write(marks, mark)
    os.close(marks)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
