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
from core.systems.waste.labels import MATERIALS, OUTPUTS
from core.systems.waste.train import WasteEvaluationOptions, WasteTrainingOptions, evaluate, fit
from tests.systems.waste.conftest import invented, jpeg, on_board

pytest.importorskip("keras", reason="needs the training packages")

from core.systems.waste.data import samples
from core.systems.waste.network import compact, lite2
from core.systems.waste.train import fitting, heads

SIZE = 64


@pytest.fixture(scope="module")
def network() -> object:
    """A small untrained network whose batch normalisation fits the batch, so that its outputs are of natural size."""
    import keras

    keras.utils.set_random_seed(0)
    made = lite2.build("none", width=0.35)
    for layer in lite2.batch_norms(made):
        layer.momentum = 0.0
    made(_batch(), training=True)
    return made


@pytest.fixture(scope="module")
def batch() -> np.ndarray:
    return _batch()


def _batch() -> np.ndarray:
    return np.stack([np.asarray(invented(seed, SIZE, SIZE), dtype=np.float32) / 127.5 - 1 for seed in range(6)])


def _logits(network: object, batch: np.ndarray) -> np.ndarray:
    return np.asarray(network(batch, training=False)["logits"])


def test_class_maps_average_to_the_logits(network: object, batch: np.ndarray) -> None:
    outputs = network(batch, training=False)
    assert outputs["class_maps"].shape == (6, SIZE // 32, SIZE // 32, OUTPUTS)
    np.testing.assert_allclose(np.asarray(outputs["class_maps"]).mean(axis=(1, 2)), outputs["logits"], atol=1e-6)


def test_the_full_network_is_the_published_one() -> None:
    made = lite2.body(lite2.build())
    assert made.count_params() == 4_869_168  # EfficientNet-Lite2 without its head: convolutions and normalisations
    assert len(lite2.batch_norms(made)) == 64
    assert made.output.shape[-1] == lite2.FEATURES


def test_one_network_takes_photos_of_any_size(network: object) -> None:
    for size in (32, 40, 96):
        outputs = network(np.zeros((1, size, size, 3), dtype=np.float32), training=False)
        assert outputs["class_maps"].shape[1] == -(-size // 32)


def test_the_litert_file_agrees_with_the_network_at_its_size(network: object, batch: np.ndarray) -> None:
    from core.systems.waste.calibration import WasteCalibration
    from core.systems.waste.engine import WasteEngine

    rounded = keras_copy(network)
    compact.fold(rounded)
    compact.to_half_precision(rounded)
    engine = WasteEngine(keras_files.to_litert(rounded), SIZE, WasteCalibration(), threads=1)
    received = engine.run(list(batch))
    expected = rounded(batch, training=False)
    assert received.logits.std() > 1e-3  # a converter that loses the weights would give nothing, or not-a-number
    assert received.features.std() > 1e-3
    for name, values in (("logits", received.logits), ("class_maps", received.maps), ("features", received.features)):
        np.testing.assert_allclose(values, expected[name], atol=1e-3, err_msg=name)


def keras_copy(network: object) -> object:
    copy = lite2.build("none", width=0.35)
    copy.set_weights(network.get_weights())
    return copy


def test_heads_learn_what_the_photos_say_and_features_have_unit_variance(network: object) -> None:
    copy = keras_copy(network)
    random = np.random.default_rng(0)
    photos = [
        LabelledPhoto(Path(), f"{index}.jpg", material, plastic, material is not None, source)
        for index, (material, plastic, source) in enumerate(
            [("glass", False, "trashnet"), ("plastic", True, "trashnet"), (None, None, "coral")] * 40
        )
    ]
    kinds = np.tile(np.eye(3), (40, 1))
    last, channels = (copy.get_layer(name).output.shape[-1] for name in (lite2.LAST_MEANS, lite2.MEANS))
    features = random.normal(2, 0.05, (120, channels))
    features[:, -last:][:, :3] += kinds
    heads.fit(copy, features.astype(np.float32), photos)
    kernel, shift = copy.get_layer("class_maps").get_weights()
    logits = features[:, -last:] @ kernel[0, 0] + shift
    assert (logits[kinds[:, 0] == 1][:, : len(MATERIALS)].argmax(axis=1) == MATERIALS.index("glass")).all()
    assert (logits[kinds[:, 1] == 1][:, : len(MATERIALS)].argmax(axis=1) == MATERIALS.index("plastic")).all()
    scope, plastic = logits[:, len(MATERIALS)], logits[:, len(MATERIALS) + 1]
    assert scope[kinds[:, 2] == 1].max() < scope[kinds[:, 2] == 0].min()
    assert plastic[kinds[:, 0] == 1].max() < plastic[kinds[:, 1] == 1].min()
    assert logits[:, MATERIALS.index("metal")].max() < logits[:, : len(MATERIALS)].max(axis=1).min()
    mean, variance = copy.get_layer("features").get_weights()
    scaled = ((features - mean) / np.sqrt(variance))[kinds[:, 2] == 0]  # of waste
    np.testing.assert_allclose(scaled[:, -last:].std(axis=0), 1, atol=1e-3)
    np.testing.assert_allclose(scaled[:, :-last].std(axis=0), heads.EMPHASIS, atol=1e-3)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-3)


def test_a_source_of_many_photos_weighs_as_much_as_one_of_some() -> None:
    weights = heads._weights_by_source(["trashnet"] * 900 + ["nepal"] * 400 + ["ibm"] * 4)
    assert weights[:900].sum() == 900
    assert weights[900:1300].sum() == pytest.approx(heads.MOST_OF_A_SOURCE)
    assert weights[1300:].tolist() == [1.0] * 4


def test_blending_with_the_start_weighs_body_and_leaves_the_head(network: object) -> None:
    trained = keras_copy(network)
    start = [values * 0 for values in lite2.body(trained).get_weights()]
    head = trained.get_layer("class_maps").get_weights()
    fitting.blend_with_start(trained, start, 0.25)
    for before, after in zip(lite2.body(network).get_weights(), lite2.body(trained).get_weights(), strict=True):
        np.testing.assert_allclose(after, 0.25 * before, rtol=1e-5)
    assert np.array_equal(trained.get_layer("class_maps").get_weights()[0], head[0])


def test_the_h5_file_loads_without_compiling(network: object, batch: np.ndarray, tmp_path: Path) -> None:
    keras_files.save(network, tmp_path / "model.h5")
    assert (tmp_path / "model.h5").read_bytes()[:4] == b"\x89HDF"
    np.testing.assert_allclose(
        _logits(keras_files.load(tmp_path / "model.h5"), batch), _logits(network, batch), atol=1e-6
    )


def test_an_unknown_backbone_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="Expected a backbone"):
        lite2.build("/nowhere/weights.h5")


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


def _tiny_training(checkpoint: Path, stop_after: int | None) -> list[np.ndarray]:
    """Three epochs of one dense layer; interrupted after some steps if asked."""
    import keras

    keras.utils.set_random_seed(3)
    layer = keras.Sequential([keras.Input((4,)), keras.layers.Dense(OUTPUTS)])
    steps = [0]

    def progress(_: Progress) -> None:
        steps[0] += 1
        if stop_after is not None and steps[0] > stop_after:
            raise Cancelled("stopped by the test")

    table = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    drawn = samples.Samples(
        [np.array([place]) for place in range(64)], np.ones(64, int), np.arange(64) % 6, np.ones(64), []
    )
    schedule = samples.TrainingSchedule(blend_epochs=2, polish_epochs=1, batch=16)
    run = fitting.TrainingRun(drawn, schedule, 0, checkpoint)
    fitting.train(layer, run, table.__getitem__, progress)
    return [np.asarray(weight) for weight in layer.weights]


def test_an_interrupted_training_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    straight = _tiny_training(tmp_path / "straight.npz", None)
    with pytest.raises(Cancelled):
        _tiny_training(tmp_path / "broken.npz", stop_after=8)  # in the second epoch
    resumed = _tiny_training(tmp_path / "broken.npz", None)
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
        data=class_folders, backbone="none", split="random", width=0.35, image_size=32, training_size=32, scenes=8,
        view_size=40, blend_epochs=1, polish_epochs=1, views=1, train_share=0.3, validation_share=0.2, work=work,
    )  # fmt: skip
    heard: list[str] = []

    def stop_in_the_second_epoch(progress: Progress) -> None:
        heard.append(sentence(progress))
        if list(work.glob("run-*.npz")):
            raise Cancelled("stopped by the test")

    with pytest.raises(Cancelled):
        fit(options, folder, stop_in_the_second_epoch)
    assert not (folder / "metadata.json").exists()

    heard.clear()
    metadata = fit(options, folder, lambda progress: heard.append(sentence(progress)))
    assert not any(message.startswith(("epoch 1 ", "views")) for message in heard)
    assert metadata == json.loads((folder / "metadata.json").read_text())
    assert metadata["calibrated_on"] == "validation photos"
    assert metadata["reference"]["n"] > 0
    assert {"appearance_1", "unlike_checked", "predicted class"} < set(metadata["reference"]["features"])
    assert metadata["data"]["parts"]["test"] == metadata["metrics"]["all"]["n"] > 0
    assert "Measured on photos that it never saw" in (folder / "card.md").read_text()

    engine = load(folder)
    photo = WasteInput(image=jpeg(invented(1)))
    answer = predict(engine, [photo, photo])[1]
    assert answer.value in MATERIALS
    assert explain(engine, photo).heat.shape == (1, 1)
    figures = evaluate(engine, WasteEvaluationOptions(data=class_folders, out_of_scope=class_folders), lambda *_: None)
    assert figures["n"] == 72
    assert figures["out_of_scope_auroc"] == pytest.approx(0.5)
    assert len(read_photos(class_folders)) == figures["plastic"]["n"]
