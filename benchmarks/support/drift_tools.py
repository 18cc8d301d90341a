"""Evidently and NannyML with their defaults, in an environment of their own, asked about the same tables."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.support.simulated_days import PREDICTED, Table

PACKAGES = ("evidently==0.7.23", "nannyml==0.13.1", "pandas==2.3.3", "numpy==2.3.5", "statsmodels==0.14.6", "pyarrow")
NOT_INSTALLED = "Evidently and NannyML could not be installed here, so they are not part of this run."
BASELINES = Path(__file__).resolve().parents[1] / "baselines"
TOOLS = {"evidently": BASELINES / "evidently_drift.py", "nannyml": BASELINES / "nannyml_drift.py"}
DAY = "day"


def environment(folder: Path) -> Path | None:
    """The interpreter of the environment in that folder, made if there is none; None where that fails."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        if subprocess.run(install, check=False).returncode:
            return None
    imports = subprocess.run([str(python), "-c", "import evidently, nannyml"], check=False, capture_output=True)
    return None if imports.returncode else python


def versions(python: Path) -> dict[str, str]:
    """The versions that were asked."""
    script = (
        "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ('evidently', 'nannyml')}))"
    )
    text = subprocess.run([str(python), "-c", script], check=True, capture_output=True, text=True).stdout
    result: dict[str, str] = json.loads(text)
    return result


def flagged(python: Path, tool: str, reference: Table, days: Sequence[Table]) -> list[list[str]]:
    """The features that a tool says drift, for each day."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pd.DataFrame(reference).to_parquet(folder / "reference.parquet")
        numbered = [pd.DataFrame({**day, DAY: np.full(len(day[PREDICTED]), number)}) for number, day in enumerate(days)]
        pd.concat(numbered).to_parquet(folder / "days.parquet")
        subprocess.run([str(python), str(TOOLS[tool]), name, PREDICTED], check=True, capture_output=True)
        result: list[list[str]] = json.loads((folder / "flagged.json").read_text(encoding="utf-8"))
        return result
