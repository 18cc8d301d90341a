"""Tables through the one path: what the result holds, what the log holds, and how an interrupted run goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from core import batch
from core.batch import parts, shards
from core.errors import Cancelled, InvalidInput, LookoutError
from core.progress import sentence
from core.store import Query
from tests.support.incidents import incidents

ANSWER = [
    "mode",
    "category_of_reported_incident",
    "score",
    "not_sure",
    "second",
    "second_score",
    "third",
    "third_score",
]
RECORD = ["datetime", "latitude", "longitude", "district", "address", "location_type", "description", "label"]
SHARD = 40


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    for module in (shards, batch):
        monkeypatch.setattr(module, "SHARD", SHARD)


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "incidents.csv"
    incidents(100).to_csv(path, index=False)
    return path


def quiet(_progress):
    pass


def run(table, output, progress=quiet, **more):
    return batch.run("crime", table, output, batch.options("crime", {}), progress=progress, source_name="cli", **more)


def logged(store, columns=None):
    return store.rows(Query(), columns, limit=100_000)


def test_every_record_is_answered_and_logged_as_the_result_says(store, table, tmp_path):
    done = run(table, tmp_path / "out.csv")
    assert (done.rows, done.answered, done.rejected, done.ways) == (100, 100, 0, {"coding": 50, "context": 50})
    result = pd.read_csv(tmp_path / "out.csv")
    assert list(result.columns[:2]) == ["row", "prediction_id"]
    assert set(ANSWER + RECORD + ["set90", "set_size", "domestic", "siblings"]) <= set(result.columns)
    assert result.columns[-1] == "model_version"
    assert result["row"].tolist() == list(range(2, 102))
    rows = {row["id"]: row for row in logged(store)}
    assert set(rows) == set(result["prediction_id"])
    assert not (tmp_path / "out.csv.parts").exists()
    for said in result.sample(10, random_state=0).to_dict("records"):
        row = rows[said["prediction_id"]]
        assert (row["value"], row["score"]) == (said["category_of_reported_incident"], pytest.approx(said["score"]))
        assert row["details"]["mode"] == said["mode"]
        assert row["details"]["set90"] == said["set90"].split(" | ")
        assert len(row["details"]["set90"]) == said["set_size"] == row["features"]["set_size"]
        assert row["alternatives"][0] == {"value": row["value"], "score": row["score"]}
        assert (row["source"], row["batch"], row["status"]) == ("cli", done.batch, "answered")
        assert (row["reason"] is None) == (not row["abstained"])
        assert len(row["input_hash"]) == 64


def test_a_record_of_a_table_is_answered_as_if_it_came_alone_with_its_siblings(store, table, tmp_path):
    from core import inference

    run(table, tmp_path / "out.csv")
    said = pd.read_csv(tmp_path / "out.csv").iloc[0]
    fields = ("datetime", "latitude", "longitude", "district", "address", "siblings")
    (alone,) = inference.predict(
        "crime", [{name: getattr(said[name], "item", lambda name=name: said[name])() for name in fields}]
    )
    assert alone.answer.value == said["category_of_reported_incident"]
    assert alone.answer.score == pytest.approx(said["score"], abs=1e-5)
    assert alone.answer.details["set90"] == said["set90"].split(" | ")
    kept = store.prediction(said["prediction_id"])
    assert kept["features"] == pytest.approx(alone.answer.features)
    assert kept["details"] == alone.answer.details
    assert kept["alternatives"] == [
        {"value": one.value, "score": pytest.approx(one.score, abs=1e-5)} for one in alone.answer.alternatives[:3]
    ]


def test_a_site_is_in_each_row_of_the_log_and_a_bad_one_begins_no_run(store, table, tmp_path):
    run(table, tmp_path / "out.csv", site="  North   district ")
    assert {row["site"] for row in logged(store)} == {"North district"}
    with pytest.raises(InvalidInput, match="a site's name"):
        run(table, tmp_path / "other.csv", site="x" * 61)
    assert not (tmp_path / "other.csv.parts").exists()


def test_parquet_keeps_types(store, table, tmp_path):
    run(table, tmp_path / "out.parquet")
    result = pd.read_parquet(tmp_path / "out.parquet")
    assert len(result) == 100
    assert result["datetime"].dtype.kind == "M"
    assert result["not_sure"].dtype == bool
    assert result["longitude"].max() < 0
    assert result["description"].notna().sum() == 50


def test_a_cancelled_run_goes_on_and_no_row_is_logged_twice(store, table, tmp_path):
    def cancel(progress):
        if sentence(progress).startswith("80 of 100"):
            raise Cancelled("Stopped as asked.")

    with pytest.raises(Cancelled):
        run(table, tmp_path / "out.csv", cancel)
    assert not (tmp_path / "out.csv").exists()
    assert store.count(Query()) == 80
    done = run(table, tmp_path / "out.csv")
    assert store.count(Query()) == store.count(Query(batch=done.batch)) == 100
    assert pd.read_csv(tmp_path / "out.csv")["prediction_id"].nunique() == 100
    assert (done.answered, done.ways) == (100, {"coding": 50, "context": 50})


def test_a_shard_that_was_logged_but_not_written_is_not_logged_again(store, table, tmp_path, monkeypatch):
    whole = parts.UnfinishedResult.keep

    def full_disk(self, shard, frame, tally):
        if shard == 1:
            raise OSError(28, "No space left on device")
        whole(self, shard, frame, tally)

    monkeypatch.setattr(parts.UnfinishedResult, "keep", full_disk)
    with pytest.raises(LookoutError, match=r"No space left on device.*goes on where it stopped"):
        run(table, tmp_path / "out.csv")
    first = {row["id"]: row["created_at"] for row in logged(store)}
    assert len(first) == 80  # both were logged, one was written
    monkeypatch.setattr(parts.UnfinishedResult, "keep", whole)
    run(table, tmp_path / "out.csv")
    rows = {row["id"]: row["created_at"] for row in logged(store)}
    assert len(rows) == 100
    assert first.items() <= rows.items()


def test_another_table_or_option_does_not_go_on_with_an_interrupted_run(store, table, tmp_path):
    def cancel(progress):
        if sentence(progress).startswith("80 of 100"):
            raise Cancelled("Stopped as asked.")

    with pytest.raises(Cancelled):
        run(table, tmp_path / "out.csv", cancel)
    with table.open("a") as file:
        file.write("2014-12-31 10:00:00,ASSAULT,BATTERY,PARK,1 Block of ELM ST,-122.4,37.7\n")
    with pytest.raises(InvalidInput, match="another table"):
        run(table, tmp_path / "out.csv")
    done = run(table, tmp_path / "out.csv", replace=True)
    assert done.answered == len(pd.read_csv(tmp_path / "out.csv")) == store.count(Query(batch=done.batch)) == 101


def test_two_runs_do_not_write_the_same_result(store, table, tmp_path):
    seen = []

    def second(progress):
        if sentence(progress).startswith("40 of 100"):
            with pytest.raises(InvalidInput, match="at work"):
                run(table, tmp_path / "out.csv")
            seen.append(progress)

    run(table, tmp_path / "out.csv", second)
    assert seen
    assert store.count(Query()) == 100


def test_a_finished_result_is_not_overwritten_unless_asked(store, table, tmp_path):
    run(table, tmp_path / "out.csv")
    with pytest.raises(InvalidInput, match="not there yet"):
        run(table, tmp_path / "out.csv")
    again = run(table, tmp_path / "out.csv", replace=True)
    assert store.count(Query(batch=again.batch)) == 100
    assert store.count(Query()) == 200  # it was asked twice


def test_without_a_log_nothing_is_logged_and_no_id_is_given(store, table, tmp_path):
    done = run(table, tmp_path / "out.csv", logged=False)
    assert done.batch is None
    assert pd.read_csv(tmp_path / "out.csv")["prediction_id"].isna().all()
    assert store.count(Query()) == 0


def test_a_row_that_repeats_another_is_answered_too_and_told(store, tmp_path):
    rows = incidents(60)
    pd.concat([rows, rows.iloc[[3]]]).to_csv(tmp_path / "twice.csv", index=False)
    done = run(tmp_path / "twice.csv", tmp_path / "out.csv")
    assert (done.answered, done.problems) == (61, {"repeated": 1})
    noted = pd.read_csv(done.noted_file)
    assert noted[["row", "kind"]].values.tolist() == [[62, "repeated"]]
    assert pd.read_csv(tmp_path / "out.csv")["siblings"].tolist() == [1] * 61  # the category says that it is no sibling
    pd.concat([rows, rows.iloc[[2]]]).drop(columns="Category").to_csv(tmp_path / "open.csv", index=False)
    run(tmp_path / "open.csv", tmp_path / "two.csv")
    assert pd.read_csv(tmp_path / "two.csv")["siblings"].tolist().count(2) == 2  # the codes of one incident, to come


def test_a_broken_model_names_the_rows_and_what_was_done_is_kept(store, table, tmp_path, monkeypatch):
    from core.systems.crime import table as answering

    whole = answering.answer

    def broken(engine, records, here):
        if here.start == 2 * SHARD:
            raise RuntimeError("a bug")
        return whole(engine, records, here)

    monkeypatch.setattr(answering, "answer", broken)
    with pytest.raises(LookoutError, match="could not answer rows 82 to 101"):
        run(table, tmp_path / "out.csv")
    assert store.count(Query()) == 80
    monkeypatch.setattr(answering, "answer", whole)
    run(table, tmp_path / "out.csv")
    assert store.count(Query()) == 100


def test_a_system_without_tables_says_which_has_them(tmp_path):
    with pytest.raises(InvalidInput, match=r"answers tables: crime\. Received 'waste'"):
        batch.options("waste", {})


def test_an_option_that_makes_no_sense_is_refused_in_words():
    with pytest.raises(InvalidInput, match="day_first"):
        batch.options("crime", {"day_first": "perhaps"})


def test_a_preview_shows_rows_and_how_columns_would_be_used(table):
    shown = batch.preview("crime", table, batch.options("crime", {"map": {"description": ""}}))
    assert shown.chosen["date"] == "Dates"
    assert "description" not in shown.chosen
    assert any("Descript" in sentence for sentence in shown.sentences)
    assert len(shown.frame) == 100


def test_the_summary_is_json(store, table, tmp_path):
    assert json.loads(json.dumps(run(table, tmp_path / "out.csv").as_dict()))["seconds"]["whole"] > 0


def test_a_run_has_the_batch_it_is_given_and_what_it_answered_before_a_stop_can_be_saved(store, table, tmp_path):
    def cancel(progress):
        if sentence(progress).startswith("80 of 100"):
            raise Cancelled("Stopped as asked.")

    identifier = "6f1c2f0e-0000-4000-8000-000000000000"
    assert batch.save_answered(tmp_path / "out.parquet", tmp_path / "so-far.parquet") == 0
    with pytest.raises(Cancelled):
        run(table, tmp_path / "out.parquet", cancel, batch=identifier)
    assert batch.save_answered(tmp_path / "out.parquet", tmp_path / "so-far.parquet") == 2
    assert pd.read_parquet(tmp_path / "so-far.parquet")["row"].tolist() == list(range(2, 82))
    assert run(table, tmp_path / "out.parquet", batch=identifier).batch == identifier
    assert store.count(Query(batch=identifier)) == 100


def test_true_categories_are_read_as_the_version_calls_them(store, table, tmp_path):
    options = batch.options("crime", {"categories": {"VANDALISM": "ASSAULT"}})
    batch.run("crime", table, tmp_path / "out.csv", options, progress=quiet)
    assert set(pd.read_csv(tmp_path / "out.csv")["label"]) == {"LARCENY/THEFT", "ASSAULT"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_cancel_keeps_all_that_is_answered_down_to_the_last_block(store, table, tmp_path, monkeypatch, ending):
    monkeypatch.setattr(shards, "BLOCK", 15)
    output, so_far = tmp_path / f"out.{ending}", tmp_path / f"so-far.{ending}"
    read = pd.read_csv if ending == "csv" else pd.read_parquet
    stops, seen = [70, 95, -1], []

    def cancel(progress):
        seen.append(progress.done)
        if progress.done == stops[0]:
            raise Cancelled("Stopped as asked.")

    for answered in (70, 95):  # in the middle of the second shard, then of the third
        with pytest.raises(Cancelled):
            run(table, output, cancel)
        assert batch.save_answered(output, so_far) == answered // SHARD + 1
        assert read(so_far)["row"].tolist() == list(range(2, answered + 2))
        assert store.count(Query()) == answered
        stops.pop(0)
    assert seen.count(80) == 1  # what was whole is not answered again
    done = run(table, output, cancel)
    assert store.count(Query()) == store.count(Query(batch=done.batch)) == done.answered == 100
    assert read(output)["row"].tolist() == list(range(2, 102))
    assert done.ways == {"coding": 50, "context": 50}
