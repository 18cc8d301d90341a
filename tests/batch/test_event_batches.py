"""Batches of event folders: each forecast's files lie in a folder of its own, beside one row for each event."""

from __future__ import annotations

import json
import shutil

import fsspec
import pytest

from core import systems
from core.batch.batches import run_batch
from core.batch.request import BatchRequest
from core.errors import Cancelled, InvalidInput
from core.store import Query
from tests.support import floods, toys


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample event, shortened to a few minutes."""
    folder = tmp_path_factory.mktemp("sample") / "valley"
    systems.folders("flood").write_sample(folder)
    event = json.loads((folder / "event.json").read_text())
    (folder / "event.json").write_text(json.dumps({**event, "duration_s": 600.0}))
    return folder


@pytest.fixture
def events(sample, tmp_path, monkeypatch):
    """Two events, one of them in a folder of folders, one that is wrong, and a folder that is none."""
    toys.known(monkeypatch, floods.install(tmp_path / "flood"))
    folder = tmp_path / "events"
    for name in ("a valley", "more/another", "wrong"):
        shutil.copytree(sample, folder / name)
    (folder / "wrong" / "event.json").write_text('{"name": "wrong"}')
    (folder / "notes").mkdir()
    (folder / "notes" / "read me.txt").write_text("Two events.")
    return folder


def quiet(_progress):
    pass


def run(source, output, progress=quiet, **more):
    request = BatchRequest("flood", str(source), str(output), options={"mode": "fast"}, **{"workers": 0, **more})
    return run_batch(request, progress)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_stopped_batch_of_events_goes_on_and_each_answer_has_its_files_and_its_row(store, events, tmp_path):
    def stop(progress):
        if progress.done == 1:
            raise Cancelled("Stopped as asked.")

    with pytest.raises(Cancelled):
        run(events, tmp_path / "out", stop)
    assert store.count(Query()) == 1
    done = run(events, tmp_path / "out")
    lines = lines_of(tmp_path / "out" / "answers.jsonl")
    assert [line["file"] for line in lines] == ["a valley", "more/another", "wrong"]
    assert lines[0]["value"] == lines[1]["value"]
    assert lines[2]["error"] == "invalid_input"
    assert "duration_s" in lines[2]["detail"] or "dem" in lines[2]["detail"]
    for line in lines[:2]:
        names = {path.name for path in (tmp_path / "out" / line["file"]).iterdir()}
        assert {"max_depth.tif", "summary.json"} <= set(line["files"]) <= names
    assert (done.kind, done.answered, done.failed, done.earlier) == ("events", 2, 1, 1)
    assert {row["id"] for row in store.rows(Query(batch=done.batch))} == {line["prediction_id"] for line in lines}
    assert store.count(Query(source="batch")) == 3


def test_an_event_is_answered_by_a_worker_as_here_and_put_to_an_address(store, events, tmp_path):
    memory = fsspec.filesystem("memory")
    try:
        done = run(events / "a valley", "memory://store/out", workers=1)
        assert (done.inputs, done.answered) == (1, 1)
        assert memory.exists("/store/out/answers.jsonl")
        assert memory.exists("/store/out/a valley/max_depth.tif")
    finally:
        memory.rm("/store", recursive=True)


def test_events_at_an_address_are_fetched_with_the_files_that_they_name(store, events, tmp_path):
    memory = fsspec.filesystem("memory")
    memory.put(f"{events}/a valley/", "/store/events/one/", recursive=True)
    try:
        assert run("memory://store/events", tmp_path / "out").answered == 1
        assert (tmp_path / "out" / "one" / "max_depth.tif").is_file()
    finally:
        memory.rm("/store", recursive=True)


def test_results_go_to_a_folder_that_is_new_or_empty(store, events, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("Dear city,")
    with pytest.raises(InvalidInput, match="not there yet"):
        run(events, tmp_path / "mine")
    with pytest.raises(InvalidInput, match=r"Expected inputs to answer\. Received none"):
        run(events / "notes", tmp_path / "out")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]
