"""Calibration, metrics and the answers made from them, on numbers worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInput
from core.evaluation.probabilities import cross_entropy, fit_temperature
from core.systems.waste.answers import answers, heat_map
from core.systems.waste.calibration import WasteCalibration, calibrated, scope_evidence, unsure
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.labels import MATERIALS
from core.systems.waste.train import metrics
from core.systems.waste.train.calibration import (
    TEMPERATURES,
    WANTED_ACCURACY,
    calibrate,
    least_score,
    telling,
)
from core.systems.waste.train.labelled_logits import LabelledLogits, left_out_and_familiar, names, read_tables
from core.systems.waste.train.metrics import JudgedPhotos, auroc, figures, intervals

PLASTIC = MATERIALS.index("plastic")


def _row(material: int, strength: float, scope: float = 4.0) -> list[float]:
    row = [0.0] * 7
    row[material], row[6] = strength, scope
    return row


def test_the_plastic_score_is_the_sum_over_plastic_materials() -> None:
    logits = np.log(np.array([[0.1, 0.1, 0.1, 0.2, 0.4, 0.1, 1.0]]))  # the powers add up to 1, their log is 0
    scores = calibrated(logits, WasteCalibration())
    assert scores.plastic[0] == pytest.approx(0.4)
    assert scores.materials[0].sum() == pytest.approx(1.0)
    assert scores.in_scope[0] == pytest.approx(0.5)  # the logistic curve at log 1


def test_the_evidence_of_scope_adds_the_energy_of_the_materials() -> None:
    assert scope_evidence(np.array([[0.0] * 6 + [2.0]]))[0] == pytest.approx(np.log(6) + 2)
    assert scope_evidence(np.array([[1000.0] + [0.0] * 6]))[0] == pytest.approx(1000)  # without overflow


def test_an_answer_lists_all_six_best_first_and_says_plastic() -> None:
    scores = calibrated(np.array([_row(PLASTIC, 3.0)]), WasteCalibration())
    answer = answers(scores, WasteCalibration(), [{"brightness": 0.5}])[0]
    assert answer.value == "plastic"
    assert answer.alternatives[0].value == "plastic"
    assert sorted(one.value for one in answer.alternatives) == sorted(MATERIALS)
    assert sum(one.score for one in answer.alternatives) == pytest.approx(1.0)
    assert answer.details["plastic"] is True
    assert answer.features.keys() == {"brightness", "in_scope_score"}
    assert not answer.abstained
    assert answer.reason is None


def test_it_abstains_on_what_is_no_waste_and_on_what_is_unclear_each_with_its_reason() -> None:
    logits = np.array([_row(0, 5.0, scope=-9.0), _row(1, 0.2), _row(2, 5.0)])
    calibration = WasteCalibration(least_score=0.5)
    no_waste, unclear, clear = answers(calibrated(logits, calibration), calibration, [{}, {}, {}])
    assert no_waste.abstained
    assert "does not look like" in (no_waste.reason or "")
    assert unclear.abstained
    assert unclear.value == "glass"  # the best guess stays
    assert "glass" in (unclear.reason or "")
    assert not clear.abstained


def test_the_temperature_that_made_the_logits_too_sure_is_found() -> None:
    random = np.random.default_rng(0)
    honest = random.normal(size=(4000, 6)) * 2
    odds = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    truth = np.array([random.choice(6, p=row) for row in odds])
    fitted = fit_temperature(lambda temperature: cross_entropy(honest * 3 / temperature, truth), TEMPERATURES)
    assert fitted == pytest.approx(3, rel=0.1)


def test_the_least_score_is_where_answers_are_right_often_enough() -> None:
    confidence = np.linspace(0.3, 1.0, 1000)
    right = confidence > 0.4
    bound = least_score(confidence, right, 0.5)
    assert right[confidence >= bound].mean() >= WANTED_ACCURACY
    assert right[confidence >= bound - 0.02].mean() < WANTED_ACCURACY


def test_the_least_score_never_withholds_more_than_its_share() -> None:
    confidence = np.linspace(0.3, 1.0, 1000)
    bound = least_score(confidence, np.zeros(1000, dtype=bool), 0.4)
    assert np.mean(confidence < bound) == pytest.approx(0.4, abs=0.02)


def test_a_source_that_shows_one_kind_does_not_say_how_sure_an_answer_may_be() -> None:
    place = photos_of_a_place()
    glass = np.full(200, MATERIALS.index("glass"))
    cartons = LabelledLogits(
        np.random.default_rng(2).normal(0, 9, (200, 8)), glass, np.zeros(200, int), glass >= 0, np.array(["shop"] * 200)
    )
    alone, both = calibrate(place), calibrate(LabelledLogits.joined([place, cartons]))
    assert (both.temperature, both.plastic_slope, both.least_plastic, both.least_score) == pytest.approx(
        (alone.temperature, alone.plastic_slope, alone.least_plastic, alone.least_score)
    )


def test_without_a_source_that_shows_several_kinds_all_photos_tell() -> None:
    labels, sources = np.array([1] * 60 + [2] * 60 + [-1] * 5), np.array(["a"] * 60 + ["b"] * 60 + ["c"] * 5)
    assert [int(tells.sum()) for tells in telling(labels, sources)] == [120]


def test_sources_that_tell_weigh_alike_however_many_photos_they_have() -> None:
    here, board = photos_of_a_place(), replace(photos_of_a_place(2), source=np.array(["board"] * 360))
    board = replace(board, logits=board.logits * 4)
    slopes = [calibrate(here, familiar).plastic_slope for familiar in (board, LabelledLogits.joined([board] * 9))]
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-3)
    assert calibrate(board).plastic_slope < slopes[0] < calibrate(here).plastic_slope


def test_the_hardest_source_says_when_an_answer_is_withheld() -> None:
    here = photos_of_a_place()
    board = replace(here, source=np.array(["board"] * 360), logits=here.logits.copy())
    board.logits[:300, 7] = np.where(board.plastic[:300] == 1, 9, -9)  # always right there
    assert calibrate(board).least_plastic < calibrate(here).least_plastic
    assert calibrate(here, board).least_plastic > calibrate(board).least_plastic


def test_new_places_have_their_say_beside_familiar_photos_even_where_none_tells_alone() -> None:
    here, board = photos_of_a_place(), replace(photos_of_a_place(2), source=np.array(["board"] * 360))
    plastic_alone, others_alone = (
        replace(kind, source=np.array([name] * len(kind)))
        for name, kind in (("shop", here.pick(here.plastic == 1)), ("yard", here.pick(here.plastic == 0)))
    )
    apart = LabelledLogits.joined([plastic_alone, others_alone, here.pick(~here.in_scope)])
    board.logits[:, 7] *= 4
    assert calibrate(board).plastic_slope < calibrate(apart, board).plastic_slope < calibrate(apart).plastic_slope


def test_familiar_photos_do_not_say_what_is_waste() -> None:
    here = photos_of_a_place()
    board = replace(here, logits=here.logits + 20)
    assert calibrate(here, board).scope_slope == calibrate(here).scope_slope


def photos_of_a_place(seed: int = 1) -> LabelledLogits:
    """300 photos of waste and 60 of none; the logit of plastic is twice too sure and 1 too low."""
    random = np.random.default_rng(seed)
    materials = np.r_[random.integers(0, 6, 300), -np.ones(60, dtype=int)]
    logits = random.normal(size=(360, 8))
    logits[np.arange(300), materials[:300]] += 3
    logits[:, 6] += np.where(materials >= 0, 3, -3)
    honest = random.normal(0, 2, 360)
    plastic = np.where(materials >= 0, random.random(360) < 1 / (1 + np.exp(-honest)), -1).astype(int)
    logits[:, 7] = 2 * honest - 1
    return LabelledLogits(logits, materials, plastic, materials >= 0, np.array(["here"] * 360))


def test_calibration_keeps_nearly_all_waste_in_scope() -> None:
    photos = photos_of_a_place()
    chosen = calibrate(photos)
    scores = calibrated(photos.logits, chosen)
    assert np.mean(scores.in_scope[:300] >= chosen.least_in_scope) >= 0.97
    assert unsure(scores, chosen)[300:].mean() > 0.9


def test_the_score_of_plastic_is_its_own_logit_as_sure_as_it_is_right() -> None:
    chosen = calibrate(photos_of_a_place())
    assert chosen.plastic_slope == pytest.approx(0.5, rel=0.3)
    assert chosen.plastic_shift == pytest.approx(0.5, abs=0.3)
    row = [0.0] * 6 + [4.0, 1.0]
    score = calibrated(np.array([row]), WasteCalibration(plastic_slope=2.0, plastic_shift=-1.0)).plastic[0]
    assert score == pytest.approx(1 / (1 + np.exp(-1)))


def test_it_abstains_where_plastic_is_unclear() -> None:
    logits = np.array([[9.0, *[0.0] * 5, 4.0, plastic] for plastic in (0.1, 3.0, -3.0)])
    scores = calibrated(logits, WasteCalibration())
    assert unsure(scores, WasteCalibration(least_plastic=0.8)).tolist() == [True, False, False]


def test_what_runs_left_out_goes_through_tables(tmp_path) -> None:
    photos = photos_of_a_place()
    table = photos.table().assign(
        left_out=np.arange(360) < 100,
        source=["shop"] * 100 + ["board"] * 250 + ["open"] * 10,
        never_trained=np.arange(360) >= 350,
        photo=[f"{number:012d}" for number in range(360)],
        unit="0123456789e1",  # as text, not a number
        unlikeness=0.5,
    )
    table.to_csv(tmp_path / "a.csv", index=False)
    table.assign(left_out=False).to_csv(tmp_path / "b.csv", index=False)
    left_out, familiar = left_out_and_familiar(read_tables([tmp_path / "a.csv", tmp_path / "b.csv"]), names([]))
    assert left_out.logits == pytest.approx(photos.logits[:100])
    assert left_out.plastic.tolist() == photos.plastic[:100].tolist()
    assert set(familiar.source) == {"board"}  # that no run left out, and that may train
    assert len(familiar) == 500


def test_neither_a_tested_photo_nor_one_of_its_group_calibrates(tmp_path) -> None:
    photos = [
        LabelledPhoto(tmp_path, name, material="glass", plastic=False, in_scope=True, source="board", group=group)
        for name, group in (("a", ""), ("b", "g"), ("c", "g"), ("d", ""))
    ]
    table = LabelledLogits.of(photos, np.zeros((4, 8))).table()
    table[["photo", "unit"]] = names(photos)
    table = table.assign(left_out=False, never_trained=False, unlikeness=0.0)
    table.to_csv(tmp_path / "a.csv", index=False)
    read = read_tables([tmp_path / "a.csv"])
    assert len(left_out_and_familiar(read, names(photos[:2]))[1]) == 1


def test_a_file_that_is_no_table_of_a_run_is_refused(tmp_path) -> None:
    (tmp_path / "c.csv").write_text("unit\n1\n")
    with pytest.raises(InvalidInput, match=r"no column .*unlikeness"):
        read_tables([tmp_path / "c.csv"])
    with pytest.raises(InvalidInput, match="left out"):
        read_tables([tmp_path / "absent.csv"])


def test_a_calibration_survives_its_json() -> None:
    chosen = WasteCalibration(temperature=1.3, plastic_from=0.4)
    assert WasteCalibration.from_dict(chosen.as_dict()) == chosen


def test_auroc_counts_pairs() -> None:
    # pairs (positive, negative): 0.9>0.1, 0.9>0.5, 0.5>0.1 right, 0.5=0.5 half: 3.5 of 4
    assert auroc(np.array([1, 1, 0, 0]), np.array([0.9, 0.5, 0.5, 0.1])) == pytest.approx(3.5 / 4)
    assert auroc(np.array([1, 1]), np.array([0.1, 0.2])) is None


def _judged(material: list[int], plastic: list[int], guess: list[int], abstained: list[bool]) -> JudgedPhotos:
    count = len(material)
    said = np.array(guess) == PLASTIC
    return JudgedPhotos(
        material=np.array(material),
        plastic=np.array(plastic),
        guess=np.array(guess),
        score=np.full(count, 0.8),
        said_plastic=said,
        plastic_score=said * 0.8,
        in_scope_score=np.full(count, 0.9),
        abstained=np.array(abstained),
        unit=np.arange(count),
    )


def test_a_material_outside_the_six_counts_for_plastic_alone() -> None:
    judged = _judged([PLASTIC, 0, -1, -1], [1, 0, 1, 0], [PLASTIC, 1, PLASTIC, PLASTIC], [False, False, False, True])
    found = figures(judged)
    assert found["n"] == 4
    assert found["accuracy"] == 0.5  # the first two
    assert found["plastic"]["n"] == 4
    assert found["plastic"]["accuracy"] == 0.75
    assert found["plastic"]["balanced_accuracy"] == 0.75  # 2 of 2 and 1 of 2
    assert found["plastic"]["f1"] == pytest.approx(2 * 2 / (2 * 2 + 1))
    assert found["abstained_share"] == 0.25
    assert found.keys() == {"n", "accuracy", "macro_f1", "plastic", "ece", "abstained_share", "accuracy_when_answered"}


def test_out_of_scope_photos_add_their_auroc() -> None:
    waste, beyond = _judged([0], [0], [0], [False]), _judged([-1], [-1], [0], [True])
    assert figures(waste, beyond)["out_of_scope_auroc"] == 0.5  # equal scores


def test_intervals_draw_whole_groups() -> None:
    single = _judged([0] * 100, [0] * 100, [0] * 60 + [1] * 40, [False] * 100)
    low, high = intervals(single, draws=300)["accuracy"]
    assert low < 0.6 < high
    assert high - low == pytest.approx(2 * 1.96 * 0.049, rel=0.3)  # of a binomial share of 0.6 in 100
    in_tens = metrics.JudgedPhotos(**{**vars(single), "unit": np.arange(100) // 10})  # six groups right, four wrong
    low, high = intervals(in_tens, draws=300)["accuracy"]
    assert high - low == pytest.approx(2 * 1.96 * 0.155, rel=0.3)  # of a binomial share of 0.6 in 10
    one_group = metrics.JudgedPhotos(
        **{**vars(single), "unit": np.zeros(100, dtype=int)}
    )  # too few groups to draw from
    low, high = intervals(one_group, draws=300)["accuracy"]
    assert high - low == pytest.approx(2 * 1.96 * 0.049, rel=0.3)


def test_the_mean_of_several_runs_is_surer_than_one() -> None:
    single = _judged([0] * 100, [0] * 100, [0] * 60 + [1] * 40, [False] * 100)
    low, high = metrics.intervals_of_means([(single, None)] * 4, draws=300)["accuracy"]
    assert low < 0.6 < high
    assert high - low == pytest.approx(2 * 1.96 * 0.049 / 2, rel=0.3)  # four times the photos


def test_the_heat_map_shows_where_the_material_stands_above_the_others() -> None:
    maps = np.zeros((2, 3, 7))
    maps[0, 1, PLASTIC] = 4.0
    maps[1, 2, 0] = 9.0  # another material: speaks against plastic there
    heat = heat_map(maps, PLASTIC)
    assert heat.shape == (2, 3)
    assert heat[0, 1] == 1.0
    assert heat[1, 2] == 0.0
    assert heat_map(np.zeros((2, 3, 7)), 0).max() == 0.0
