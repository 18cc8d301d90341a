"""Training and evaluation of the flood model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, Field

from core.contract import Progress
from core.errors import MissingPart
from core.systems.flood import evaluating, event
from core.systems.flood.engine import Engine


class Options(BaseModel):
    """What can be set for training."""

    data: Path = Field(description="A folder of terrain models with a manifest.json.")


class EvaluateOptions(BaseModel):
    """What can be set for an evaluation."""

    data: Path = Field(
        validation_alias=AliasChoices("event", "data"), description="An event folder: event.json and what it names."
    )
    engine: Literal["network", "solver"] = Field("network", description="What is measured.")
    mode: Literal["accurate", "fast"] = Field("accurate", description="How coarse the network's physics are.")


def fit(options: Options, folder: Path, progress: Progress) -> dict[str, Any]:
    """Not here yet."""
    raise MissingPart("Expected a trainer of flood. Received none in this version. Use the version that is shipped.")


def evaluate(engine: Engine, options: EvaluateOptions, progress: Progress) -> dict[str, Any]:
    """Figures of one event: see `evaluating.figures`."""
    return evaluating.figures(engine, event.read(options.data), options.engine, options.mode, progress)
