"""Processes that benchmarks measure: a Python process in a clean environment, and a server that is ready."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.settings import CHECKOUT

SECONDS_TO_START = 180
SECONDS_TO_END = 15


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(arguments: Sequence[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that inherits no setting of Lookout and is ended with the block.

    arguments: of the interpreter.
    log: file that its output is appended to.
    environment: variables beside those inherited.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)  # what is measured is a start with compiled Python
    with log.open("ab") as output:
        running = subprocess.Popen(
            [sys.executable, *arguments], cwd=CHECKOUT, env={**inherited, **environment}, stdout=output, stderr=output
        )
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


@contextmanager
def server(folder: Path, **environment: str) -> Iterator[int]:
    """A ready `python -m core serve` with its data in `folder`; yields its port."""
    port = free_port()
    variables = {"LOOKOUT_DATA_DIR": str(folder / "data"), "PORT": str(port), "HOST": "127.0.0.1", **environment}
    with process(["-m", "core", "serve"], folder / "server.log", **variables) as running:
        wait_until_ready(port, running, folder / "server.log")
        yield port


def wait_until_ready(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    """Return once /readyz answers 200; exit with the end of the log if it does not within SECONDS_TO_START."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if running.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"Expected the server to become ready. It said: {log.read_text(errors='replace')[-2000:]}")
