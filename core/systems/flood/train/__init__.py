"""Training and evaluation of the flood model: random floods, the solver's answers, the network, the intervals."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from core.artefacts import keras_files
from core.artefacts.version_records import REFERENCE
from core.monitoring.references import write_reference
from core.progress import Progress, ProgressListener, Stage, within
from core.settings import settings
from core.systems.flood import event
from core.systems.flood.correction.residual import NETWORK_FILE, ResidualNetwork
from core.systems.flood.engine import FloodEngine
from core.systems.flood.physics import MODES
from core.systems.flood.train import (
    artefacts,
    calibration,
    evaluation,
    examples,
    held_out,
    preparing,
    validation_answers,
)
from core.systems.flood.train.examples import TerrainModel


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


def evaluate(
    engine: FloodEngine, options: FloodEvaluationOptions, progress: ProgressListener
) -> dict[str, float | None]:
    """Figures of one event: see `evaluation.figures`."""
    return evaluation.figures(engine, event.read(options.data), options.engine, options.mode, progress)


def fit(options: FloodTrainingOptions, folder: Path, progress: ProgressListener) -> dict[str, object]:
    """Make examples, train, set the intervals, measure; write model.h5, model.tflite, metadata.json and card.md.

    options: what can be set.
    folder: of the new version.

    Returns what metadata.json holds. Raises InvalidInput for a data folder without a manifest, and what `progress`
    raises to stop; what was computed until then is kept.
    """
    started = time.time()
    work = options.work or settings().data_dir / "flood"
    terrains = {split: examples.read_terrains(options.data, split) for split in ("train", "validation", "test")}
    network = _train(options, terrains["train"], work, within(progress, 0.0, 0.85))
    artefacts.write_network(network, folder)
    litert = (folder / NETWORK_FILE).read_bytes()
    widening, lift = _calibrate(options, litert, terrains["validation"], work, within(progress, 0.85, 0.89))
    arrival, reference = _fit_arrival(
        ResidualNetwork.calibrated(litert, widening, lift),
        terrains["validation"],
        range(options.validation),
        work,
        folder,
        within(progress, 0.89, 0.9),
    )
    residual = ResidualNetwork.calibrated(litert, widening, lift, arrival)
    metrics, by_terrain = held_out.measure(
        residual, terrains["test"], options.tests, options.urban_tests, work, within(progress, 0.9, 1.0)
    )
    names = {split: [terrain.name for terrain in group] for split, group in terrains.items()}
    names["test"] = [terrain.name for terrain in terrains["test"] if not held_out.is_urban(terrain)]
    names["urban"] = [terrain.name for terrain in terrains["test"] if held_out.is_urban(terrain)]
    metadata = {
        "widen": {mode: list(halves) for mode, halves in widening.items()},
        "lift": lift,
        "arrival": arrival,
        REFERENCE: reference,
        "examples": {"train": options.examples, "validation": options.validation},
        "terrains": names,
        "options": options.model_dump(mode="json", exclude={"data", "work"}),
        "metrics": metrics,
        "by_terrain": by_terrain,
        "checked": held_out.checked(metrics),
        "seconds": round(time.time() - started),
    }
    written = artefacts.write_records(folder, metadata)
    progress(Progress(1.0, Stage.TRAINING, detail=f"written to {folder}"))
    return written


def _train(
    options: FloodTrainingOptions, terrains: Sequence[TerrainModel], work: Path, progress: ProgressListener
) -> object:
    """The trained Keras network with float32 weights; terrains: of the train split."""
    import keras

    from core.systems.flood.train import fitting, network

    arrays = preparing.prepare_arrays(terrains, "train", range(options.examples), work, within(progress, 0.0, 0.3))
    keras.utils.set_random_seed(options.seed)
    with keras_files.precision(options.precision):
        trained = network.build()
    run = f"{options.examples}-{options.epochs}-{options.batch}-{options.precision}-{options.seed}"
    checkpoint = preparing.cache_folder(work, "fitting", fitting.__name__, network.__name__) / run
    if not options.resume:
        shutil.rmtree(checkpoint, ignore_errors=True)
    fitting.fit(trained, arrays, checkpoint, options.epochs, options.batch, options.seed, within(progress, 0.3, 1.0))
    plain = network.build()
    plain.set_weights(trained.get_weights())
    return plain


def _calibrate(
    options: FloodTrainingOptions,
    litert: bytes,
    terrains: Sequence[TerrainModel],
    work: Path,
    progress: ProgressListener,
) -> tuple[dict[str, tuple[float, float]], float]:
    """What intervals are widened by, by mode, and the lift of depths about 0.05 m.

    litert: the network as it serves.
    terrains: of the validation split.
    """
    plain = ResidualNetwork(litert, settings().inference_threads)
    arrays = preparing.prepare_arrays(terrains, "validation", range(options.validation), work, progress)
    answers, truth = [plain.answer(features) for features in arrays.features], list(arrays.truth)
    lift = calibration.fit_lift(answers, truth)
    widening = {
        mode: calibration.fit_widening(answers[index :: len(MODES)], truth[index :: len(MODES)])
        for index, mode in enumerate(MODES)
    }
    return widening, lift


def _fit_arrival(
    residual: ResidualNetwork,
    terrains: Sequence[TerrainModel],
    numbers: range,
    work: Path,
    folder: Path,
    progress: ProgressListener,
) -> tuple[dict[str, dict[str, list[object]]], dict[str, object]]:
    """The factors of the arrivals' intervals by mode, and the record of the reference that is written, as plain JSON.

    residual: the network with its lift.
    terrains: of the validation split.
    numbers: of the floods.
    folder: of the new version.
    """
    floods: dict[str, list[calibration.Arrivals]] = {mode: [] for mode in MODES}
    scenarios, classes = [], []
    for example in preparing.solved_examples(terrains, "validation", numbers, work, progress):
        for mode, group in floods.items():
            corrected = held_out.forecast(example, mode, residual)[0]
            group.append((corrected.arrival, corrected.max_depth, example.arrival))
            if mode == "accurate":
                scenarios.append(example.scenario)
                classes.append(validation_answers.class_of(corrected))
    factors = {mode: calibration.fit_arrival(group).to_metadata() for mode, group in floods.items()}
    about = validation_answers.about(len(scenarios), len(terrains))
    return factors, write_reference(folder, validation_answers.features_of(scenarios), classes, about)
