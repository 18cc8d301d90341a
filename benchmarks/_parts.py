"""What the benchmarks share: photos, a server process, and the one line of figures at the end."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.settings import CHECKOUT

SECONDS_TO_START = 180
SECONDS_TO_END = 15


def photos(count: int, width: int = 640, height: int = 480) -> list[bytes]:
    """Generated JPEGs of the size that a phone's messenger sends: smooth light, some grain, each another one."""
    return [_photo(np.random.default_rng(seed), width, height) for seed in range(count)]


def _photo(random: np.random.Generator, width: int, height: int) -> bytes:
    coarse = Image.fromarray(random.integers(40, 215, (9, 12, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.int16)
    grain = random.integers(-4, 5, pixels.shape)
    file = BytesIO()
    Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=85)
    return file.getvalue()


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(arguments: Sequence[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process with Lookout's environment cleaned, ended with the block."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
    with log.open("ab") as said:
        running = subprocess.Popen(
            [sys.executable, *arguments], cwd=CHECKOUT, env={**kept, **environment}, stdout=said, stderr=said
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
    """A ready `python -m core serve` with its data in `folder`; gives its port."""
    port = free_port()
    known = {"LOOKOUT_DATA_DIR": str(folder / "data"), "PORT": str(port), "HOST": "127.0.0.1", **environment}
    with process(["-m", "core", "serve"], folder / "server.log", **known) as running:
        wait_until_ready(port, running, folder / "server.log")
        yield port


def wait_until_ready(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    """Return once /readyz answers 200."""
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


def tell(figures: dict[str, Any]) -> None:
    """The last line: one JSON object."""
    print(json.dumps({name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}))
