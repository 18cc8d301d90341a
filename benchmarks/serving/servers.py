"""The servers that are compared, each ready on a port of its own: Lookout, LitServe, BentoML, FastAPI."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.serving.clients import photo_request
from benchmarks.support.photos import generate_photos
from benchmarks.support.servers import SECONDS_TO_START, free_port
from core.registry import registry
from core.settings import CHECKOUT

NEEDED = ("ai-edge-litert==2.3.0", "numpy==2.4.6", "pillow==13.0.0", "pydantic-settings==2.16.3", "pybase64")
PACKAGES = {"litserve": "litserve==0.2.19", "bentoml": "bentoml==1.4.40"}
BASELINES = CHECKOUT / "benchmarks" / "baselines"


@dataclass(frozen=True)
class Compared:
    """A server: its name, and how many processes answer. peer: the tool whose environment it needs, if any."""

    name: str
    workers: int
    peer: str | None = None

    @property
    def title(self) -> str:
        """As it is printed."""
        return self.name if self.workers == 1 else f"{self.name} x{self.workers}"

    def command(self, python: Path, port: int) -> list[str]:
        """How it is started."""
        if self.name == "lookout":
            return [str(python), "-m", "core", "serve"]
        if self.name == "litserve":
            return [str(python), "-m", "benchmarks.baselines.serving_litserve", str(port), str(self.workers)]
        if self.name == "bentoml":
            service = "benchmarks.baselines.serving_bentoml:PhotoService"
            return [str(python), "-m", "bentoml", "serve", service, "--port", str(port), "--host", "127.0.0.1"]
        return [str(python), "-m", "benchmarks.baselines.serving_fastapi", str(port), self.name.rpartition(" ")[2]]


ALL = (
    Compared("lookout", 1),
    Compared("lookout", 2),
    Compared("litserve", 1, "litserve"),
    Compared("litserve", 2, "litserve"),
    Compared("bentoml", 1, "bentoml"),
    Compared("bentoml", 2, "bentoml"),
    Compared("fastapi litert", 1),
    Compared("fastapi tensorflow", 1),
)


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    compared: Compared
    port: int
    process: psutil.Process

    def tree(self) -> list[psutil.Process]:
        """All of its processes."""
        return [self.process, *self.process.children(recursive=True)]

    def processor_seconds(self) -> float:
        """What its processes have used so far [s]."""
        return sum(times.user + times.system for times in (each.cpu_times() for each in self.tree()))

    def memory_mb(self) -> float:
        """What its processes hold, shared pages divided [MB]."""
        return sum(each.memory_full_info().pss for each in self.tree()) / 1e6


def environment(folder: Path, peer: str) -> Path | None:
    """The interpreter of a peer's environment in that folder, made if there is none; None where that fails."""
    python = folder / peer / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / peer)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if subprocess.run([*install, PACKAGES[peer], *NEEDED], check=False).returncode:
            return None
    imports = subprocess.run([str(python), "-c", f"import {peer}"], check=False, capture_output=True)
    return None if imports.returncode else python


@contextmanager
def running(compared: Compared, python: Path, folder: Path) -> Iterator[Running]:
    """The server, once it has answered a photo. folder: of its data and its log."""
    folder.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder / "server.log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
    with log.open("ab") as output:
        started = subprocess.Popen(
            compared.command(python, port),
            cwd=CHECKOUT,
            env={**inherited, **_variables(compared, port, folder)},
            stdout=output,
            stderr=output,
        )
        process = psutil.Process(started.pid)
        try:
            _wait_until_it_answers(port, started, log)
            yield Running(compared, port, process)
        finally:
            family = [*process.children(recursive=True)] if process.is_running() else []
            started.terminate()
            psutil.wait_procs(family, timeout=15)
            for left in family:
                if left.is_running():
                    left.kill()
            started.kill()
            started.wait()


def _variables(compared: Compared, port: int, folder: Path) -> Mapping[str, str]:
    champion = registry().resolve("waste")
    own = {
        "PORT": str(port),
        "LOOKOUT_PAGES": "off",
        "LOOKOUT_WORKERS": str(compared.workers),
        "LOOKOUT_DATA_DIR": str(folder / "data"),
        "LOOKOUT_LOG_LEVEL": "WARNING",
    }
    theirs = {
        "NETWORK": str(next(champion.folder.glob("*.tflite"))),
        "IMAGE_SIZE": str(champion.metadata["image_size"]),
        "THREADS": "2" if compared.workers == 1 else "1",
        "WORKERS": str(compared.workers),
        "PYTHONPATH": str(CHECKOUT),
        "BENTOML_HOME": str(folder / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
    }
    return own if compared.name == "lookout" else theirs


def _wait_until_it_answers(port: int, started: subprocess.Popen[bytes], log: Path) -> None:
    body = photo_request(generate_photos(1)[0]).partition(b"\r\n\r\n")[2]
    deadline = time.monotonic() + SECONDS_TO_START
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/predict", body, {"Content-Type": "application/json"})
    while time.monotonic() < deadline and started.poll() is None:
        try:
            with urllib.request.urlopen(asked, timeout=60):
                return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"Expected the server to answer. It said: {log.read_text(errors='replace')[-3000:]}")
