"""Batches of tables: one, a folder of them, or at an address; answered by workers as by this process."""

from __future__ import annotations

import json

import fsspec
import pandas as pd
import pytest

from core import batch
from core.batch import shards
from core.batch.batches import run_batch
from core.batch.request import BatchRequest
from core.batch.workers import WorkerPool
from core.errors import Cancelled, HostUnavailable, InvalidInput
from core.store import Query
from tests.support.incidents import incidents

SHARD = 40


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    for module in (shards, batch):
        monkeypatch.setattr(module, "SHARD", SHARD)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "incidents.csv"
    incidents(100).to_csv(path, index=False)
    return path


@pytest.fixture
def folder(tmp_path):
    """Two tables, one below the other, one that is none, and a note beside them."""
    tables = tmp_path / "tables"
    (tables / "2015").mkdir(parents=True)
    incidents(50, seed=1).to_csv(tables / "january.csv", index=False)
    incidents(60, seed=2).to_parquet(tables / "2015" / "march.parquet")
    (tables / "broken.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\0")
    (tables / "readme.md").write_text("The year's tables.")
    return tables


def quiet(_progress):
    pass


def run(source, output, progress=quiet, **more):
    return run_batch(BatchRequest("crime", str(source), str(output), **{"workers": 0, **more}), progress)


def without_ids(path):
    return pd.read_csv(path).drop(columns="prediction_id")


def test_workers_answer_a_table_as_this_process_does_and_each_row_is_logged(store, table, tmp_path):
    run(table, tmp_path / "alone.csv")
    done = run(table, tmp_path / "out.csv", workers=2, site="North")
    pd.testing.assert_frame_equal(without_ids(tmp_path / "out.csv"), without_ids(tmp_path / "alone.csv"))
    result = pd.read_csv(tmp_path / "out.csv")
    assert result["row"].tolist() == list(range(2, 102))
    assert (done.kind, done.inputs, done.answered, done.failed, done.workers) == ("table", 100, 100, 0, 2)
    rows = store.rows(Query(batch=done.batch))
    assert {row["id"] for row in rows} == set(result["prediction_id"])
    assert {(row["source"], row["site"]) for row in rows} == {("batch", "North")}


def test_a_table_that_was_stopped_goes_on_with_workers(store, table, tmp_path):
    def stop(progress):
        if progress.done == SHARD:
            raise Cancelled("Stopped as asked.")

    with pytest.raises(Cancelled):
        run(table, tmp_path / "out.csv", stop, workers=1)
    done = run(table, tmp_path / "out.csv", workers=1)
    assert (done.answered, done.earlier) == (100, SHARD)
    assert store.count(Query()) == store.count(Query(batch=done.batch)) == 100
    assert pd.read_csv(tmp_path / "out.csv")["prediction_id"].nunique() == 100


def test_a_limit_answers_the_first_records_alone(store, table, tmp_path):
    done = run(table, tmp_path / "out.csv", limit=45)
    assert (done.inputs, store.count(Query())) == (45, 45)
    assert pd.read_csv(tmp_path / "out.csv")["row"].tolist() == list(range(2, 47))


def test_json_lines_hold_what_csv_holds(store, table, tmp_path):
    run(table, tmp_path / "out.csv")
    run(table, tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    expected = pd.read_csv(tmp_path / "out.csv")
    assert list(lines[0]) == list(expected.columns)
    assert [line["score"] for line in lines] == pytest.approx(expected["score"].tolist())
    assert [line["description"] for line in lines[:2]] == [None, expected["description"][1]]
    assert [line["datetime"].replace("T", " ") for line in lines] == expected["datetime"].tolist()


class LosingPool(WorkerPool):
    """A pool whose workers end at the records in some rows."""

    lost = (3, 50)

    def run(self, tasks):
        for task in tasks:
            yield task, list(self._answer(task))

    def _answer(self, task):
        if not set(self.lost) & set(task.table.rows.tolist()):
            yield task.answer()
        elif len(task.table) == 1:
            yield task.given_up("It ended (SIGKILL), twice.")
        else:
            for part in task.apart():
                yield from self._answer(part)


def test_a_record_that_ends_its_workers_is_rejected_and_logged_as_failed_and_the_others_are_answered(
    store, table, tmp_path
):
    output = tmp_path / "out.csv"
    done = batch.run("crime", table, output, batch.options("crime", {}), progress=quiet, pool=LosingPool(1, 1))
    assert (done.rows, done.answered, done.rejected, done.problems) == (100, 98, 2, {"lost": 2})
    result = pd.read_csv(output)
    assert result["row"].tolist() == [row for row in range(2, 102) if row not in LosingPool.lost]
    rejected = pd.read_csv(done.rejected_file)
    assert rejected[["row", "kind", "message"]].values.tolist() == [
        [3, "lost", "It ended (SIGKILL), twice."],
        [50, "lost", "It ended (SIGKILL), twice."],
    ]
    failed = store.rows(Query(status="failed"))
    assert {row["error"] for row in failed} == {"It ended (SIGKILL), twice."}
    assert (len(failed), store.count(Query(batch=done.batch))) == (2, 100)


def test_each_table_of_a_folder_has_its_result_and_one_that_is_none_says_why(store, folder, tmp_path):
    done = run(folder, tmp_path / "out")
    lines = [json.loads(line) for line in (tmp_path / "out" / "tables.jsonl").read_text().splitlines()]
    assert [line["table"] for line in lines] == ["broken.csv", "january.csv", "2015/march.parquet"]
    assert (lines[0]["error"], [line.get("answered") for line in lines[1:]]) == ("invalid_input", [50, 60])
    assert len(pd.read_csv(tmp_path / "out" / "january.csv")) == 50
    assert len(pd.read_parquet(tmp_path / "out" / "2015" / "march.parquet")) == 60
    assert (done.kind, done.inputs, done.answered, done.failed) == ("tables", 111, 110, 1)
    assert done.problems["unreadable_table"] == 1
    assert store.count(Query()) == 110
    with pytest.raises(InvalidInput, match="not there yet"):
        run(folder, tmp_path / "out")


def test_a_folder_that_was_stopped_goes_on_where_it_was_and_no_row_is_logged_twice(store, folder, tmp_path):
    stops = [lambda progress: progress.done == SHARD, lambda progress: progress.detail.startswith("reading march")]
    for stop in stops:

        def listen(progress, stop=stop):
            if stop(progress):
                raise Cancelled("Stopped as asked.")

        with pytest.raises(Cancelled):
            run(folder, tmp_path / "out", listen)
    assert (tmp_path / "out" / "january.csv").exists()
    done = run(folder, tmp_path / "out")
    assert (done.answered, store.count(Query())) == (110, 110)
    ids = set(pd.read_csv(tmp_path / "out" / "january.csv")["prediction_id"])
    ids |= set(pd.read_parquet(tmp_path / "out" / "2015" / "march.parquet")["prediction_id"])
    assert ids == {row["id"] for row in store.rows(Query())}
    assert not list((tmp_path / "out").rglob("*.parts"))
    assert not (tmp_path / "out.parts").exists()


def test_a_result_that_was_made_but_not_noted_is_made_again_with_the_same_ids(store, folder, tmp_path, monkeypatch):
    from core.batch import parts

    whole = parts.UnfinishedResult.keep_lines

    def killed(self, shard, lines, tally):
        if shard == 1:
            raise Cancelled("killed")
        whole(self, shard, lines, tally)

    monkeypatch.setattr(parts.UnfinishedResult, "keep_lines", killed)
    with pytest.raises(Cancelled):
        run(folder, tmp_path / "out")
    first = {row["id"] for row in store.rows(Query())}
    assert len(first) == 50
    monkeypatch.setattr(parts.UnfinishedResult, "keep_lines", whole)
    run(folder, tmp_path / "out")
    assert first < {row["id"] for row in store.rows(Query())}
    assert store.count(Query()) == 110


def test_a_table_at_an_address_is_fetched_and_its_result_is_put_there(store, table, tmp_path):
    memory = fsspec.filesystem("memory")
    memory.put_file(str(table), "/store/in.csv")
    try:
        assert run("memory://store/in.csv", "memory://store/out.parquet").answered == 100
        with memory.open("/store/out.parquet") as file:
            assert len(pd.read_parquet(file)) == 100
        assert list((tmp_path / "data" / "batches").iterdir()) == []
    finally:
        memory.rm("/store", recursive=True)


def test_a_result_that_could_not_be_put_is_put_by_the_same_command_and_no_row_is_logged_twice(
    store, tmp_path, monkeypatch
):
    rows = incidents(50)
    rows.loc[4, ["Dates", "Descript"]] = None
    rows.to_csv(tmp_path / "in.csv", index=False)
    memory = fsspec.filesystem("memory")

    def refused(*_arguments, **_options):
        raise PermissionError("no right to write")

    try:
        with monkeypatch.context() as patched:
            patched.setattr(type(memory), "put_file", refused)
            with pytest.raises(HostUnavailable, match="no right to write"):
                run(tmp_path / "in.csv", "memory://store/out.csv")
        done = run(tmp_path / "in.csv", "memory://store/out.csv")
        assert (done.earlier, done.answered, done.failed, store.count(Query())) == (49, 49, 1, 49)
        assert done.tables[0]["rejected_file"] == "memory://store/out.rejected.csv"
        with memory.open("/store/out.rejected.csv") as file:
            assert pd.read_csv(file)["row"].unique().tolist() == [6]
    finally:
        memory.rm("/store", recursive=True)
    with pytest.raises(InvalidInput, match="a web server"):
        run(tmp_path / "in.csv", "https://example.org/out.csv")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"Dates,Category\n", "a header only"),
        (b"PAR1 and then nothing", "a damaged one"),
        ("Dates;PdDistrict;Address\n2014-01-01 10:00;M\xfcnchen;x\n".encode("latin-1"), None),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_and_another_encoding_is_read(store, tmp_path, content, reason):
    (tmp_path / "in.csv").write_bytes(content)
    if reason is None:
        run(tmp_path / "in.csv", tmp_path / "out.csv")
        assert pd.read_csv(tmp_path / "out.csv")["district"].str.lower().tolist() == ["m\xfcnchen"]
    else:
        with pytest.raises(InvalidInput, match=reason):
            run(tmp_path / "in.csv", tmp_path / "out.csv")
        assert list(tmp_path.glob("out*")) == []


def test_an_option_that_no_table_has_is_refused(store, table, tmp_path):
    with pytest.raises(InvalidInput, match="mode"):
        run(table, tmp_path / "out.csv", options={"mode": "fast"})
    done = run(table, tmp_path / "out.csv", options={"map": {"description": ""}})
    assert done.tables[0]["ways"] == {"coding": 0, "context": 100}
