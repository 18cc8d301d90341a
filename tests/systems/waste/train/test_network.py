"""The network: its class maps, its two files, and training that goes on after an interruption."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.artefacts import keras_files
from core.errors import Cancelled, InvalidInput
from core.progress import Progress, sentence
from core.systems.waste import WasteInput, explain, load, predict
from core.systems.waste.data.photos import LabelledPhoto, read_photos
from core.systems.waste.data.views import ViewPlan, Views, make
from core.systems.waste.labels import MATERIALS
from core.systems.waste.train import WasteEvaluationOptions, WasteTrainingOptions, evaluate, fit
from tests.systems.waste.conftest import invented, jpeg, on_board

pytest.importorskip("keras", reason="needs the training packages")

from core.systems.waste.data import samples
from core.systems.waste.train import compact, fitting, mobilenet

SIZE = 64


@pytest.fixture(scope="module")
def network() -> object:
    """A small untrained network whose batch normalisation fits the batch, so that its outputs are of natural size."""
    import keras

    keras.utils.set_random_seed(0)
    made = mobilenet.build(SIZE, "none", width=0.35)
    for layer in mobilenet.batch_norms(made):
        layer.momentum = 0.0
    made(_batch(), training=True)
    return made


@pytest.fixture(scope="module")
def batch() -> np.ndarray:
    return _batch()


def _batch() -> np.ndarray:
    return np.stack([np.asarray(invented(seed, SIZE, SIZE), dtype=np.float32) / 127.5 - 1 for seed in range(6)])


def _folded(network: object) -> object:
    """The same outputs with all moving means 0 and variances 1 - eps, as in weights made for serving."""
    folded = mobilenet.build(SIZE, "none", width=0.35)
    folded.set_weights(network.get_weights())
    for layer in mobilenet.batch_norms(folded):
        gamma, beta, mean, variance = layer.get_weights()
        scale = gamma / np.sqrt(variance + layer.epsilon)
        layer.set_weights([scale, beta - scale * mean, 0 * mean, 0 * variance + 1 - layer.epsilon])
    return folded


def _logits(network: object, batch: np.ndarray) -> np.ndarray:
    return np.asarray(network(batch, training=False)["logits"])


def test_class_maps_average_to_the_logits(network: object, batch: np.ndarray) -> None:
    outputs = network(batch, training=False)
    assert outputs["class_maps"].shape == (6, SIZE // 32, SIZE // 32, len(MATERIALS) + 1)
    np.testing.assert_allclose(np.asarray(outputs["class_maps"]).mean(axis=(1, 2)), outputs["logits"], atol=1e-6)


def test_refilled_batch_norm_changes_no_output_but_normalises(network: object, batch: np.ndarray) -> None:
    import keras

    folded = _folded(network)
    assert mobilenet.is_folded(folded)
    before = _logits(folded, batch)
    assert before.std() > 1e-3
    mobilenet.refill_batch_norm(folded, [batch])
    assert not mobilenet.is_folded(folded)
    np.testing.assert_allclose(_logits(folded, batch), before, atol=1e-4)
    first = mobilenet.batch_norms(folded)[0]
    seen = np.asarray(keras.Model(folded.input, first.input)(batch))
    np.testing.assert_allclose(first.moving_mean, seen.mean(axis=(0, 1, 2)), atol=1e-5)


def test_trunk_and_upper_together_are_the_network(network: object, batch: np.ndarray) -> None:
    features = mobilenet.trunk(network)(batch, training=False)
    np.testing.assert_allclose(mobilenet.upper(network)(features, training=False), _logits(network, batch), atol=1e-5)


def test_the_litert_file_agrees_with_the_network(network: object, batch: np.ndarray) -> None:
    from core.systems.waste.calibration import WasteCalibration
    from core.systems.waste.engine import WasteEngine

    rounded = mobilenet.build(SIZE, "none", width=0.35)
    rounded.set_weights(network.get_weights())
    compact.fold(rounded)
    compact.to_half_precision(rounded)
    engine = WasteEngine(keras_files.to_litert(rounded), SIZE, WasteCalibration(), threads=1)
    logits, maps = engine.run(list(batch))
    expected = rounded(batch, training=False)
    assert logits.std() > 1e-3  # a converter that loses the weights would give nothing, or not-a-number
    np.testing.assert_allclose(logits, expected["logits"], atol=1e-3)
    np.testing.assert_allclose(maps, expected["class_maps"], atol=1e-3)


def test_the_h5_file_loads_without_compiling(network: object, batch: np.ndarray, tmp_path: Path) -> None:
    keras_files.save(network, tmp_path / "model.h5")
    assert (tmp_path / "model.h5").read_bytes()[:4] == b"\x89HDF"
    np.testing.assert_allclose(
        _logits(keras_files.load(tmp_path / "model.h5"), batch), _logits(network, batch), atol=1e-6
    )


def test_another_size_keeps_the_weights(network: object) -> None:
    other = mobilenet.at_size(network, 96)
    assert other.inputs[0].shape[1:3] == (96, 96)
    assert all(np.array_equal(a, b) for a, b in zip(other.get_weights(), network.get_weights(), strict=True))


def test_an_unknown_backbone_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="Expected a backbone"):
        mobilenet.build(SIZE, "/nowhere/weights.h5")


def _photo(folder: Path, name: str, picture: Image.Image, in_scope: bool = True) -> LabelledPhoto:
    (folder / name).write_bytes(jpeg(picture))
    source = "trashnet" if in_scope else "aqua_background"
    return LabelledPhoto(folder, name, "metal" if in_scope else None, False if in_scope else None, in_scope, source)


def test_views_are_made_once_and_grounds_of_others_are_not_drawn(tmp_path: Path) -> None:
    thing = _photo(tmp_path, "thing1.jpg", on_board())
    ground = _photo(tmp_path, "ground1.jpg", invented(2), in_scope=False)
    plan = ViewPlan(size=32, board=12, out_of_scope=2, invented=1, pasted_share=0.9)
    made = make([thing, ground], "m", plan, tmp_path / "work", lambda *_: None, workers=1)
    assert made.owners == [thing.key] * 12 + [ground.key] * 2 + ["invented"]
    assert made.pixels(0).shape == (32, 32, 3)
    on_photo = {place for place, under in enumerate(made.grounds) if under}
    assert on_photo  # some lie on the photographed ground
    assert {made.grounds[place] for place in on_photo} == {ground.key}

    again = make([thing, ground], "m", plan, tmp_path / "work", lambda *_: pytest.fail("made twice"))
    assert again.owners == made.owners

    alone = samples.collect([thing], made, samples.TrainingSchedule())
    drawn = {int(place) for seed in range(40) for place in alone.draw(np.random.default_rng(seed), 0.0)[0]}
    assert not drawn & on_photo


def test_an_epoch_repeats_rare_kinds_and_says_what_is_known(tmp_path: Path) -> None:
    thing = _photo(tmp_path, "thing1.jpg", on_board())
    ground = _photo(tmp_path, "ground1.jpg", invented(2), in_scope=False)
    views = Views(
        [thing.key, ground.key, "invented"], ["", "", ""], np.zeros(4, dtype=int), np.zeros(0, dtype=np.uint8)
    )
    drawn = samples.collect([thing, ground], views, samples.TrainingSchedule(out_of_scope=3, invented=5))
    places, materials, scope = drawn.draw(np.random.default_rng(0), plain_share=1.0)
    assert len(places) == 1 + 3 + 5
    assert sorted(places) == [-2, -2, -2, -1, 2, 2, 2, 2, 2]  # photos as they are; invented grounds are views
    assert scope.sum() == 1
    assert materials.sum() == pytest.approx(1.0)
    assert materials[scope == 1].argmax() == MATERIALS.index("metal")


def _tiny_phase(checkpoint: Path, stop_after: int | None) -> list[np.ndarray]:
    """Three epochs of one dense layer; interrupted after some steps if asked."""
    import keras

    keras.utils.set_random_seed(3)
    layer = keras.Sequential([keras.Input((4,)), keras.layers.Dense(7)])
    steps = [0]

    def progress(_: Progress) -> None:
        steps[0] += 1
        if stop_after is not None and steps[0] > stop_after:
            raise Cancelled("stopped by the test")

    table = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    drawn = samples.Samples(
        [np.array([place]) for place in range(64)], np.ones(64, int), np.arange(64) % 6, np.ones(64), []
    )
    schedule = samples.TrainingSchedule(upper_epochs=3, batch=16)
    run = fitting.TrainingRun(drawn, schedule, 0, checkpoint)
    fitting.train_phase(layer, layer, table.__getitem__, run, samples.UPPER, progress)
    return [np.asarray(weight) for weight in layer.weights]


def test_an_interrupted_phase_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    straight = _tiny_phase(tmp_path / "straight.npz", None)
    with pytest.raises(Cancelled):
        _tiny_phase(tmp_path / "broken.npz", stop_after=8)  # in the second epoch
    resumed = _tiny_phase(tmp_path / "broken.npz", None)
    for one, other in zip(straight, resumed, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.fixture
def uncompiled() -> Iterator[None]:
    """TensorFlow runs operation by operation: to compile the graphs of a few small steps takes far longer than they."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.usefixtures("uncompiled")
def test_a_tiny_training_resumes_and_leaves_a_version_that_serves(class_folders: Path, tmp_path: Path) -> None:
    folder, work = tmp_path / "version", tmp_path / "work"
    options = WasteTrainingOptions(
        data=class_folders, backbone="none", split="random", width=0.35, image_size=32, upper_size=32, whole_size=32,
        view_size=32, upper_epochs=1, whole_epochs=0, polish_epochs=1, views=1, networks=2, train_share=0.3,
        validation_share=0.2, work=work,
    )  # fmt: skip
    heard: list[str] = []

    def stop_in_the_second_network(progress: Progress) -> None:
        heard.append(sentence(progress))
        if heard[-1].startswith("phase 3") and list(work.glob("run-*.1.npz")):
            raise Cancelled("stopped by the test")

    with pytest.raises(Cancelled):
        fit(options, folder, stop_in_the_second_network)
    assert not (folder / "metadata.json").exists()

    heard.clear()
    (first,) = work.glob("run-*.0.npz")
    kept = first.stat().st_mtime_ns
    metadata = fit(options, folder, lambda progress: heard.append(sentence(progress)))
    assert first.stat().st_mtime_ns == kept, "the first network is taken up as it is"
    assert not any(message.startswith(("phase 1", "views", "features")) for message in heard)
    assert metadata == json.loads((folder / "metadata.json").read_text())
    assert metadata["options"]["networks"] == 2
    assert metadata["data"]["parts"]["test"] == metadata["metrics"]["all"]["n"] > 0
    card = (folder / "card.md").read_text()
    assert "Measured on photos that it never saw" in card
    assert "the mean of 2 trained apart" in card

    engine = load(folder)
    photo = WasteInput(image=jpeg(invented(1)))
    answer = predict(engine, [photo, photo])[1]
    assert answer.value in MATERIALS
    assert explain(engine, photo).heat.shape == (1, 1)
    figures = evaluate(engine, WasteEvaluationOptions(data=class_folders, out_of_scope=class_folders), lambda *_: None)
    assert figures["n"] == 72
    assert figures["out_of_scope_auroc"] == pytest.approx(0.5)
    assert len(read_photos(class_folders)) == figures["plastic"]["n"]


def test_a_mean_of_networks_weighs_each_the_same(network: object) -> None:
    own, other, third = (mobilenet.at_size(network, size) for size in (96, 128, 160))
    for changed, value in ((other, 3.0), (third, -1.5)):
        changed.set_weights([values * 0 + value for values in changed.get_weights()])
    expected = [(values + 1.5) / 3 for values in own.get_weights()]
    for received, wanted in zip(mobilenet.mean_of([own, other, third]).get_weights(), expected, strict=True):
        np.testing.assert_allclose(received, wanted, rtol=1e-5, atol=1e-6)
