"""Damaged files of every kind through Lookout's own readers: refused in words or read, in time and in little memory.

Valid photos, tables, terrain and areas are damaged by a seeded generator and read in child processes. Anything but an
answer or an InvalidInput is a finding: another error, a crash, more than 2 s, more than 800 MB. `--case N` reads one
case in this process, shows its error and keeps its file. With `--requests N`, schemathesis then sends up to N requests
for each operation that a real server's OpenAPI lists; an answer of 500 or more is a finding. The last line is one JSON
object; with a finding the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.fuzz import child, operations, supervisor
from benchmarks.fuzz.readings import case_of, readings
from benchmarks.support import report

SHOWN = 20  # findings that are printed


def main() -> None:
    """Print the findings, then the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--case", type=int, help="read this one alone, here, and keep its file as fuzz-CASE")
    parser.add_argument("--requests", type=int, default=0, help="for each operation of the API; 0 sends none")
    chosen = parser.parse_args()
    if chosen.case is not None:
        show(chosen.case, chosen.seed)
        return
    started, requests = time.perf_counter(), {}
    with tempfile.TemporaryDirectory(prefix="lookout-fuzz-") as name:
        marks, findings = supervisor.run(chosen.count, chosen.seed, chosen.processes, Path(name))
        if chosen.requests:
            requests, said = operations.on_a_server(chosen.requests, chosen.seed, Path(name))
            print(said)
    for finding in findings[:SHOWN]:
        print(f"case {finding['case']} ({finding['kind']}, {finding['reading']}): {finding['problem']}")
    figures = {
        "files": sum(marks.values()),
        "accepted": marks[child.ACCEPTED.decode()],
        "refused": marks[child.REFUSED.decode()],
        "findings": len(findings),
        "crashes": marks[supervisor.CRASHED],
        **requests,
        "seed": chosen.seed,
        "seconds": time.perf_counter() - started,
    }
    report.print_figures(figures)
    sys.exit(1 if findings or requests.get("request_failures") else 0)


def show(number: int, seed: int) -> None:
    """Read one case and let its error through."""
    case = case_of(number, seed)
    path = Path(f"fuzz-{number}")
    path.write_bytes(case.data)
    print(f"case {number}: {case.kind}, {len(case.data)} bytes in {path}, read by {case.reading}", flush=True)
    print(readings(case.room, case.kind)[case.reading](case.data))


if __name__ == "__main__":
    main()
