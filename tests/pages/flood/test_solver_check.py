"""The jobs of checks that the page keeps, with a workbench that answers at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from core import inference
from core.jobs import Job
from pages.parts.flood import solver_check

SECONDS = 30


@dataclass
class Verdict:
    """What a solver found."""

    folder: Path
    value: str


@pytest.fixture(autouse=True)
def quick_solver(monkeypatch):
    answering = SimpleNamespace(check=lambda folder, _progress: Verdict(folder, "dry"))
    monkeypatch.setattr(solver_check, "bench", lambda: answering)
    monkeypatch.setattr(inference, "feedback", lambda _id, _label, source: {})


def check(number: int) -> Job:
    """The job of one forecast's check, at its end."""
    forecast = SimpleNamespace(id=f"forecast-{number}", folder=SimpleNamespace(path=Path("nowhere")))
    job = solver_check.submit(forecast)
    deadline = time.monotonic() + SECONDS
    while not job.finished and time.monotonic() < deadline:
        time.sleep(0.001)
    assert job.state == "done", job.error
    return job


def test_old_checks_are_forgotten():
    first = check(0)
    assert solver_check._checks["forecast-0"] is first
    for number in range(1, 100):
        check(number)
    assert "forecast-0" not in solver_check._checks
    assert "forecast-99" in solver_check._checks
    assert len(solver_check._checks) < 80
