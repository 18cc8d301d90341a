"""Evaluation of a place that taught some photos: who teaches, who judges, and that teaching shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidInput
from core.systems.waste.calibration import WasteCalibration, calibrated
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.engine import WasteEngine, WasteOutputs
from core.systems.waste.labels import MATERIALS
from core.systems.waste.train import adapting, metrics
from core.systems.waste.train.card import taught_table

GLASS, PLASTIC = MATERIALS.index("glass"), MATERIALS.index("plastic")


def photo(number: int, material: str | None, group: str = "", plastic: bool | None = None) -> LabelledPhoto:
    known = material == "plastic" if material else plastic
    return LabelledPhoto(Path(), f"{number}.jpg", material, known, True, "place", group)


def place(groups: int = 40, per_group: int = 2) -> list[LabelledPhoto]:
    """As many groups of glass as of plastic."""
    return [
        photo(100 * group + number, ("glass", "plastic")[group % 2], f"g{group}")
        for group in range(groups)
        for number in range(per_group)
    ]


def outputs(photos: list[LabelledPhoto], seed: int = 0) -> WasteOutputs:
    """A network that takes most of this place's glass for plastic, though its features tell them apart."""
    random = np.random.default_rng(seed)
    glass = np.array([one.material == "glass" for one in photos])
    features = random.normal(size=(len(photos), 30))
    features[:, 0] += np.where(glass, 2.0, -2.0)
    logits = random.normal(0, 0.3, (len(photos), 8))
    logits[:, 7] += 1.0
    logits[:, 6] += 4.0
    logits[:, GLASS] += 2.0
    return WasteOutputs(logits, np.zeros((len(photos), 1, 1, 8)), features)


@pytest.fixture
def engine() -> WasteEngine:
    return WasteEngine(b"", 32, WasteCalibration(), threads=1)


@pytest.mark.parametrize("seed", range(4))
def test_groups_are_never_torn_between_those_who_teach_and_those_who_judge(seed: int) -> None:
    photos = place(per_group=3)
    teach = adapting.drawn(photos, 4, seed)
    judge = adapting.judges(photos, teach)
    assert not (teach & judge).any()
    taught, judging = ({photos[index].group for index in np.flatnonzero(mask)} for mask in (teach, judge))
    assert not taught & judging
    by_material = {
        material: sum(teach[i] for i, one in enumerate(photos) if one.material == material)
        for material in ("glass", "plastic")
    }
    assert by_material == {"glass": 4, "plastic": 4}


def test_half_of_the_groups_of_a_label_judge_however_many_were_to_teach() -> None:
    photos = place(groups=8)
    assert adapting.judges(photos, adapting.drawn(photos, 99, 0)).sum() == len(photos) / 2


def test_other_seeds_draw_other_photos_and_the_same_seed_the_same() -> None:
    photos = place()
    draws = [tuple(adapting.drawn(photos, 5, seed)) for seed in (0, 1, 0)]
    assert draws[0] == draws[2] != draws[1]


def test_a_label_leaves_open_what_it_does_not_say() -> None:
    rows = adapting.possible(
        [photo(1, "glass"), photo(2, None, plastic=True), photo(3, None, plastic=False), photo(4, None)]
    )
    assert rows.sum(axis=1).tolist() == [1, 1, 5, 6]
    assert rows[0, GLASS]
    assert rows[1, PLASTIC]
    assert not rows[2, PLASTIC]


def test_a_place_that_teaches_is_answered_better(engine: WasteEngine) -> None:
    photos = place()
    general = metrics.figures(metrics.judge(photos, outputs(photos).logits, engine.calibration))
    taught = adapting.figures(engine, photos, outputs(photos), 5, seeds=4)
    assert taught["n_taught"] == 10
    assert taught["used_share"] == 1
    assert taught["n"] == pytest.approx(len(photos) - 12, abs=2)
    assert taught["plastic"]["balanced_accuracy"] > general["plastic"]["balanced_accuracy"] + 0.3
    low, high = taught["intervals"]["plastic.balanced_accuracy"]
    assert low < taught["plastic"]["balanced_accuracy"] < high
    assert {"accuracy", "accuracy_when_answered", "abstained_share"} <= taught["intervals"].keys()


def test_a_head_that_does_not_help_is_not_used(engine: WasteEngine) -> None:
    photos = place()
    seen = outputs(photos)
    seen.features[:] = 0.0
    right = np.where([one.material == "plastic" for one in photos], 9.0, -9.0)
    seen.logits[:, 7], seen.logits[:, GLASS] = right, 12.0
    figures = adapting.figures(engine, photos, seen, 5, seeds=2)
    assert figures["used_share"] == 0
    assert figures["plastic"]["balanced_accuracy"] == 1


def test_one_seed_has_no_interval_and_one_group_cannot_teach(engine: WasteEngine) -> None:
    photos = place()
    assert adapting.figures(engine, photos, outputs(photos), 5, seeds=1)["intervals"] == {}
    alone = [photo(number, "glass", "one") for number in range(6)]
    with pytest.raises(InvalidInput, match="two groups"):
        adapting.figures(engine, alone, outputs(alone), 5, seeds=1)


def test_a_version_without_features_cannot_be_taught(engine: WasteEngine) -> None:
    photos = place()
    with pytest.raises(InvalidInput, match="gives features"):
        adapting.figures(engine, photos, WasteOutputs(outputs(photos).logits, np.zeros((80, 1, 1, 8)), None), 5, 1)


def test_an_engine_at_a_site_answers_with_its_head_and_leaves_the_general_one_alone(engine: WasteEngine) -> None:
    photos = place(groups=2)
    seen = outputs(photos)
    at_site = engine.at_site(lambda features, general: general + 20 * np.eye(6)[GLASS])
    assert (at_site.scores(seen).materials.argmax(axis=1) == GLASS).all()
    assert at_site.scores(seen).plastic.max() < 1e-3
    np.testing.assert_allclose(engine.scores(seen).materials, calibrated(seen.logits, engine.calibration).materials)
    np.testing.assert_allclose(at_site.scores(seen).in_scope, engine.scores(seen).in_scope)


def test_training_measures_what_teaching_gains_at_each_place_that_shows_both(engine: WasteEngine) -> None:
    bottles = [replace(one, source="shop", group="", name=f"s{one.name}") for one in place() if one.plastic]
    tables = [replace(one, source="two tables", group=one.material or "") for one in place()]
    photos = [*place(), *bottles, *tables]
    taught = adapting.taught(engine, photos, outputs(photos), {"place", "shop", "two tables"})
    # a shop of bottles alone has nothing to tell apart, and one table of each material leaves none to judge
    assert list(taught) == ["place"]
    before = metrics.figures(metrics.judge(place(), outputs(place()).logits, engine.calibration))
    assert taught["place"]["10"]["plastic"]["balanced_accuracy"] > before["plastic"]["balanced_accuracy"] + 0.1
    untaught = {"wild/place": {"plastic": {"balanced_accuracy": 0.5}}}
    row = taught_table(taught, untaught).splitlines()[-1]
    assert row.startswith("| place | 0.500 | ")
    assert row.count(" to ") == len(adapting.TAUGHT_WITH)
    assert "20 labels" in row
