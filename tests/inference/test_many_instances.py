"""Many instances: in chunks, with progress, cancelled or left half-way, from several threads; timed and counted."""

from __future__ import annotations

import threading

import pytest

from core import inference, telemetry
from core.errors import Cancelled
from core.progress import sentence
from core.store import Query
from tests.inference.conftest import words
from tests.support import toys


def engine(version="1"):
    from core import registry, systems

    return registry.registry().load("toy", version, systems.get("toy").load).engine


def test_work_is_cut_into_chunks_of_the_batch_size(store, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_BATCH_SIZE": "4"})
    inference.predict("toy", words(*"abcdefghij"))
    assert engine().calls == [4, 4, 2]


def test_progress_goes_from_none_to_all(store, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_BATCH_SIZE": "2"})
    reports = []
    inference.predict(
        "toy", words(*"abcde"), progress=lambda progress: reports.append((progress.share, sentence(progress)))
    )
    assert [share for share, _ in reports] == [0, 0.4, 0.8, 1.0]
    assert reports[1][1] == "2 of 5 answered"


def test_work_that_is_cancelled_keeps_what_was_finished(store, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_BATCH_SIZE": "2"})

    def stop(progress):
        if progress.share > 0.5:
            raise Cancelled("Stopped as asked.")

    answers, finished = inference.stream("toy", words(*"abcdef"), progress=stop), []
    with pytest.raises(Cancelled):
        finished.extend(prediction.id for prediction in answers)
    assert len(finished) == 4
    assert {row["id"] for row in store.rows(Query())} == set(finished)


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

    def work(worker):
        predictions = inference.predict("toy", words(*[f"{worker}{'x' * length}" for length in range(10)]))
        received[worker] = [prediction.answer.details["echo"] for prediction in predictions]

    inference.catalogue()
    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert received == {worker: [f"{worker}{'x' * length}" for length in range(10)] for worker in range(8)}
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
    predictions = inference.predict("toy", words("slow", *"abcdefghi"))
    assert all(4 < prediction.latency_ms < 1000 for prediction in predictions)  # 50 ms shared by ten
