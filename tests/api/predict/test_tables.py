"""Tables at `POST /predict`: crime reads its own, rows of others are instances; as JSON or as lines."""

from __future__ import annotations

import io
import json

import pytest

from core.inference import table_stream
from core.store import Query
from core.store import store as the_store
from tests.api.conftest import assert_refused
from tests.support import toys
from tests.support.incidents import incidents

CSV = {"content-type": "text/csv"}
LINES = {**CSV, "accept": "application/x-ndjson"}
CRIME = "/predict?model=crime"


def csv(rows, **change):
    return incidents(rows).drop(columns="Category").assign(**change).to_csv(index=False)


def test_records_of_a_table_are_answered_as_single_ones_are(client):
    table = incidents(4).drop(columns="Category")
    body = client.post(CRIME, content=table.to_csv(index=False), headers=CSV).json()
    assert body["model"] == "crime"
    assert [one["row"] for one in body["predictions"]] == [2, 3, 4, 5]
    record = {"datetime": table["Dates"][1], "description": table["Descript"][1], "district": table["PdDistrict"][1]}
    record |= {"address": table["Address"][1], "latitude": table["Y"][1], "longitude": table["X"][1]}
    [single] = client.post("/predict", json={"model": "crime", "input": record}).json()["predictions"]
    assert body["predictions"][1]["class"] == single["class"]
    assert body["predictions"][1]["score"] == pytest.approx(single["score"], abs=1e-5)


def test_each_answer_is_in_the_log_under_its_id(client):
    body = client.post(f"{CRIME}&site=Night%20desk", content=csv(3), headers=CSV).json()
    for one in body["predictions"]:
        row = client.get(f"/predictions/{one['prediction_id']}").json()
        assert (row["value"], row["source"], row["site"]) == (one["class"], "api", "Night desk")
        assert row["score"] == pytest.approx(one["score"])
    assert the_store().count(Query(system="crime", source="api")) == 3


def test_a_row_that_cannot_be_answered_says_why_at_its_place(client):
    table = incidents(3).drop(columns=["Category", "Descript"])
    table.loc[1, "Dates"] = "no date"
    body = client.post(CRIME, content=table.to_csv(index=False), headers=CSV).json()
    assert [one.get("error") for one in body["predictions"]] == [None, "invalid_input", None]
    assert [one["row"] for one in body["predictions"]] == [2, 3, 4]
    assert body["predictions"][1]["detail"]
    assert the_store().count(Query(system="crime")) == 2


def test_parquet_is_read_too(client):
    written = io.BytesIO()
    incidents(2).drop(columns="Category").to_parquet(written)
    kind = {"content-type": "application/vnd.apache.parquet"}
    assert len(client.post(CRIME, content=written.getvalue(), headers=kind).json()["predictions"]) == 2


def test_a_large_table_is_answered_as_lines_and_refused_as_one_body(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_MAX_INSTANCES": "10"})
    monkeypatch.setattr(table_stream, "BLOCK", 8)
    refusal = assert_refused(client.post(CRIME, content=csv(30), headers=CSV), 413, "too_large")
    assert "x-ndjson" in refusal["detail"]
    assert the_store().count(Query(system="crime")) == 0
    lines = [json.loads(line) for line in client.post(CRIME, content=csv(30), headers=LINES).text.splitlines()]
    assert [line["row"] for line in lines] == list(range(2, 32))
    assert {line["model"] for line in lines} == {"crime"}
    assert the_store().count(Query(system="crime")) == 30


@pytest.mark.parametrize("content", ["", "Dates,Descript\n", "a,b\n1,2\n", b"\x00\x01\x02\x03PAR1", b"PAR1xxxx"])
@pytest.mark.parametrize("headers", [CSV, LINES], ids=["json", "lines"])
def test_what_is_no_table_is_refused_with_its_status(client, content, headers):
    assert_refused(client.post(CRIME, content=content, headers=headers), 422, "invalid_input")


def test_a_table_needs_a_model(client):
    assert_refused(client.post("/predict", content=csv(2), headers=CSV), 422, "invalid_input")
    assert_refused(client.post("/predict?model=nobody", content=csv(2), headers=CSV), 404, "unknown_system")


@pytest.mark.usefixtures("toy")
def test_rows_are_instances_of_a_system_that_reads_no_tables(client):
    content = "word;\ncup;\n;\nbottle;\n"
    body = client.post("/predict?model=toy", content=content, headers=CSV).json()
    assert [one["echo"] for one in body["predictions"]] == ["cup", "bottle"]  # a row without anything is none


def test_a_table_without_a_header_has_the_fields_in_their_order(client):
    kind = {"content-type": "text/csv; header=absent"}
    [answer] = client.post(CRIME, content="2014-09-30 23:51,,,MISSION\n", headers=kind).json()["predictions"]
    asked = {"model": "crime", "input": {"datetime": "2014-09-30 23:51", "district": "MISSION"}}
    [same] = client.post("/predict", json=asked).json()["predictions"]
    assert (answer["class"], answer["score"]) == (same["class"], same["score"])
    assert_refused(client.post(CRIME, content='"' + "x" * 200_000, headers=kind), 422, "invalid_input")
