"""Training and evaluation of the waste model: read, group, split, fit, calibrate, measure, write the artefacts."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidInput
from core.progress import Progress, ProgressListener, Stage, within
from core.settings import settings
from core.systems.waste.data.photos import Photo, manifest_hash, preprocess, read_out_of_scope, read_photos
from core.systems.waste.data.splits import Split, split
from core.systems.waste.engine import WasteEngine
from core.systems.waste.judgement import Calibration
from core.systems.waste.labels import MATERIALS
from core.systems.waste.train import calibration, metrics

UNCLEAR_LICENCE = ("imagenet_sample", "pdoodp")
ADDED = ("tuxpaint", "wallpaper")
"""Sources that `benchmarks/support/debian_photos.py` adds: they teach what is no waste, and would flatter a test."""
STATISTICS_PHOTOS = 160
INVENTED_PER_VIEW = 50
SEEDS_APART = 1000  # between the seeds of networks that are trained apart on one split


class WasteTrainingOptions(BaseModel):
    """What can be set for training."""

    model_config = ConfigDict(frozen=True)

    data: Path = Field(
        description="Folder or ZIP of class folders or of images with a labels.csv, or a folder of these."
    )
    backbone: str = Field("imagenet", description="imagenet (downloads weights), none, or a weights file without top.")
    split: Literal["grouped", "random"] = Field(
        "grouped", description="grouped keeps near-duplicates together; random divides single photos, as published."
    )
    seed: int = Field(0, ge=0, description="Decides the split, the order and the drawing of views.")
    train_share: float = Field(0.7, gt=0, lt=1, description="Share of the photos that train.")
    validation_share: float = Field(0.1, gt=0, lt=1, description="Share that calibrates; the rest tests.")
    exclude: list[str] = Field(list(UNCLEAR_LICENCE), description="Sources that never train, only test.")
    leave_out: list[str] = Field([], description="Sources whose every photo tests in this run.")
    only_train: list[str] = Field(list(ADDED), description="Sources that train and neither calibrate nor test.")
    image_size: int = Field(192, ge=32, multiple_of=32, description="Side of the network's input when serving [px].")
    upper_size: int = Field(160, ge=32, multiple_of=32, description="The same in the first phase of training [px].")
    whole_size: int = Field(160, ge=32, multiple_of=32, description="The same in the second phase of training [px].")
    view_size: int = Field(192, ge=32, description="Side of the views that are made of each photo [px].")
    upper_epochs: int = Field(8, ge=0, description="Epochs in which the trunk keeps its features.")
    whole_epochs: int = Field(3, ge=0, description="Epochs in which the whole network learns.")
    polish_epochs: int = Field(6, ge=0, description="Further epochs of the whole network, half on photos as they are.")
    polish_rounds: int = Field(1, ge=0, description="Times that these further epochs are gone through.")
    views: int = Field(8, ge=1, description="Random views made of each photo; rarer kinds get nearly twice as many.")
    width: float = Field(1.0, description="Width of MobileNetV2: 0.35, 0.5, 0.75 or 1.0 (pretrained: 1.0).")
    networks: int = Field(
        1, ge=1, description="Networks trained apart from the same backbone; what serves is the mean of their weights."
    )
    work: Path | None = Field(
        None, description="Folder for views and checkpoints; by default waste/ in the data folder."
    )
    resume: bool = Field(True, description="Go on from this run's checkpoint, if there is one.")


class WasteEvaluationOptions(BaseModel):
    """What can be set for an evaluation."""

    model_config = ConfigDict(frozen=True)

    data: Path = Field(description="Folder or ZIP of class folders, or of images with a labels.csv.")
    out_of_scope: Path | None = Field(None, description="Folder or ZIP of photos that show no waste.")


Options = WasteTrainingOptions
EvaluateOptions = WasteEvaluationOptions


@dataclass(frozen=True)
class Prepared:
    """The photos of a run: `known` may train (by the split), `unseen` come from excluded sources and only test."""

    known: list[Photo]
    unseen: list[Photo]
    parts: Split
    contradictory: list[str]
    manifest: str


def evaluate(engine: WasteEngine, options: WasteEvaluationOptions, progress: ProgressListener) -> dict[str, Any]:
    """The figures of `evaluate waste`: photos that show no waste are left out of all but `out_of_scope_auroc`."""
    waste = [photo for photo in read_photos(options.data) if photo.in_scope]
    others = read_out_of_scope(options.out_of_scope) if options.out_of_scope else []
    total = len(waste) + len(others)
    logits = _logits(
        engine,
        waste + others,
        lambda done: progress(Progress(done / total, Stage.TRAINING, detail=f"{done} of {total} photos")),
    )
    judged = metrics.judged(waste + others, logits, engine.calibration)
    places = np.arange(total)
    beyond = judged.pick(places >= len(waste)) if others else None
    return metrics.figures(judged.pick(places < len(waste)), beyond)


def fit(options: WasteTrainingOptions, folder: Path, progress: ProgressListener) -> dict[str, Any]:
    """Train, calibrate, measure and write model.h5, model.tflite, metadata.json and card.md into `folder`."""
    from core.systems.waste.train import artefacts

    started = time.time()
    say = _sparingly(progress)
    work = options.work or settings().data_dir / "waste"
    prepared = prepare(options, work, say)
    network = _trained(options, prepared, work, say)
    artefacts.write_network(network, folder)
    judge = WasteEngine(
        (folder / "model.tflite").read_bytes(), options.image_size, Calibration(), settings().inference_threads
    )
    chosen = _calibrated(judge, prepared.parts.validation)
    tested = prepared.parts.test + prepared.unseen
    logits = _logits(
        judge,
        tested,
        lambda done: say(
            Progress(0.95 + 0.04 * done / len(tested), Stage.TRAINING, detail=f"tested {done} of {len(tested)}")
        ),
    )
    np.savez(
        work / said_file(options, prepared.manifest), keys=np.array([photo.key for photo in tested]), logits=logits
    )
    metadata = artefacts.write_records(
        folder,
        options=options,
        prepared=prepared,
        calibration=chosen,
        results=artefacts.measured(tested, logits, chosen, {photo.key for photo in prepared.unseen}),
        latency=artefacts.latency(judge),
        seconds=time.time() - started,
    )
    progress(Progress(1.0, Stage.TRAINING, detail=f"written to {folder}"))
    return metadata


def prepare(options: WasteTrainingOptions, work: Path, progress: ProgressListener) -> Prepared:
    """Read, group and split the photos; those whose bytes carry two labels neither train nor calibrate."""
    from core.systems.waste.data import duplicates

    photos = read_photos(options.data)
    known = [photo for photo in photos if photo.source not in options.exclude]
    unseen = [photo for photo in photos if photo.source in options.exclude]
    progress(Progress(0.01, Stage.TRAINING, detail=f"{len(known)} photos to learn from, looking for near-duplicates"))
    manifest = manifest_hash(known)
    prints = duplicates.kept_fingerprints(known, work / f"prints-{manifest[:16]}.npz")
    bad = duplicates.contradictory(known, prints)
    if options.split == "grouped":  # photos that never test need no group, and must not pull others along
        free = [place for place, photo in enumerate(known) if photo.source not in options.only_train]
        added = [photo for photo in known if photo.source in options.only_train]
        grouped = duplicates.grouped([known[place] for place in free], [prints[place] for place in free]) + added
    else:
        grouped = known
    shares = (options.train_share, options.validation_share, 1 - options.train_share - options.validation_share)
    parts = split(
        grouped, [options.seed, int(options.split == "random")], shares, options.leave_out, options.only_train
    )
    clean = [[photo for photo in part if photo.key not in bad] for part in (parts.train, parts.validation)]
    return Prepared(known, unseen, Split(clean[0], clean[1], parts.test), sorted(bad), manifest)


def run_name(options: WasteTrainingOptions, manifest: str) -> str:
    """The same options on the same photos give the same name: where a run's files are looked for."""
    chosen = options.model_dump(mode="json", exclude={"data", "work", "resume", "backbone", "networks"})
    chosen |= {"backbone": Path(options.backbone).name}
    return f"run-{hashlib.sha256(json.dumps([chosen, manifest], sort_keys=True).encode()).hexdigest()[:16]}"


def said_file(options: WasteTrainingOptions, manifest: str) -> str:
    """Name of the file, in the folder for work, that holds what a finished run said of its test photos."""
    return f"{run_name(options, manifest)}.{options.networks}.test.npz"


def _trained(options: WasteTrainingOptions, prepared: Prepared, work: Path, progress: ProgressListener) -> Any:
    """The trained network for photos of `image_size`, its batch normalisation folded in."""
    import keras

    from core.systems.waste.data import samples, views
    from core.systems.waste.train import compact, fitting
    from core.systems.waste.train import network as model

    more = -(-options.views * 7 // 4)
    bare = INVENTED_PER_VIEW * options.views
    plan = views.Plan(
        size=options.view_size, board=options.views, rare=more, wild=more, out_of_scope=more, invented=bare
    )
    made = views.make(prepared.known, prepared.manifest, plan, work, within(progress, 0.02, 0.15))
    schedule = samples.Schedule(
        upper_epochs=options.upper_epochs,
        whole_epochs=options.whole_epochs,
        polish_epochs=options.polish_epochs,
        polish_rounds=options.polish_rounds,
        upper_size=options.upper_size,
        whole_size=options.whole_size,
    )
    drawn = samples.collect(prepared.parts.train, made, schedule)
    features = work / f"features-{_features_name(options, plan, prepared.manifest)}.npy"
    some = _some(prepared.parts.train, options.upper_size, options.seed)
    trained = []
    for member in range(options.networks):
        seed = options.seed + member * SEEDS_APART
        keras.utils.set_random_seed(seed)
        network = model.build(options.upper_size, options.backbone, options.width)
        fitting.fill_statistics(network, some)
        checkpoint = work / f"{run_name(options, prepared.manifest)}.{member}.npz"
        if not options.resume:
            checkpoint.unlink(missing_ok=True)
        span = 0.8 / options.networks
        report = within(progress, 0.15 + member * span, 0.15 + (member + 1) * span)
        network = fitting.train(network, drawn, made, schedule, seed, features, checkpoint, report)
        trained.append(model.at_size(network, options.image_size))
        compact.fold(trained[-1])
    return model.mean(trained)


def _features_name(options: WasteTrainingOptions, plan: Any, manifest: str) -> str:
    """Features depend on the views and on the trunk's weights; a random trunk also on the seed."""
    backbone = Path(options.backbone).name if options.backbone != "none" else f"none-{options.seed}"
    parts = [manifest, plan.__dict__, backbone, options.width, options.upper_size]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _some(photos: Sequence[Photo], size: int, seed: int) -> np.ndarray:
    """Some of the training photos, (n, size, size, 3): to measure batch normalisation on."""
    places = np.random.default_rng(seed).permutation(len(photos))[:STATISTICS_PHOTOS]
    return np.stack([preprocess(photos[place].decode(), size) for place in places])


def _calibrated(judge: WasteEngine, photos: Sequence[Photo]) -> Calibration:
    if not any(photo.material for photo in photos):
        raise InvalidInput(
            f"Expected validation photos with a material. Received {len(photos)} photos without one: the groups of "
            "near-duplicates are too large to share out. Give more photos, or --split random."
        )
    materials = np.array([MATERIALS.index(photo.material) if photo.material else -1 for photo in photos], dtype=int)
    scope = np.array([photo.in_scope for photo in photos], dtype=bool)
    return calibration.calibrate(_logits(judge, photos), materials, scope)


def _logits(engine: WasteEngine, photos: Sequence[Photo], done: Callable[[int], None] = lambda _: None) -> np.ndarray:
    """Raw logits (n, 7), photo by photo, so that no more than one is decoded at a time."""
    rows = []
    for place, photo in enumerate(photos):
        rows.append(engine.run([preprocess(photo.decode(), engine.size)])[0][0])
        done(place + 1)
    return np.array(rows).reshape(len(photos), len(MATERIALS) + 1)


def _sparingly(progress: ProgressListener, seconds: float = 1.0) -> ProgressListener:
    """At most one report a second: a form or a terminal shows no more."""
    last = [0.0]

    def report(latest: Progress) -> None:
        if time.monotonic() - last[0] >= seconds:
            last[0] = time.monotonic()
            progress(latest)

    return report
