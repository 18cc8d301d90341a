"""The Chromium that tests and benchmarks drive: found here, or installed by `python -m tests.support.browser`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
DOWNLOADED = ("headless_shell", "chrome-headless-shell", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DOWNLOAD_SECONDS = 300
INSTRUCTIONS = (
    "Expected a Chromium for the browser tests. Found none, and neither Playwright's download nor the package manager "
    "brought one. Install Chromium or Google Chrome, then run `make test` again; "
    "without a browser: make test ARGS=\"-m 'not e2e'\"."
)


def find() -> str | None:
    """The path of a Chromium: the system's, an application's, or Playwright's own; None if there is none."""
    for candidate in (*map(shutil.which, NAMES), *MAC_APPLICATIONS, *_playwrights_own()):
        if candidate and Path(candidate).exists():
            return candidate
    return None


def install() -> str | None:
    """Get a Chromium: by Playwright's download, else, as root on Debian or Ubuntu, by its package manager."""
    print("Getting a Chromium for the browser tests.", file=sys.stderr)
    _try([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"])
    if find() is None and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        _try(["apt-get", "update", "-qq"], quiet)
        _try(["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"], quiet)
    return find()


def _playwrights_own() -> list[str]:
    """What `playwright install` has put in its cache, newest last."""
    caches = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or caches / "ms-playwright")
    return [str(path) for path in sorted(folder.glob("chromium*/*/*")) if path.name in DOWNLOADED and path.is_file()]


def _try(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command that may fail; what it says is shown only then, in short."""
    try:
        ended = subprocess.run(
            command,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"  {' '.join(command[:4])} did not end within {DOWNLOAD_SECONDS} s", file=sys.stderr)
        return
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().splitlines()
        print(f"  {' '.join(command[:4])} failed: {said[0] if said else ended.returncode}", file=sys.stderr)


if __name__ == "__main__":
    if (find() or install()) is None:
        sys.exit(INSTRUCTIONS)
