"""How long a second start takes until Home is drawn, beside a one-line Streamlit app started in the same way."""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.support import report, servers
from tests.support.browser import FLAGS, INSTRUCTIONS, find

ONE_LINE = 'import streamlit as st; st.title("One line")\n'
DRAWN = '[data-testid="stApp"][data-test-script-state="notRunning"]'
MAX_SECONDS = 120


def seconds_to_drawn(page: Any, port: int, heading: str, started: float, running: subprocess.Popen[bytes]) -> float:
    """Seconds from the start of the process until the page in an open browser is drawn, with its heading."""
    while time.perf_counter() - started < MAX_SECONDS:
        if running.poll() is not None:
            sys.exit(f"Expected a server. The process ended with {running.returncode}.")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.02)
    page.goto(f"http://127.0.0.1:{port}/")
    page.get_by_role("heading", name=heading, exact=True).wait_for()
    page.locator(DRAWN).wait_for()
    return time.perf_counter() - started


def start_lookout(page: Any, folder: Path) -> float:
    """`python -m core serve`, with its data folder and caches as the first start left them."""
    port = servers.free_port()
    environment = {"LOOKOUT_DATA_DIR": str(folder / "data"), "PORT": str(port), "HOST": "127.0.0.1"}
    started = time.perf_counter()
    with servers.process(["-m", "core", "serve"], folder / "lookout.log", **environment) as running:
        return seconds_to_drawn(page, port, "Home", started, running)


def start_one_line(page: Any, folder: Path) -> float:
    """`streamlit run` on a file of one line."""
    port = servers.free_port()
    (folder / "one_line.py").write_text(ONE_LINE)
    flags = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    flags += ["--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
    arguments = ["-m", "streamlit", "run", str(folder / "one_line.py"), *flags]
    started = time.perf_counter()
    with servers.process(arguments, folder / "one_line.log") as running:
        return seconds_to_drawn(page, port, "One line", started, running)


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="starts of each, after one of each that does not count")
    chosen = parser.parse_args()
    path = find()
    if path is None:
        sys.exit(INSTRUCTIONS)
    home, one_line = [], []
    with (
        tempfile.TemporaryDirectory(prefix="lookout-bench-", ignore_cleanup_errors=True) as name,
        sync_playwright() as it,
    ):
        folder = Path(name)
        browser = it.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page()
        page.set_default_timeout(MAX_SECONDS * 1000)
        for number in range(chosen.runs + 1):  # the first of each fills the caches of files and of compiled Python
            pair = start_lookout(page, folder), start_one_line(page, folder)
            print(f"run {number}: Lookout {pair[0]:.2f} s, one line {pair[1]:.2f} s", flush=True)
            if number:
                home.append(pair[0])
                one_line.append(pair[1])
        browser.close()
    figures = {"home_seconds": statistics.median(home), "one_line_seconds": statistics.median(one_line)}
    ratio = statistics.median(lookout / single for lookout, single in zip(home, one_line, strict=True))
    print(f"Home is drawn in {ratio:.2f} of the time of a one-line app (aim: at most 1.5).")
    report.print_figures({**figures, "ratio": ratio, "runs": chosen.runs})


if __name__ == "__main__":
    main()
