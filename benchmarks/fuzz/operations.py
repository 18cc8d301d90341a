"""Requests that fit and break the API's own description, sent by schemathesis to a real server: none may be a fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.support import servers

PHASES = "examples,coverage,fuzzing"  # examples and edge cases of the description, then invented ones
SECONDS_TO_ANSWER = 60
SHOWN_CHARACTERS = 6000


def on_a_server(requests: int, seed: int, folder: Path) -> tuple[dict[str, int], str]:
    """As `against`, on a server with pages and API that is started for it."""
    (folder / "server").mkdir()
    with servers.server(folder / "server", LOOKOUT_ALERTS="off") as port:
        return against(f"http://127.0.0.1:{port}", requests, seed, folder)


def against(url: str, requests: int, seed: int, folder: Path) -> tuple[dict[str, int], str]:
    """Figures, and what schemathesis said, of up to `requests` invented requests for each operation that is listed.

    url: of a server that is ready. folder: for the report.
    """
    path = folder / "schemathesis.json"
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json",
        "--max-examples", str(requests), "--seed", str(seed), "--phases", PHASES, "--checks", "not_a_server_error",
        "--request-timeout", str(SECONDS_TO_ANSWER), "--report-json-path", str(path), "--continue-on-failure",
        "--generation-database", "none", "--warnings", "off", "--no-color",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    said = (ran.stdout + ran.stderr)[-SHOWN_CHARACTERS:]
    if not path.exists():
        raise RuntimeError(f"schemathesis gave no report (exit code {ran.returncode}):\n{said}")
    report = json.loads(path.read_text())
    figures = {
        "operations": report["operations"]["tested"],
        "operations_listed": report["operations"]["total"],
        "requests": report["test_cases"]["generated"],
        "request_failures": len(report["failures"]) + len(report["errors"]),
    }
    return figures, said
