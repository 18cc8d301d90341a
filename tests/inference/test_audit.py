"""A small month of the audit, from the answers to the estimate, through the real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core import inference
from core.contract import Answer
from core.inference import audit_judgements
from core.monitoring.audit_report import answered_period, report_on
from core.settings import settings
from core.store import Query
from core.store.audit import audit_position
from tests.store.conftest import prediction

ANSWERS, DRAWN_SHARE = 1500, 0.15
NOW = datetime.now(UTC)
QUERY = Query(system="toy", since=NOW - timedelta(days=31))


@pytest.fixture
def month(store, monkeypatch):
    """Answers of a month that are right in 80 of 100 cases; people volunteer on wrong ones twice as often."""
    monkeypatch.setenv("LOOKOUT_AUDIT_SHARE", str(DRAWN_SHARE))
    settings.cache_clear()
    random = np.random.default_rng(1)
    scores = random.beta(4, 1.2, ANSWERS)
    right = random.random(ANSWERS) < np.clip(scores + 0.03, 0, 1)
    times = [NOW - timedelta(days=30) * (1 - number / ANSWERS) for number in range(ANSWERS)]
    ids = [f"{number:08}-month" for number in range(ANSWERS)]
    ids[0] = next(each for each in (f"first-{number}" for number in range(99)) if audit_position(each) < DRAWN_SHARE)
    rows = [
        prediction(
            id=ids[number], created_at=times[number], system="toy",
            answer=Answer(value="short", score=float(scores[number])),
        )
        for number in range(ANSWERS)
    ]  # fmt: skip
    store.log(rows)
    truths = {row.id: "short" if is_right else "long" for row, is_right in zip(rows, right, strict=True)}
    volunteered = [key for key, truth in truths.items() if random.random() < (0.1 if truth == "short" else 0.2)]
    list(inference.feedback_in_bulk([(key, truths[key]) for key in volunteered], lambda _progress: None))
    return truths, volunteered


def report(store):
    period = answered_period(store, QUERY)
    assert period is not None
    return report_on(store.audit.strata(QUERY), period)


def test_a_month_of_audit_holds_the_true_accuracy_where_volunteers_do_not(store, month):
    truths, volunteered = month
    truth = np.mean([label == "short" for label in truths.values()])
    queue = store.audit.waiting(QUERY, ANSWERS)
    assert 0.1 < len(queue) / ANSWERS < 0.2
    for prediction_id in queue[:5]:
        audit_judgements.judge(prediction_id, truths[prediction_id])
    audit_judgements.put_aside(queue[5])
    judged = queue[6:160]
    recorded = audit_judgements.judge_in_bulk([(key, truths[key]) for key in judged], lambda _progress: None)
    assert recorded.labels.recorded == len(judged)
    said = report(store)
    assert (said.judged, said.unknown, said.out_of_order) == (159, 1, 0)
    assert said.waiting == len(queue) - 160
    assert sum(said.period.by_band) == said.estimate.answers == ANSWERS
    assert said.estimate.low <= truth <= said.estimate.high
    assert said.estimate.high - said.estimate.low < 0.15
    low, high = said.possible
    assert low < said.estimate.accuracy < high
    unaudited = set(volunteered) - set(queue[:5]) - set(judged)
    right = sum(truths[key] == "short" for key in unaudited)
    assert (said.period.volunteered.hits, said.period.volunteered.n) == (right, len(unaudited))
    assert said.period.volunteered.interval[1] < truth


def test_picking_what_looks_wrong_from_the_list_does_not_move_the_estimate(store, month):
    truths, _ = month
    queue = store.audit.waiting(QUERY, ANSWERS)
    for prediction_id in queue[:60]:
        audit_judgements.judge(prediction_id, truths[prediction_id])
    before = report(store)
    picked = [key for key in queue[80:] if truths[key] == "long"]
    audit_judgements.judge_in_bulk([(key, truths[key]) for key in picked], lambda _progress: None)
    after = report(store)
    assert after.out_of_order >= 0.9 * len(picked)
    assert after.estimate.accuracy == pytest.approx(before.estimate.accuracy, abs=0.06)


def test_a_label_that_a_volunteer_gave_before_is_recorded_for_the_audit_too(store, month):
    truths, _ = month
    first = store.audit.waiting(QUERY, 1)[0]
    inference.feedback(first, truths[first])
    for _ in range(2):
        done = audit_judgements.judge_in_bulk([(first, truths[first])], lambda _progress: None)
        assert done.labels.recorded == 1
    assert first not in store.audit.waiting(QUERY, 5)
    assert [row["source"] for row in store.prediction(first)["outcomes"]][-2:] == ["feedback", "audit"]


def test_a_table_may_say_that_nobody_can_tell_and_may_not_judge_others(store, month):
    truths, _ = month
    drawn = store.audit.waiting(QUERY, 1)[0]
    stranger = next(key for key in truths if key not in store.audit.drawn(list(truths)))
    pairs = [(drawn, "Cannot tell"), (stranger, "short")]
    done = audit_judgements.judge_in_bulk(pairs, lambda _progress: None)
    assert (done.put_aside, done.labels.recorded, len(done.labels.refused)) == (1, 0, 1)
    assert report(store).unknown == 1


def test_a_period_without_drawn_answers_has_no_audit(store, monkeypatch):
    monkeypatch.setenv("LOOKOUT_AUDIT_SHARE", "0")
    settings.cache_clear()
    store.log([prediction(system="toy", created_at=NOW)])
    assert answered_period(store, QUERY) is None
