"""Training and evaluation of the flood model: random floods, the solver's word on them, the network, the intervals."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from core.artefacts import keras_files
from core.progress import Progress, ProgressListener, Stage, within
from core.settings import settings
from core.systems.flood import event
from core.systems.flood.engine import FloodEngine
from core.systems.flood.train import evaluation

if TYPE_CHECKING:
    from core.systems.flood.correction.residual import Residual
    from core.systems.flood.train.examples import Example, Ground

URBAN = 1.5  # cell size up to which a terrain is judged apart [m]


class FloodTrainingOptions(BaseModel):
    """What can be set for training."""

    model_config = ConfigDict(frozen=True)

    data: Path = Field(description="A folder of terrain models with a manifest.json: a list of {file, split}.")
    examples: int = Field(2_000, ge=4, description="Random floods that train, each in both modes.")
    validation: int = Field(180, ge=1, description="Random floods that set the intervals.")
    tests: int = Field(30, ge=1, description="Random floods that test.")
    urban_tests: int = Field(10, ge=1, description="Random floods that test on terrain of 1 m.")
    epochs: int = Field(12, ge=1, description="Times that every example is learnt from.")
    batch: int = Field(4, ge=1, description="Examples in a step.")
    seed: int = Field(0, ge=0, description="Decides weights and order; the floods have numbers of their own.")
    work: Path | None = Field(None, description="Folder for examples and checkpoints; by default in the data folder.")
    precision: Literal["float32", "mixed_bfloat16"] = Field(
        "float32", description="Of the convolutions while training; mixed is twice as fast on processors that know it."
    )
    resume: bool = Field(True, description="Go on from this run's checkpoint, if there is one.")


class FloodEvaluationOptions(BaseModel):
    """What can be set for an evaluation."""

    data: Path = Field(
        validation_alias=AliasChoices("event", "data"), description="An event folder: event.json and what it names."
    )
    engine: Literal["network", "solver"] = Field("network", description="What is measured.")
    mode: Literal["accurate", "fast"] = Field("accurate", description="How coarse the network's physics are.")


Options = FloodTrainingOptions
EvaluateOptions = FloodEvaluationOptions


def evaluate(engine: FloodEngine, options: FloodEvaluationOptions, progress: ProgressListener) -> dict[str, Any]:
    """Figures of one event: see `evaluating.figures`."""
    return evaluation.figures(engine, event.read(options.data), options.engine, options.mode, progress)


def fit(options: FloodTrainingOptions, folder: Path, progress: ProgressListener) -> dict[str, Any]:
    """Make examples, train, set the intervals, measure; write model.h5, model.tflite, metadata.json and card.md."""
    from core.systems.flood.correction.residual import NETWORK_FILE, Residual
    from core.systems.flood.physics import MODES
    from core.systems.flood.train import artefacts, examples, measuring, preparing

    started = time.time()
    work = options.work or settings().data_dir / "flood"
    parts = {split: examples.grounds(options.data, split) for split in ("train", "validation", "test")}
    network = _trained(options, parts["train"], work, within(progress, 0.0, 0.85))
    artefacts.write_network(network, folder)
    plain = Residual((folder / NETWORK_FILE).read_bytes(), settings().inference_threads)
    known = preparing.arrays(
        parts["validation"], "validation", range(options.validation), work, within(progress, 0.85, 0.9)
    )
    asked, truth = [plain.answer(one) for one in known.inputs], list(known.truth)
    lift = measuring.lifting(asked, truth)
    widen = {
        mode: measuring.widening(asked[place :: len(MODES)], truth[place :: len(MODES)])
        for place, mode in enumerate(MODES)
    }
    residual = Residual.calibrated((folder / NETWORK_FILE).read_bytes(), widen, lift)
    metrics, by_terrain = _tested(options, parts["test"], residual, work, within(progress, 0.9, 1.0))
    names = {split: [one.name for one in found] for split, found in parts.items()}
    names["test"] = [one.name for one in parts["test"] if one.cell_size > URBAN]
    names["urban"] = [one.name for one in parts["test"] if one.cell_size <= URBAN]
    metadata = {
        "widen": {mode: list(halves) for mode, halves in widen.items()},
        "lift": lift,
        "examples": {"train": options.examples, "validation": options.validation},
        "terrains": names,
        "options": options.model_dump(mode="json", exclude={"data", "work"}),
        "metrics": metrics,
        "by_terrain": by_terrain,
        "checked": _checked(metrics),
        "seconds": round(time.time() - started),
    }
    written = artefacts.write_records(folder, metadata)
    progress(Progress(1.0, Stage.TRAINING, detail=f"written to {folder}"))
    return written


def _trained(options: FloodTrainingOptions, known: Sequence[Ground], work: Path, progress: ProgressListener) -> Any:
    import keras

    from core.systems.flood.train import fitting, network, preparing

    made = preparing.arrays(known, "train", range(options.examples), work, within(progress, 0.0, 0.3))
    keras.utils.set_random_seed(options.seed)
    with keras_files.precision(options.precision):
        built = network.build()
    named = f"{options.examples}-{options.epochs}-{options.batch}-{options.precision}-{options.seed}"
    checkpoint = preparing.place(work, "fitting", fitting.__name__, network.__name__) / named
    if not options.resume:
        shutil.rmtree(checkpoint, ignore_errors=True)
    fitting.fit(built, made, checkpoint, options.epochs, options.batch, options.seed, within(progress, 0.3, 1.0))
    plain = network.build()
    plain.set_weights(built.get_weights())
    return plain


def _tested(
    options: FloodTrainingOptions, known: Sequence[Ground], residual: Residual, work: Path, progress: ProgressListener
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures by mode, urban terrain apart, and by mode and terrain."""
    from core.systems.flood.physics import MODES
    from core.systems.flood.train import measuring, preparing

    groups = {
        "": ([one for one in known if one.cell_size > URBAN], range(options.tests)),
        ", urban": ([one for one in known if one.cell_size <= URBAN], range(1_000, 1_000 + options.urban_tests)),
    }
    figures: dict[str, Any] = {}
    by_terrain: dict[str, Any] = {}
    for label, (some, numbers) in groups.items():
        rows: dict[str, list[tuple[str, Any]]] = {mode: [] for mode in MODES}
        for example in preparing.solved(some, "test", numbers, work, progress) if some else ():
            for mode in MODES:
                rows[mode].append((example.terrain, _judged(example, mode, residual)))
        for mode, found in rows.items():
            if found:
                figures[mode + label] = measuring.summary([row for _, row in found])
                by_terrain[mode + label] = {
                    name: measuring.summary([row for at, row in found if at == name])
                    for name in dict.fromkeys(at for at, _ in found)
                }
    return figures, by_terrain


def _judged(example: Example, mode: str, residual: Residual) -> Any:
    from core.systems.flood.train import measuring, preparing

    physics = preparing.physics_of(example, mode)
    found = residual.correct(example.scenario.domain, physics, example.scenario.rain)
    return measuring.of_corrected(found, physics, example)


def _checked(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What the version was checked on, in the words and names that pages show of every system."""
    return {
        f"floods on terrain never seen, {mode}: agreement of extents (CSI at 0.05 m)": {
            "accuracy": found["csi_005"]["mean"],
            "n": found["events"],
        }
        for mode, found in metrics.items()
    }
