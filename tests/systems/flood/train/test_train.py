"""Training of the flood's network on invented terrain: a short run, taken up again; its loss; its mirrored examples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.artefacts import keras_files
from core.errors import Cancelled, InvalidInput
from core.progress import Progress, sentence
from core.systems.flood.correction import feature_names
from core.systems.flood.correction.arrival_interval import OFFSET, ArrivalSpread
from core.systems.flood.correction.depth_scale import scale_depth
from core.systems.flood.correction.features import collect_fields, compute_features
from core.systems.flood.engine import FloodEngine
from core.systems.flood.terrain.sample import write
from core.systems.flood.train import FloodTrainingOptions, calibration, examples, fit

pytest.importorskip("keras", reason="needs the training packages")

from core.systems.flood.correction import residual
from core.systems.flood.train import fitting, preparing


@pytest.fixture(scope="module")
def terrains(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three invented valleys, one for each part."""
    folder = tmp_path_factory.mktemp("terrains")
    listed = []
    for seed, split in enumerate(("train", "validation", "test")):
        write(folder / split, seed, cells=72)
        listed.append({"file": f"{split}/terrain.tif", "split": split})
    (folder / "manifest.json").write_text(json.dumps(listed), encoding="utf-8")
    return folder


def options(terrains: Path, work: Path, epochs: int = 2) -> FloodTrainingOptions:
    return FloodTrainingOptions(
        data=terrains, work=work, examples=4, validation=2, tests=2, urban_tests=1, epochs=epochs, batch=4, seed=1
    )


def test_an_interrupted_training_goes_on_and_its_version_serves(terrains: Path, tmp_path: Path) -> None:
    said: list[str] = []

    def until_the_first_epoch(progress: Progress) -> None:
        said.append(sentence(progress))
        if said[-1].startswith("epoch 1:"):
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        fit(options(terrains, tmp_path / "work"), tmp_path / "version", until_the_first_epoch)
    assert not (tmp_path / "version").exists()
    again: list[str] = []
    told = fit(
        options(terrains, tmp_path / "work"), tmp_path / "version", lambda progress: again.append(sentence(progress))
    )
    assert not any(message.startswith("epoch 1:") for message in again)
    assert any(message.startswith("epoch 2:") for message in again)
    assert told["metrics"]["fast"]["events"] == 2
    assert 0.0 <= told["metrics"]["fast"]["held80_arrival"] <= 1.0
    assert set(told["arrival"]) == {"accurate", "fast"}
    assert "accurate" in (tmp_path / "version" / "card.md").read_text(encoding="utf-8")
    assert {"model.h5", "model.tflite"} == set(told["files"])
    assert told["reference"]["n"] == told["examples"]["validation"]
    assert {"rain_mm", "slope", "predicted class"} < set(told["reference"]["features"])
    serving = FloodEngine.load(tmp_path / "version").residual
    given = np.random.default_rng(0).normal(0, 0.3, (40, 56, len(feature_names.NAMES))).astype(np.float32)
    reference = np.asarray(keras_files.load(tmp_path / "version" / "model.h5")(given[None]))[0]
    np.testing.assert_allclose(serving.answer(given), reference, rtol=1e-3, atol=1e-3)


def test_a_flood_is_the_same_when_drawn_again(terrains: Path, tmp_path: Path) -> None:
    known = examples.read_terrains(terrains, "train")
    first, second = examples.draw_scenario(known, "train", 7)[1], examples.draw_scenario(known, "train", 7)[1]
    np.testing.assert_array_equal(first.domain.elevation, second.domain.elevation)
    other = examples.draw_scenario(known, "validation", 7)[1]
    assert first.domain.dx != other.domain.dx or not np.array_equal(first.domain.elevation, other.domain.elevation)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"manifest\.json"):
        examples.read_terrains(tmp_path, "train")


@pytest.mark.parametrize("turns", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)])
def test_a_turned_example_is_what_turned_ground_gives(
    terrains: Path, turns: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.hydraulics.domain import Domain, hydrograph
    from core.hydraulics.subgrid import solver
    from core.systems.flood import physics
    from core.systems.flood.physics import MODES, forecast

    # At one pace for all, since the tiles that step at their own do not turn with the ground.
    monkeypatch.setattr(physics, "SubgridOptions", lambda: solver.SubgridOptions(levels=0))
    ground = examples.read_terrains(terrains, "train")[0].elevation[:72, :72]
    turned = ground
    for axis in (0, 1):
        turned = np.flip(turned, axis) if turns[axis] else turned
    turned = turned.T if turns[2] else turned
    storm = hydrograph([(0, 60), (600, 60)], 1 / 3.6e6)
    made = []
    for one in (ground, np.ascontiguousarray(turned)):
        domain = Domain(one, 10.0, 10.0, 0.04)
        made.append(compute_features(collect_fields(domain, forecast(domain, 900.0, storm, mode=MODES["fast"]), storm)))
    expected, _ = fitting.turn(made[0], np.zeros(ground.shape), turns)
    assert np.mean(np.abs(expected - made[1]) < 0.05) > 0.99


def test_the_loss_is_least_where_the_network_is_right() -> None:
    truth = np.zeros((1, 8, 8, 2), np.float32)
    truth[..., 1] = 1
    truth[0, :4, :, 0] = scale_depth(np.array(0.5))
    right = np.zeros((1, 8, 8, 3), np.float32)
    right[..., 0] = np.where(truth[..., 0] > 0, truth[..., 0], -2.0)
    off = right.copy()
    off[0, 4:, :, 0] = scale_depth(np.array(0.2))
    assert float(fitting.loss(truth, right)) < 0.05
    assert float(fitting.loss(truth, off)) > 1.0
    wide = right.copy()
    wide[..., 1:] = 1.0
    assert float(fitting.loss(truth, wide)) > float(fitting.loss(truth, right))


def test_intervals_are_widened_until_they_hold_four_fifths() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(4.0, 1.0, (50, 50))
    answer = np.stack([np.full((50, 50), 4.0), np.full((50, 50), 0.5), np.full((50, 50), 2.0)], -1)
    below, above = calibration.fit_widening([answer], [truth])
    held = (truth >= 4.0 - 0.5 * below) & (truth <= 4.0 + 2.0 * above)
    assert held.mean() == pytest.approx(0.8, abs=0.01)


def test_the_interval_of_the_arrival_holds_four_fifths_of_each_class_of_depth() -> None:
    random = np.random.default_rng(0)
    depth = random.choice([0.07, 0.2, 1.0], (200, 200))
    arrival = np.where(random.random(depth.shape) < 0.9, random.uniform(0.0, 3600.0, depth.shape), np.nan)
    spread = np.select([depth < 0.1, depth < 0.3], [0.5, 0.2], 0.05)
    true = (arrival + OFFSET) * np.exp(spread * random.normal(0.1, 1.0, depth.shape)) - OFFSET
    fitted = calibration.fit_arrival([(arrival, depth, true)])
    held = fitted.holds(arrival, depth, true)
    for bounds in ((0.05, 0.1), (0.1, 0.3), (0.3, 2.0)):
        shown = np.isfinite(arrival) & (depth >= bounds[0]) & (depth < bounds[1])
        assert held[shown].mean() == pytest.approx(0.8, abs=0.01)
    assert not held[np.isnan(arrival)].any()
    widths = [high - low for low, high in fitted.cells]
    assert widths == sorted(widths, reverse=True)


def test_the_first_arrival_of_each_flood_counts_once() -> None:
    floods = []
    for factor in np.linspace(0.5, 1.5, 101):
        arrival = np.array([[300.0, np.nan], [900.0, np.nan]])
        floods.append((arrival, np.ones((2, 2)), (arrival + OFFSET) * factor - OFFSET))
    nowhere = np.full((2, 2), np.nan)
    fitted = calibration.fit_arrival([*floods, (nowhere, np.zeros((2, 2)), nowhere)])
    assert fitted.first == pytest.approx((0.6, 1.4))
    assert fitted.of_first(300.0) == pytest.approx((60.0, 540.0))
    assert fitted.of_first(0.0) == (0.0, pytest.approx(120.0))
    assert fitted == ArrivalSpread.of_metadata(json.loads(json.dumps(fitted.to_metadata())))


def test_extents_are_lifted_as_far_as_they_were_too_small() -> None:
    depth = np.linspace(0.0, 0.3, 3001)
    answer = np.repeat(scale_depth(depth)[:, None], 3, axis=1)
    answer[:, 0] -= 0.07
    lift = calibration.fit_lift([answer, answer], [scale_depth(depth), np.full(3001, np.nan)])
    assert lift == pytest.approx(0.07, abs=0.011)
    raised = residual.lift_depth(answer[:, 0], lift)
    moved = raised != answer[:, 0]
    assert moved[(depth > 0.025) & (depth < 0.14)].all()
    assert not moved[(depth < 0.02) | (depth > 0.17)].any()


def test_without_a_flood_nothing_is_lifted() -> None:
    assert calibration.fit_lift([np.zeros((4, 3))], [np.full(4, np.nan)]) == 0.0


def test_inputs_computed_by_other_code_are_not_taken(terrains: Path, tmp_path: Path) -> None:
    folders = [preparing.cache_folder(tmp_path, "inputs", module.__name__) for module in (examples, fitting)]
    assert folders[0] != folders[1]
