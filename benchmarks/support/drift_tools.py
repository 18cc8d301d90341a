"""Evidently and NannyML with their defaults, each in an environment of its own, asked about the same tables."""

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

PACKAGES = {
    "evidently": ("evidently==0.7.23", "pandas==2.3.3", "pyarrow==26.0.1"),
    # It needs statsmodels, which it does not name.
    "nannyml": ("nannyml==0.13.1", "pandas==2.3.3", "numpy==2.3.5", "statsmodels==0.15.0", "pyarrow==26.0.1"),
}
BASELINES = Path(__file__).resolve().parents[1] / "baselines"
TOOLS = {"evidently": BASELINES / "evidently_drift.py", "nannyml": BASELINES / "nannyml_drift.py"}
DAY = "day"


def environment(folder: Path, tool: str) -> Path | None:
    """The interpreter of the tool's environment in that folder, made if there is none; None where that fails."""
    python = folder / tool / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / tool)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES[tool]]
        if subprocess.run(install, check=False).returncode:
            return None
    imports = subprocess.run([str(python), "-c", f"import {tool}"], check=False, capture_output=True)
    return None if imports.returncode else python


def version(python: Path, tool: str) -> str:
    """The tool's version in its environment."""
    script = f"from importlib.metadata import version; print(version('{tool}'))"
    return subprocess.run([str(python), "-c", script], check=True, capture_output=True, text=True).stdout.strip()


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
