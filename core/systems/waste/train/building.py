"""From prepared photos to a trained network: views, samples, training, the mean with the start, the heads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.progress import ProgressListener, within
from core.systems.waste.data import samples, views
from core.systems.waste.train import fitting, heads, lite2
from core.systems.waste.train.options import WasteTrainingOptions
from core.systems.waste.train.preparing import PreparedPhotos, run_name

if TYPE_CHECKING:  # Keras takes seconds to import and is there for training alone
    import keras

INVENTED_PER_VIEW = 50


def build_network(
    options: WasteTrainingOptions, prepared: PreparedPhotos, work: Path, progress: ProgressListener
) -> keras.Model:
    """The trained network.

    options: how it is trained. prepared: what it is trained on.
    work: folder for views and checkpoints; an interrupted run goes on from there.
    progress: told the share from 0.02 to 0.95. Raises what it raises.
    """
    import keras

    made_views = views.make(
        prepared.learnable, prepared.manifest, _view_plan(options), work, within(progress, 0.02, 0.15)
    )
    schedule = samples.TrainingSchedule(
        blend_epochs=options.blend_epochs,
        polish_epochs=options.polish_epochs,
        blend_size=options.blend_size,
        polish_size=options.polish_size,
    )
    drawn = samples.collect(prepared.parts.train, made_views, schedule)
    pixels = fitting.TrainingPixels(made_views, drawn.photos)
    as_they_are = -1 - np.arange(len(drawn.photos))
    keras.utils.set_random_seed(options.seed)
    network = lite2.build(options.backbone, options.width)
    lite2.keep_statistics(network)
    start = lite2.body(network).get_weights()
    heads.fit(network, fitting.features(network, pixels.at(options.blend_size), as_they_are), drawn.photos)
    checkpoint = work / f"{run_name(options, prepared.manifest)}.npz"
    if not options.resume:
        checkpoint.unlink(missing_ok=True)
    run = fitting.TrainingRun(drawn, schedule, options.seed, checkpoint)
    fitting.train(lite2.logits(network), run, pixels.at, within(progress, 0.15, 0.93))
    fitting.blend_with_start(network, start, options.tuned_share)
    heads.fit(network, fitting.features(network, pixels.at(options.image_size), as_they_are), drawn.photos)
    return network


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
