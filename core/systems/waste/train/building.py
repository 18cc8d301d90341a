"""From prepared photos to a trained network: views, samples, training, the mean with the start, the heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.progress import Progress, ProgressListener, Stage, within
from core.systems.waste.data import samples, scenes, views
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.network import lite2
from core.systems.waste.train import detecting, fitting, heads, kept_features
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
    schedule = samples.TrainingSchedule(blend_epochs=options.blend_epochs, polish_epochs=options.polish_epochs)
    drawn = samples.collect(prepared.parts.train, made_views, schedule)
    keras.utils.set_random_seed(options.seed)
    network = lite2.build(options.backbone, options.width)
    lite2.freeze(network)
    kept = kept_features.keep(
        network, made_views, prepared.learnable, options.training_size, work, within(progress, 0.15, 0.3)
    )
    start = lite2.body(network).get_weights()
    heads.fit(network, fitting.features(network, drawn.photos, options.training_size), drawn.photos)
    checkpoint = work / f"{run_name(options, prepared.manifest)}.npz"
    if not options.resume:
        checkpoint.unlink(missing_ok=True)
    run = fitting.TrainingRun(drawn, schedule, options.seed, checkpoint)
    inputs = partial(kept.of_drawn, drawn.photos)
    fitting.train(lite2.trained_part(network), run, inputs, within(progress, 0.3, 0.9))
    fitting.blend_with_start(network, start, options.tuned_share)
    heads.fit(network, fitting.features(network, drawn.photos, options.image_size), drawn.photos)
    if options.scenes:
        learn_objects(network, prepared.parts.train, options, within(progress, 0.9, 0.95))
    return network


def learn_objects(
    network: keras.Model,
    photos: Sequence[LabelledPhoto],
    options: WasteTrainingOptions,
    progress: ProgressListener,
) -> None:
    """Teach the finished network where objects lie; nothing else changes.

    It sees scenes of the objects in the photos, and the photos themselves: without these it sees two things in a third
    of all photos of one.
    """
    boxes: list[np.ndarray] = []

    def pictures() -> Iterator[Image.Image]:
        for picture, box in scenes.singles(photos):
            boxes.append(box)
            yield picture
        for scene in scenes.draw(photos, options.scenes, options.seed):
            boxes.append(scene.boxes)
            share = min(1.0, len(boxes) / (options.scenes + len(photos)))
            progress(Progress(0.8 * share, Stage.TRAINING, detail="scenes of several things"))
            yield scene.picture

    features = detecting.features(network, pictures(), options.image_size)
    learning = within(progress, 0.8, 1.0)
    detecting.fit(network, features, boxes, options.seed, lambda share: learning(Progress(share, Stage.TRAINING)))


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
