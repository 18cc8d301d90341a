"""Batches of files: what the result and the log hold, how a run goes on, and what is refused."""

from __future__ import annotations

import json
import zipfile

import fsspec
import pandas as pd
import pytest

from core.batch import file_run, parts
from core.batch.batches import run_batch
from core.batch.request import BatchRequest
from core.errors import Cancelled, HostUnavailable, InvalidInput, LookoutError, UnknownSystem, UnknownVersion
from core.store import Query
from tests.batch.conftest import write_words
from tests.support import toys


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(file_run, "SHARD", 8)


@pytest.fixture
def words(toy, tmp_path):
    """20 words that are answered, and one file that is not."""
    write_words(tmp_path / "in", 20, **{"empty.txt": ""})
    return tmp_path / "in"


def quiet(_progress):
    pass


def run(source, output, progress=quiet, **more):
    return run_batch(BatchRequest("toy", str(source), str(output), workers=0, **more), progress)


def stop_after(answered):
    def listen(progress):
        if progress.done == answered:
            raise Cancelled("Stopped as asked.")

    return listen


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_file_has_a_row_in_the_result_and_in_the_log(store, words, tmp_path):
    done = run(words, tmp_path / "out.jsonl", site="Yard 3")
    lines = lines_of(tmp_path / "out.jsonl")
    assert [line["file"] for line in lines] == write_words(words, 20, **{"empty.txt": ""})
    assert (done.inputs, done.answered, done.failed, done.not_sure) == (21, 20, 1, 4)
    assert (done.kind, done.problems, done.earlier) == ("files", {"invalid_input": 1}, 0)
    logged = {row["id"]: row for row in store.rows(Query())}
    assert len(logged) == store.count(Query(batch=done.batch)) == 21
    for line in lines:
        row = logged[line["prediction_id"]]
        assert (row["source"], row["site"], row["version"]) == ("batch", "Yard 3", "1")
        if "error" in line:
            assert (row["status"], row["error_kind"], row["error"]) == ("failed", line["error"], line["detail"])
        else:
            assert (row["value"], row["score"], row["details"]["letters"]) == (
                line["value"],
                line["score"],
                line["letters"],
            )
            assert line["not_sure"] == (line["echo"] == "unsure")
            assert len(row["input_hash"]) == 64
    assert not (tmp_path / "out.jsonl.parts").exists()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_of_answers_has_a_column_for_each_detail(store, words, tmp_path, ending):
    (words / "formula.txt").write_text("=SUM(1)")
    run(words, tmp_path / f"out.{ending}")
    frame = (pd.read_csv if ending == "csv" else pd.read_parquet)(tmp_path / f"out.{ending}")
    assert list(frame.columns[:5]) == ["file", "prediction_id", "value", "score", "not_sure"]
    assert list(frame.columns[-3:]) == ["error", "detail", "model_version"]
    assert frame["letters"].sum() == 4 * sum(map(len, ("cup", "bottle", "bag", "carton", "unsure"))) + len("=SUM(1)")
    by_file = frame.set_index("file")
    assert by_file.loc["empty.txt", "error"] == "invalid_input"
    assert pd.isna(by_file.loc["empty.txt", "value"])
    assert by_file.loc["formula.txt", "echo"] == ("'=SUM(1)" if ending == "csv" else "=SUM(1)")


def test_an_answer_is_the_one_that_the_file_gets_alone(store, words, tmp_path):
    from core import inference

    run(words, tmp_path / "out.jsonl")
    for line in lines_of(tmp_path / "out.jsonl")[1:4]:
        (alone,) = inference.predict("toy", [(words / line["file"]).read_bytes()])
        kept = store.prediction(line["prediction_id"])
        assert (kept["value"], kept["score"], kept["input_hash"]) == (
            alone.answer.value,
            alone.answer.score,
            alone.input_hash,
        )


def test_a_run_that_was_stopped_goes_on_without_a_gap_or_a_duplicate(store, words, tmp_path):
    run(words, tmp_path / "whole.jsonl")
    for answered in (8, 16):
        with pytest.raises(Cancelled):
            run(words, tmp_path / "out.jsonl", stop_after(answered))
        assert not (tmp_path / "out.jsonl").exists()
    done = run(words, tmp_path / "out.jsonl")
    assert (done.inputs, done.answered, done.failed, done.earlier) == (21, 20, 1, 16)
    lines = lines_of(tmp_path / "out.jsonl")
    assert len({line["prediction_id"] for line in lines}) == 21

    def comparable(path):
        return [{**line, "prediction_id": line["prediction_id"][24:]} for line in lines_of(path)]

    assert comparable(tmp_path / "out.jsonl") == comparable(tmp_path / "whole.jsonl")
    assert {row["id"] for row in store.rows(Query(batch=done.batch))} == {line["prediction_id"] for line in lines}
    assert store.count(Query()) == 42


def test_a_shard_that_was_logged_but_not_kept_is_not_logged_again(store, words, tmp_path, monkeypatch):
    whole = parts.UnfinishedResult.keep_lines

    def full_disk(self, shard, lines, tally):
        if shard == 1:
            raise OSError(28, "No space left on device")
        whole(self, shard, lines, tally)

    monkeypatch.setattr(parts.UnfinishedResult, "keep_lines", full_disk)
    with pytest.raises(LookoutError, match=r"No space left on device.*goes on where it stopped"):
        run(words, tmp_path / "out.csv")
    first = {row["id"]: row["created_at"] for row in store.rows(Query())}
    assert len(first) == 16
    monkeypatch.setattr(parts.UnfinishedResult, "keep_lines", whole)
    run(words, tmp_path / "out.csv")
    rows = {row["id"]: row["created_at"] for row in store.rows(Query())}
    assert len(rows) == 21
    assert first.items() <= rows.items()


def test_a_run_that_ended_between_its_result_and_its_clearing_is_finished_by_the_same_command(
    store, words, tmp_path, monkeypatch
):
    def killed(_folder):
        raise Cancelled("killed")

    with monkeypatch.context() as patched:
        patched.setattr(parts.shutil, "rmtree", lambda *_arguments, **_options: killed(_arguments))
        with pytest.raises(Cancelled):
            run(words, tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").exists()
    done = run(words, tmp_path / "out.jsonl")
    assert (done.earlier, store.count(Query())) == (21, 21)
    assert len(lines_of(tmp_path / "out.jsonl")) == 21


def test_a_changed_input_or_version_does_not_go_on_unless_it_starts_anew(store, words, tmp_path, toy):
    with pytest.raises(Cancelled):
        run(words, tmp_path / "out.jsonl", stop_after(8))
    toys.write_version(toys.models_folder(toy), "2")
    with pytest.raises(InvalidInput, match="another version"):
        run(words, tmp_path / "out.jsonl", version="2")
    (words / "one more.txt").write_text("cup")
    with pytest.raises(InvalidInput, match=r"another input.*--force"):
        run(words, tmp_path / "out.jsonl")
    done = run(words, tmp_path / "out.jsonl", replace=True)
    assert (done.inputs, done.earlier) == (22, 0)
    with pytest.raises(InvalidInput, match="not there yet"):
        run(words, tmp_path / "out.jsonl")


def test_two_runs_do_not_write_the_same_result(store, words, tmp_path):
    seen = []

    def second(progress):
        if progress.done == 8:
            with pytest.raises(InvalidInput, match="at work"):
                run(words, tmp_path / "out.csv")
            seen.append(progress)

    run(words, tmp_path / "out.csv", second)
    assert seen
    assert store.count(Query()) == 21


def test_progress_says_the_share_the_rate_and_the_time_left(store, words, tmp_path):
    heard = []
    run(words, tmp_path / "out.csv", heard.append)
    told = [progress.detail for progress in heard if progress.done]
    assert told[0].startswith("8 of 21 answered, ")
    assert "/s, " in told[0]
    assert told[0].endswith(" s left")
    assert [progress.done for progress in heard if progress.done is not None] == [0, 8, 16, 21]


def test_a_limit_answers_the_first_inputs_alone(store, words, tmp_path):
    assert run(words, tmp_path / "out.jsonl", limit=10).inputs == len(lines_of(tmp_path / "out.jsonl")) == 10


def test_a_zip_is_answered_with_its_bad_entries_told(store, toy, tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("a/cup.txt", "cup")
        archive.writestr("../evil.txt", "bag")
        archive.writestr("bottle.txt", "bottle")
    done = run(tmp_path / "in.zip", tmp_path / "out.jsonl")
    assert (done.answered, done.failed) == (2, 1)
    assert [line.get("value", line.get("error")) for line in lines_of(tmp_path / "out.jsonl")] == [
        "short",
        "invalid_input",
        "long",
    ]


def test_addresses_are_read_from_and_written_to(store, words, tmp_path):
    memory = fsspec.filesystem("memory")
    memory.put(f"{words}/", "/store/in/", recursive=True)
    try:
        with pytest.raises(Cancelled):
            run("memory://store/in", "memory://store/out.csv", stop_after(8))
        assert not memory.exists("/store/out.csv")
        done = run("memory://store/in", "memory://store/out.csv")
        assert (done.inputs, done.earlier) == (21, 8)
        with memory.open("/store/out.csv") as file:
            assert len(pd.read_csv(file)) == 21
        with pytest.raises(InvalidInput, match="not there yet"):
            run("memory://store/in", "memory://store/out.csv")
        assert list((tmp_path / "data" / "batches").iterdir()) == []
    finally:
        memory.rm("/store", recursive=True)


def test_an_outage_ends_a_run_that_can_go_on_and_no_input_fails_of_it(store, words, tmp_path, monkeypatch):
    memory = fsspec.filesystem("memory")
    memory.put(f"{words}/", "/store/in/", recursive=True)
    whole = type(memory).open

    def down(self, path, *arguments, **options):
        if path.endswith("00010.txt"):
            raise TimeoutError("no answer in 5 s")
        return whole(self, path, *arguments, **options)

    try:
        with monkeypatch.context() as patched:
            patched.setattr(type(memory), "open", down)
            with pytest.raises(HostUnavailable, match="no answer in 5 s"):
                run("memory://store/in", tmp_path / "out.csv")
        assert store.count(Query()) == 8
        done = run("memory://store/in", tmp_path / "out.csv")
        assert (done.answered, done.failed, done.earlier) == (20, 1, 8)
    finally:
        memory.rm("/store", recursive=True)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("out.txt", r"ends in .csv, .parquet or .jsonl"),
        ("absent/out.csv", "a folder that exists for the result"),
        ("there.csv", "not there yet"),
    ],
)
def test_a_result_that_cannot_be_written_is_refused_before_anything_is_answered(store, words, tmp_path, output, reason):
    (tmp_path / "there.csv").write_text("mine")
    with pytest.raises(InvalidInput, match=reason):
        run(words, tmp_path / output)
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert store.count(Query()) == 0
    assert list(tmp_path.glob("*.parts")) == []


def test_what_cannot_be_asked_is_refused_and_leaves_nothing_behind(store, words, tmp_path):
    (tmp_path / "nothing").mkdir()
    output = tmp_path / "out.csv"
    with pytest.raises(InvalidInput, match=r"Expected inputs to answer\. Received none"):
        run(tmp_path / "nothing", output)
    with pytest.raises(InvalidInput, match="that exists"):
        run(tmp_path / "absent", output)
    with pytest.raises(UnknownVersion):
        run(words, output, version="9")
    with pytest.raises(InvalidInput, match="options that these inputs have"):
        run(words, output, options={"mode": "fast"})
    with pytest.raises(InvalidInput, match="a site's name"):
        run(words, output, site="x" * 61)
    with pytest.raises(UnknownSystem):
        run_batch(BatchRequest("nobody", str(words), str(output)), quiet)
    with pytest.raises(InvalidInput, match="0 to 64 workers"):
        run_batch(BatchRequest("toy", str(words), str(output), workers=1000), quiet)
    assert list(tmp_path.glob("out*")) == []
