"""References that lie beside versions: taken up at the start, so that features are counted by them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from core import inference
from core.artefacts.version_records import METADATA_FILE, REFERENCE, REFERENCE_FILE
from core.contract import Answer
from core.errors import InvalidInput
from core.inference import references
from core.monitoring.drift import reference_of
from core.monitoring.references import from_log
from core.registry import registry
from core.store import DAY, Query
from tests.store.conftest import prediction

LONG_AGO = datetime(2026, 11, 10, 12, tzinfo=UTC)


def answered(letters: float, **changes):
    answer = Answer(value="long" if letters > 5 else "short", score=0.9, features={"letters": letters})
    return prediction(system="toy", version="1", created_at=LONG_AGO, answer=answer, **changes)


def counted(store) -> dict:
    steps = store.answer_details(Query(system="toy", since=LONG_AGO - timedelta(days=1)), DAY)
    return {name: counts for step in steps for name, counts in step.details.get("features", {}).items()}


def test_the_reference_beside_a_version_counts_the_answers_that_were_there_before(store):
    store.log([answered(3.0), answered(9.0), answered(9.0)])
    assert counted(store) == {}
    reference = reference_of([{"letters": float(number)} for number in range(100)])
    (registry().resolve("toy", "1").folder / REFERENCE_FILE).write_text(reference.to_json())
    references.take_up()
    assert sum(counted(store)["letters"]) == 3
    before = store.counts.counted()
    references.take_up()
    assert store.counts.counted() == before  # nothing changed: nothing is counted again


def test_the_reference_of_a_version_that_has_not_answered_counts_nothing_anew(store):
    store.log([prediction(system="toy", version="0.9", created_at=LONG_AGO)])
    store.counts.bring_up_to_date()
    before = store.counts.counted()
    reference = reference_of([{"letters": float(number)} for number in range(100)])
    (registry().resolve("toy", "1").folder / REFERENCE_FILE).write_text(reference.to_json())
    references.take_up()
    assert set(store.references.of("toy")) == {"1"}
    assert store.counts.counted() == before
    store.log([answered(3.0, id="first")])
    assert sum(counted(store)["letters"]) == 1  # a late row, whose hour is counted again


def test_a_damaged_reference_is_left_out(store):
    (registry().resolve("toy", "1").folder / REFERENCE_FILE).write_text("{")
    references.take_up()
    assert store.references.of("toy") == {}


def register(reference_text: str, recorded_text: str) -> None:
    """Put a reference beside toy 1 whose metadata record the sha256 of another text, or of the same."""
    folder = registry().resolve("toy", "1").folder
    (folder / REFERENCE_FILE).write_text(reference_text)
    metadata = json.loads((folder / METADATA_FILE).read_text())
    metadata[REFERENCE] = {"sha256": hashlib.sha256(recorded_text.encode()).hexdigest()}
    (folder / METADATA_FILE).write_text(json.dumps(metadata))


LETTERS = reference_of([{"letters": float(number)} for number in range(100)]).to_json()


def test_a_reference_with_the_recorded_sha256_is_taken_up(store):
    register(LETTERS, LETTERS)
    references.take_up()
    assert store.references.of("toy")["1"].reference.n == 100


def test_a_version_whose_reference_was_changed_answers_without_it_and_the_log_says_so(store):
    register(LETTERS.replace("100", "101"), LETTERS)
    with capture_logs() as told:
        references.take_up()
    assert store.references.of("toy") == {}
    (warning,) = [line for line in told if line["event"] == "reference_damaged"]
    assert (warning["system"], warning["version"]) == ("toy", "1")
    assert "monitor reference" in warning["problem"]
    assert inference.predict("toy", [{"word": "bottle"}], version="1")[0].status == "answered"


def test_a_reference_that_is_recorded_and_gone_is_told(store):
    register(LETTERS, LETTERS)
    (registry().resolve("toy", "1").folder / REFERENCE_FILE).unlink()
    with capture_logs() as told:
        references.take_up()
    assert [line["event"] for line in told if line["event"] == "reference_damaged"]
    assert inference.predict("toy", [{"word": "bottle"}], version="1")[0].status == "answered"


def test_a_reference_that_an_operator_made_of_the_log_stays_at_the_next_start(store):
    store.log([answered(float(number), site="validation") for number in range(60)])
    store.references.keep("toy", "1", from_log(store, Query(system="toy", version="1", site="validation")))
    register(LETTERS, LETTERS)
    references.take_up()
    assert store.references.of("toy")["1"].reference.n == 60


def test_a_reference_is_made_of_the_answers_that_are_meant(store):
    store.log([answered(float(number), site="validation") for number in range(60)] + [answered(1000.0)])
    reference = from_log(store, Query(system="toy", version="1", site="validation"))
    assert (reference.n, set(reference.features)) == (60, {"letters", "predicted class"})
    assert reference.features["letters"].mean == pytest.approx(29.5)
    with pytest.raises(InvalidInput, match="at least 50 answers"):
        from_log(store, Query(system="toy", version="2"))
