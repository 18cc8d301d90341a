"""Prometheus and its promtool: the system's, or unpacked from Debian's package into a cache; and one that runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lookout-tests" / "prometheus"
PROGRAMS = ("prometheus", "promtool")
DOWNLOAD_SECONDS = 300
SECONDS_TO_START = 60
WHY_SKIPPED = (
    "no Prometheus: neither installed, nor a Debian package of it that can be had (apt-get install prometheus)"
)


@lru_cache(maxsize=1)
def programs() -> dict[str, str] | None:
    """{"prometheus": path, "promtool": path}; None where they are not there and cannot be had."""
    return _installed() or _cached() or (_cached() if _unpack() else None)


def _installed() -> dict[str, str] | None:
    paths = {name: shutil.which(name) for name in PROGRAMS}
    return {name: path for name, path in paths.items() if path} if all(paths.values()) else None


def _cached() -> dict[str, str] | None:
    paths = {name: CACHE / "usr" / "bin" / name for name in PROGRAMS}
    return {name: str(path) for name, path in paths.items()} if all(map(os.path.exists, paths.values())) else None


def _unpack() -> bool:
    """Download Debian's package and unpack it into the cache, whole or not at all; nothing is installed."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return False
    with tempfile.TemporaryDirectory() as folder:
        if not _downloaded(folder):
            return False
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        (package,) = Path(folder).glob("*.deb")
        unpacked = Path(tempfile.mkdtemp(dir=CACHE.parent))
        subprocess.run(["dpkg", "-x", str(package), str(unpacked)], check=True)
        try:
            unpacked.rename(CACHE)
        except OSError:  # another run was faster
            shutil.rmtree(unpacked)
    return True


def _downloaded(folder: str) -> bool:
    """Whether the package came; where root may, the package lists are fetched first if it did not."""
    download = ["apt-get", "download", "prometheus"]
    return _ran(download, folder) or (
        os.geteuid() == 0 and _ran(["apt-get", "update"], folder) and _ran(download, folder)
    )


def _ran(command: list[str], folder: str) -> bool:
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, timeout=DOWNLOAD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def answer(url: str, **parameters: str) -> Any:
    """The data of Prometheus' answer to a question by HTTP; AssertionError where it refuses."""
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"{url}?{query}", timeout=10) as response:
        body = json.load(response)
    assert body["status"] == "success", body
    return body["data"]


@contextmanager
def running(configuration: Path, port: int, folder: Path) -> Iterator[str]:
    """A Prometheus on the loopback with a configuration; gives its address."""
    paths = programs()
    assert paths is not None
    address = f"127.0.0.1:{port}"
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                paths["prometheus"],
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        wait_until_ready(f"http://{address}/-/ready", process)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once an address answers 200."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        assert process.poll() is None, "Prometheus ended"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Prometheus was not ready in time")
