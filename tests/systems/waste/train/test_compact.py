"""A released network at half its size says the same, to half precision, and both files say exactly the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.artefacts import keras_files
from core.systems.waste.calibration import WasteCalibration
from core.systems.waste.engine import WasteEngine
from core.systems.waste.train.artefacts import write_network
from tests.systems.waste.conftest import invented

pytest.importorskip("keras", reason="needs the training packages")

from core.systems.waste.network import compact, lite2

SIZE = 64
PHOTOS = np.stack([np.asarray(invented(seed, SIZE, SIZE), dtype=np.float32) / 127.5 - 1 for seed in range(6)])


@pytest.fixture
def network() -> object:
    """An untrained network whose batch normalisation is not trivial: scale, shift, mean and variance at random."""
    import keras

    keras.utils.set_random_seed(3)
    made = lite2.build("none", width=0.35)
    random = np.random.default_rng(3)
    for layer in lite2.batch_norms(made):
        layer.momentum = 0.0
    made(PHOTOS, training=True)
    for layer in lite2.batch_norms(made):
        gamma, beta, mean, variance = layer.get_weights()
        layer.set_weights(
            [gamma * random.uniform(0.5, 1.5, gamma.shape), beta + random.normal(0, 0.1, beta.shape), mean, variance]
        )
    return made


def _logits(network: object) -> np.ndarray:
    return np.asarray(network(PHOTOS, training=False)["logits"])


def test_folding_changes_no_answer(network: object) -> None:
    before = _logits(network)
    compact.fold(network)
    assert np.abs(_logits(network) - before).max() < 1e-3 * np.abs(before).max()


def test_every_weight_is_exact_in_half_precision_and_near_what_it_was(network: object) -> None:
    compact.fold(network)
    before = {layer.name: layer.get_weights() for layer in network.layers}
    compact.to_half_precision(network)
    for layer in network.layers:
        weights = layer.get_weights()
        if layer.name == lite2.FEATURE_MEANS:  # what LiteRT keeps of it: x times the factor, less the addend
            factor = 1 / np.sqrt(weights[1].astype(np.float64) + layer.epsilon)
            for values in (factor, weights[0] * factor):
                assert np.allclose(values, values.astype(np.float16), rtol=1e-6, atol=1e-9)
            assert all(np.allclose(*pair, rtol=2**-9) for pair in zip(weights, before[layer.name], strict=True))
            continue
        folded = layer in lite2.batch_norms(network)
        for values, old in list(zip(weights, before[layer.name], strict=True))[1 if folded else 0 :]:
            assert np.array_equal(values, values.astype(np.float16).astype(np.float32)), layer.name
            assert np.allclose(values, old, rtol=2**-11, atol=2**-24), layer.name
        if folded:
            assert np.allclose(weights[0] / np.sqrt(weights[3] + layer.epsilon), 1, atol=1e-6)


def test_both_files_hold_the_same_network_and_are_smaller_than_it_was(network: object, tmp_path: Path) -> None:
    plain = tmp_path / "plain.h5"
    keras_files.save(network, plain)
    random = np.random.default_rng(3)
    scaling = network.get_layer(lite2.FEATURE_MEANS)
    scaling.set_weights([random.normal(3, 1, values.shape) ** 2 + 0.1 for values in scaling.get_weights()])
    write_network(network, tmp_path)
    expected = _logits(network)
    engine = WasteEngine((tmp_path / "model.tflite").read_bytes(), SIZE, WasteCalibration(), threads=1)
    error = np.abs(engine.run(list(PHOTOS)).logits - expected).max()  # sums in another order, in float32
    assert error < 1e-4 * np.abs(expected).max()
    features = np.asarray(network(PHOTOS, training=False)["features"])
    assert np.abs(engine.run(list(PHOTOS)).features - features).max() < 1e-4 * max(1.0, np.abs(features).max())
    assert np.array_equal(_logits(keras_files.load(tmp_path / "model.h5")), expected)
    # In a network this small the names of its layers fill much of the HDF5 file; of the shipped one's, next to nothing.
    assert (tmp_path / "model.h5").stat().st_size < plain.stat().st_size
    assert (tmp_path / "model.tflite").stat().st_size < 0.6 * plain.stat().st_size
