"""THE path of every prediction, with the toy system: validate, predict, log, return."""

from __future__ import annotations

import hashlib
import threading

import pytest

from core import inference, telemetry
from core.errors import Cancelled, InvalidInput, StoreUnavailable, UnknownPrediction, UnknownSystem, UnknownVersion
from core.progress import sentence
from core.store import Query
from core.store import store as the_store
from tests.support import toys


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    toys.known(monkeypatch, toys.install(tmp_path / "toy", versions=("1", "2")))


def words(*given):
    return [{"word": word} for word in given]


def said(predictions):
    return [prediction.answer.value if prediction.answer else prediction.error_kind for prediction in predictions]


def engine(version="1"):
    from core import registry, systems

    return registry.registry().load("toy", version, systems.get("toy").load).engine


def test_each_instance_has_one_row_in_the_log_answered_or_not(store):
    made = inference.predict("toy", [*words("cup", "bottle"), {"wrong": 1}], actor="ann", source="api", batch="b")
    assert said(made) == ["short", "long", "invalid_input"]
    assert store.count(Query()) == 3
    for prediction in made:
        row = store.prediction(prediction.id)
        same = (
            "created_at",
            "system",
            "version",
            "source",
            "actor",
            "batch",
            "status",
            "error",
            "input_hash",
            "latency_ms",
        )
        assert {name: row[name] for name in same} == {name: getattr(prediction, name) for name in same}
        assert row["value"] == (prediction.answer.value if prediction.answer else None)
    assert (made[0].actor, made[0].source, made[0].batch, made[0].version) == ("ann", "api", "b", "1")


def test_every_answer_is_committed_before_it_is_given(store):
    for prediction in inference.stream("toy", words(*"abcdefgh" * 5)):
        assert store.prediction(prediction.id)["status"] == "answered"  # read through another connection


def test_an_answer_that_cannot_be_logged_is_not_given(store, monkeypatch):
    def full(_rows):
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(the_store(), "log", full)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        next(inference.stream("toy", words("cup")))


def test_order_is_kept_whatever_fails_in_between(store):
    given = [f"word{'x' * (place % 5)}" if place % 3 else "" for place in range(100)]
    made = inference.predict("toy", words(*given))
    assert said(made) == ["invalid_input" if not word else "long" if len(word) > 5 else "short" for word in given]
    assert [prediction.answer.details["echo"] if prediction.answer else "" for prediction in made] == given


def test_work_is_cut_into_chunks_of_the_batch_size(store, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_BATCH_SIZE": "4"})
    inference.predict("toy", words(*"abcdefghij"))
    assert engine().calls == [4, 4, 2]


def test_an_instance_that_breaks_the_model_fails_alone(store):
    made = inference.predict("toy", words("cup", "crash", "bottle"))
    assert said(made) == ["short", "internal", "long"]
    assert "its prediction id" in made[1].error
    assert "RuntimeError" not in made[1].error
    assert [row["status"] for row in store.rows(Query(status="failed"))] == ["failed"]


def test_a_model_that_always_breaks_fails_every_instance_and_each_is_logged(store):
    assert said(inference.predict("toy", words("crash", "crash"))) == ["internal", "internal"]
    assert store.count(Query(status="failed")) == 2


def test_a_validator_with_a_bug_costs_its_own_instance_alone(store):
    assert said(inference.predict("toy", words("cup", "bug", "bottle"))) == ["short", "internal", "long"]
    assert store.count(Query()) == 3


def nested(levels):
    inner = []
    for _ in range(levels):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "raw",
    [
        None,
        1,
        [],
        "text",
        b"\xff",
        {},
        {"word": 5},
        {"word": nested(900)},
        nested(100_000),
        {1: 2, "a": 3},
        {"word": "\ud800"},
        float("nan"),
        10**6000,
        object(),
    ],
    ids=range(14),
)
def test_whatever_is_sent_in_it_ends_in_a_row_and_the_others_are_answered(store, raw):
    made = inference.predict("toy", [{"word": "cup"}, raw, {"word": "bottle"}])
    assert (said(made)[0], said(made)[2]) == ("short", "long")
    assert store.prediction(made[1].id)["status"] == made[1].status
    if made[1].error:
        made[1].error.encode()


def test_an_error_says_where_and_what(store):
    [made] = inference.predict("toy", [{"word": ""}])
    assert made.error == "word: String should have at least 1 character"


@pytest.mark.parametrize("word", ["nan", "nul", "nul\0inside", "\U0001f9f4"])
def test_an_answer_that_a_database_may_refuse_is_logged_all_the_same(store, word):
    [made] = inference.predict("toy", words(word))
    assert store.prediction(made.id)["status"] == "answered"


def test_an_abstention_keeps_its_best_guess_and_its_reason(store):
    [made] = inference.predict("toy", words("unsure"))
    row = store.prediction(made.id)
    assert (row["abstained"], row["value"], row["reason"]) == (True, "long", "The word itself says so.")


def test_the_input_is_not_kept_but_its_hash_is(store):
    secret = "a-secret-word"
    [sent_as_bytes] = inference.predict("toy", [b"cup"])
    assert sent_as_bytes.input_hash == hashlib.sha256(b"cup").hexdigest()
    one, same, other = inference.predict("toy", [{"word": "cup"}, {"word": "cup"}, {"word": "can"}])
    assert one.input_hash == same.input_hash != other.input_hash
    [failed] = inference.predict("toy", [{"word": secret, "unknown": secret * 9}])
    assert secret not in str(store.prediction(failed.id))


def test_nothing_is_logged_for_an_evaluation(store):
    assert said(inference.predict("toy", words("cup"), logged=False)) == ["short"]
    assert store.count(Query()) == 0


def test_nothing_asked_is_nothing_answered(store):
    assert inference.predict("toy", []) == []


def test_a_named_version_or_alias_answers(store):
    assert said(inference.predict("toy", words("bottle"), version="2")) == ["short"]  # its threshold is one longer
    assert inference.predict("toy", words("cup"), version="champion")[0].version == "1"


def test_an_unknown_system_or_version_is_told_and_nothing_logged(store):
    with pytest.raises(UnknownSystem, match="toy"):
        inference.predict("nobody", words("cup"))
    with pytest.raises(UnknownVersion, match="Received '9'"):
        inference.predict("toy", words("cup"), version="9")
    assert store.count(Query()) == 0


def test_progress_goes_from_none_to_all(store, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_BATCH_SIZE": "2"})
    told = []
    inference.predict(
        "toy", words(*"abcde"), progress=lambda progress: told.append((progress.share, sentence(progress)))
    )
    assert [share for share, _ in told] == [0, 0.4, 0.8, 1.0]
    assert told[1][1] == "2 of 5 answered"


def test_work_that_is_cancelled_keeps_what_was_finished(store, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_BATCH_SIZE": "2"})

    def stop(progress):
        if progress.share > 0.5:
            raise Cancelled("Stopped as asked.")

    answers, kept = inference.stream("toy", words(*"abcdef"), progress=stop), []
    with pytest.raises(Cancelled):
        kept.extend(prediction.id for prediction in answers)
    assert len(kept) == 4
    assert {row["id"] for row in store.rows(Query())} == set(kept)


def test_a_reader_who_goes_away_costs_nothing_that_was_logged(store, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_BATCH_SIZE": "2"})
    answers = inference.stream("toy", words(*"abcdef"))
    next(answers)
    answers.close()
    assert store.count(Query()) == 2


def test_eight_threads_get_their_own_answers_from_one_loaded_model(store):
    import core.systems.toy as module

    module.LOADS.clear()
    received: dict[int, list[str]] = {}

    def work(place):
        made = inference.predict("toy", words(*[f"{place}{'x' * length}" for length in range(10)]))
        received[place] = [prediction.answer.details["echo"] for prediction in made]

    inference.catalogue()
    threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert received == {place: [f"{place}{'x' * length}" for length in range(10)] for place in range(8)}
    assert module.LOADS == ["1"]
    assert store.count(Query()) == 80


def test_predictions_are_counted_for_prometheus(store):
    def counted(status):
        labels = {"system": "toy", "version": "1", "source": "count", "status": status}
        return telemetry.REGISTRY.get_sample_value("lookout_predictions_total", labels) or 0

    answered, failed = counted("answered"), counted("failed")
    inference.predict("toy", words("cup", "unsure", "crash"), source="count")
    assert (counted("answered") - answered, counted("failed") - failed) == (2, 1)


def test_latency_is_the_instances_own_time_and_its_share_of_the_call(store):
    made = inference.predict("toy", words("slow", *"abcdefghi"))
    assert all(4 < prediction.latency_ms < 1000 for prediction in made)  # 50 ms shared by ten


def test_an_explanation_is_given_and_nothing_logged(store):
    explanation = inference.explain("toy", {"word": "bottle"})
    assert explanation.contributions == {"letters": 1}
    assert store.count(Query()) == 0
    with pytest.raises(InvalidInput, match="word"):
        inference.explain("toy", {"word": ""})


def test_feedback_is_recorded_as_right_or_wrong(store):
    [made] = inference.predict("toy", words("cup"))
    assert inference.feedback(made.id, " short ", actor="ann")["correct"] is True
    assert inference.feedback(made.id, "long")["correct"] is False
    assert [row["actor"] for row in store.prediction(made.id)["outcomes"]] == ["ann", "local"]


@pytest.mark.parametrize("label", ["", "  ", "medium", "x" * 300, "short\0", "\ud800"])
def test_feedback_with_a_label_that_the_system_does_not_know_is_refused(store, label):
    [made] = inference.predict("toy", words("cup"))
    with pytest.raises(InvalidInput, match="short, long"):
        inference.feedback(made.id, label)
    assert store.prediction(made.id)["outcomes"] == []


def test_feedback_on_nothing_is_refused(store):
    with pytest.raises(UnknownPrediction):
        inference.feedback("nobody", "short")


def test_an_input_is_kept_with_consent_only_and_only_if_it_is_the_one(store, tmp_path):
    [made] = inference.predict("toy", [b"cup"])
    kept = tmp_path / "data" / "kept" / "toy" / hashlib.sha256(b"cup").hexdigest()
    assert inference.feedback(made.id, "short", kept_input=b"cup")["kept_input"] is None
    assert not kept.exists()
    with pytest.raises(InvalidInput, match="Received another one"):
        inference.feedback(made.id, "short", kept_input=b"can", consented=True)
    outcome = inference.feedback(made.id, "short", kept_input=b"cup", consented=True)
    assert kept.read_bytes() == b"cup"
    assert outcome["kept_input"] == f"kept/toy/{kept.name}"


def test_warm_up_loads_the_champions_and_then_the_process_is_ready(store):
    assert inference.warm_up()["toy"] == "1"
    assert inference.not_ready() is None


def test_a_champion_that_cannot_be_loaded_is_the_reason_for_not_being_ready(store, tmp_path):
    (tmp_path / "toy" / "models" / "toy" / "1" / "model.json").write_text("{}")
    with pytest.raises(Exception, match="sha256"):
        inference.warm_up()
    assert "sha256" in inference.not_ready()


def test_the_catalogue_knows_the_toy_with_its_champion_and_schema():
    card = {card.name: card for card in inference.catalogue()}["toy"]
    assert (card.title, card.champion, card.labels) == ("Toy words", "1", ("short", "long"))
    assert card.input_schema["required"] == ["word"]


@pytest.mark.parametrize(
    ("score", "abstained", "word"),
    [
        (0.95, False, "sure"),
        (0.9, False, "sure"),
        (0.6, False, "likely"),
        (0.59, False, "not sure"),
        (0.99, True, "not sure"),
    ],
)
def test_a_score_is_said_in_words(score, abstained, word):
    assert inference.how_sure(score, abstained) == word


def test_a_system_rehearses_once_all_are_ready(tmp_path, monkeypatch):
    from core import systems

    seen = []
    monkeypatch.setattr(
        systems.get("toy"),
        "rehearse",
        lambda engine: seen.append((engine.version, inference.not_ready())),
        raising=False,
    )
    systems._offers.cache_clear()  # found with what it offers now
    inference.warm_up()
    assert seen == [("1", None)]
