"""Training of the toy: the threshold that tells the labelled words apart best."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from core.artefacts.hashing import sha256_of
from core.errors import InvalidInput
from core.progress import Progress, ProgressListener, Stage
from core.systems.toy import Engine, Input, predict


class Options(BaseModel):
    """Flags of `python -m core train toy`."""

    data: Path = Field(description="A CSV with the columns word,label.")
    longest: int = Field(20, description="The largest threshold to try [letters].")


class EvaluateOptions(BaseModel):
    """Flags of `python -m core evaluate toy`."""

    data: Path = Field(description="A CSV with the columns word,label.")


def fit(options: Options, folder: Path, progress: ProgressListener) -> dict[str, Any]:
    """Write the best threshold, metadata.json and card.md into `folder`."""
    labelled = _read(options.data)
    progress(Progress(0.0, Stage.TRAINING, detail=f"{len(labelled)} words"))
    best = max(range(1, options.longest + 1), key=lambda threshold: _accuracy(labelled, Engine(threshold, "")))
    (folder / "model.json").write_text(json.dumps({"threshold": best}))
    metadata = {
        "files": {"model.json": sha256_of(folder / "model.json")},
        "metrics": {"accuracy": _accuracy(labelled, Engine(best, "")), "threshold": best},
    }
    (folder / "metadata.json").write_text(json.dumps(metadata))
    (folder / "card.md").write_text("# Toy words\n\nLong is what has more letters than the threshold.\n")
    progress(Progress(1.0, Stage.TRAINING, detail="done"))
    return metadata


def evaluate(engine: Engine, options: EvaluateOptions, progress: ProgressListener) -> dict[str, Any]:
    """Accuracy on labelled words."""
    labelled = _read(options.data)
    progress(Progress(1.0, Stage.TRAINING, detail="done"))
    return {"n": len(labelled), "accuracy": _accuracy(labelled, engine)}


def _accuracy(labelled: list[tuple[str, str]], engine: Engine) -> float:
    answers = predict(engine, [Input(word=word) for word, _ in labelled])
    return sum(answer.value == label for answer, (_, label) in zip(answers, labelled, strict=True)) / len(labelled)


def _read(path: Path) -> list[tuple[str, str]]:
    if not path.is_file():
        raise InvalidInput(
            f"Expected a CSV with the columns word,label. Received {path}, which does not exist. Check the path."
        )
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["word"], row["label"]) for row in csv.DictReader(file)]
