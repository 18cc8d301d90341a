"""From prepared photos to a trained network: views, samples, one or several networks trained apart, their mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.progress import ProgressListener, within
from core.systems.waste.data import samples, views
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.train import compact, fitting, mobilenet
from core.systems.waste.train.options import WasteTrainingOptions
from core.systems.waste.train.preparing import PreparedPhotos, run_name

if TYPE_CHECKING:  # Keras takes seconds to import and is there for training alone
    import keras

STATISTICS_PHOTOS = 160
INVENTED_PER_VIEW = 50
SEEDS_APART = 1000  # between the seeds of networks that are trained apart on one split


def build_network(
    options: WasteTrainingOptions, prepared: PreparedPhotos, work: Path, progress: ProgressListener
) -> keras.Model:
    """The trained network for photos of `image_size`, its batch normalisation folded in.

    options: how it is trained.
    prepared: what it is trained on.
    work: folder for views, features and checkpoints; an interrupted run goes on from there.
    progress: told the share from 0.02 to 0.95. Raises what it raises.
    """
    import keras

    plan = _view_plan(options)
    made_views = views.make(prepared.learnable, prepared.manifest, plan, work, within(progress, 0.02, 0.15))
    schedule = samples.TrainingSchedule(
        upper_epochs=options.upper_epochs,
        whole_epochs=options.whole_epochs,
        polish_epochs=options.polish_epochs,
        polish_rounds=options.polish_rounds,
        upper_size=options.upper_size,
        whole_size=options.whole_size,
    )
    drawn = samples.collect(prepared.parts.train, made_views, schedule)
    features = work / f"features-{_features_name(options, plan, prepared.manifest)}.npy"
    statistics_photos = _statistics_photos(prepared.parts.train, options.upper_size, options.seed)
    trained = []
    for member in range(options.networks):
        seed = options.seed + member * SEEDS_APART
        keras.utils.set_random_seed(seed)
        network = mobilenet.build(options.upper_size, options.backbone, options.width)
        fitting.fill_statistics(network, statistics_photos)
        checkpoint = work / f"{run_name(options, prepared.manifest)}.{member}.npz"
        if not options.resume:
            checkpoint.unlink(missing_ok=True)
        span = 0.8 / options.networks
        report = within(progress, 0.15 + member * span, 0.15 + (member + 1) * span)
        run = fitting.TrainingRun(drawn, schedule, seed, checkpoint)
        network = fitting.train(network, run, made_views, features, report)
        trained.append(mobilenet.at_size(network, options.image_size))
        compact.fold(trained[-1])
    return mobilenet.mean_of(trained)


def _view_plan(options: WasteTrainingOptions) -> views.ViewPlan:
    """How many views: nearly twice as many of rarer kinds of photos."""
    more = -(-options.views * 7 // 4)
    return views.ViewPlan(
        size=options.view_size,
        board=options.views,
        rare=more,
        wild=more,
        out_of_scope=more,
        invented=INVENTED_PER_VIEW * options.views,
    )


def _features_name(options: WasteTrainingOptions, plan: views.ViewPlan, manifest: str) -> str:
    """Hash of what the trunk's features depend on: the views and the trunk's weights; a random trunk's seed too."""
    backbone = Path(options.backbone).name if options.backbone != "none" else f"none-{options.seed}"
    parts = [manifest, plan.__dict__, backbone, options.width, options.upper_size]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _statistics_photos(photos: Sequence[LabelledPhoto], size: int, seed: int) -> np.ndarray:
    """Some of the training photos, shape (n, size, size, 3), on which batch normalisation is measured."""
    indices = np.random.default_rng(seed).permutation(len(photos))[:STATISTICS_PHOTOS]
    return np.stack([preprocess(photos[index].decode(), size) for index in indices])
