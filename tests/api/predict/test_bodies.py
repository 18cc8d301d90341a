"""What people send to `POST /predict` beside Lookout's own JSON: lists, forms, files, lines, compressed bodies."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from core.api.bodies import compressed, json_text
from core.errors import InvalidInput, TooLarge
from core.store import Query
from core.store import store as the_store
from tests.api.conftest import JSON, KEY, assert_refused
from tests.support import toys

pytestmark = pytest.mark.usefixtures("toy")
CUP = json.dumps({"model": "toy", "input": {"word": "cup"}}).encode()


def words(answer):
    assert answer.status_code == 200, answer.text
    return [prediction["echo"] for prediction in answer.json()["predictions"]]


def test_a_list_is_the_models_fields_in_their_documented_order(client):
    assert words(client.post("/predict", json={"model": "toy", "input": ["cup"]})) == ["cup"]
    assert words(client.post("/predict", json={"model": "toy", "instances": [["cup"], {"word": "jug"}]})) == [
        "cup",
        "jug",
    ]


def test_a_list_longer_than_the_models_fields_is_refused_with_their_names(client):
    answer = client.post("/predict", json={"model": "toy", "input": ["cup", 2]})
    assert "up to 1 values, which are word" in assert_refused(answer, 422, "invalid_input")["detail"]


def test_curl_need_not_say_that_a_body_is_json(client):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert words(client.post("/predict?model=toy", content=b' {"input": ["cup"]}', headers=kind)) == ["cup"]
    assert words(client.post("/predict", content=CUP, headers={"content-type": ""})) == ["cup"]


def test_fields_of_a_form_are_the_models_fields(client):
    assert words(client.post("/predict", data={"model": "toy", "word": "a cup & more"})) == ["a cup & more"]


def test_the_address_names_model_version_and_site(client):
    answer = client.post("/predict?model=toy&version=2&site=Yard%203", json={"input": {"word": "cup"}})
    assert answer.json()["model_version"] == "2"
    assert answer.json()["predictions"][0]["site"] == "Yard 3"


def test_address_and_body_must_not_contradict_each_other(client):
    answer = client.post("/predict?model=waste", content=CUP, headers=JSON)
    assert "one model" in assert_refused(answer, 422, "invalid_input")["detail"]
    assert words(client.post("/predict?model=toy", content=CUP, headers=JSON)) == ["cup"]


def test_a_setting_names_the_model_where_nothing_else_does(client, monkeypatch):
    unnamed = {"input": ["cup"]}
    assert (
        "LOOKOUT_DEFAULT_MODEL" in assert_refused(client.post("/predict", json=unnamed), 422, "invalid_input")["detail"]
    )
    toys.known(monkeypatch, {"LOOKOUT_DEFAULT_MODEL": "toy"})
    assert words(client.post("/predict", json=unnamed)) == ["cup"]
    assert_refused(client.post("/predict?model=nobody", json=unnamed), 404, "unknown_system")


def test_each_file_of_a_field_is_an_instance_and_a_single_text_goes_to_all(client):
    files = [("word", ("1.txt", b"cup")), ("word", ("2.txt", b"bottle"))]
    assert words(client.post("/predict", data={"model": "toy"}, files=files)) == ["cup", "bottle"]


def test_a_file_under_a_name_of_its_own_is_a_whole_instance(client):
    files = [("file", ("1.txt", b"cup\n")), ("another", ("2.txt", b"jug"))]
    assert words(client.post("/predict?model=toy", files=files)) == ["cup", "jug"]


def test_a_form_may_hold_instances_as_json(client):
    files = [("instances", (None, '[{"word": "cup"}, ["jug"]]'))]
    assert words(client.post("/predict?model=toy", files=files)) == ["cup", "jug"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("word", ("a", b"cup")), ("file", ("b", b"cup"))], "both"),
        ([("instances", (None, "{"))], "JSON"),
        ([("instances", (None, "{}"))], "a JSON list"),
        ([("word", ("a", b"\xff\xfe\xff"))], "UTF-8"),
        ([("colour", (None, "red"))], "word: Field required"),
    ],
)
def test_a_form_that_cannot_be_understood_says_why(client, files, said):
    answer = client.post("/predict?model=toy", files=files)
    assert said in assert_refused(answer, 422, "invalid_input")["detail"]


def test_fields_that_do_not_go_together_are_refused(client):
    files = [("datetime", (None, "2014-09-30")), ("datetime", (None, "2014-09-29")), ("datetime", (None, "2014-09-28"))]
    files += [("district", (None, "A")), ("district", (None, "B"))]
    answer = client.post("/predict?model=crime", files=files)
    assert "each field once, or 3 times" in assert_refused(answer, 422, "invalid_input")["detail"]


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
def test_a_form_without_its_boundary_or_parts_is_422(client, kind):
    answer = client.post("/predict?model=toy", content=CUP, headers={"content-type": kind})
    assert_refused(answer, 422, "invalid_input")


def test_a_raw_body_is_one_file(client):
    kind = {"content-type": "application/octet-stream"}
    assert words(client.post("/predict?model=toy", content=b"cup\n", headers=kind)) == ["cup"]
    assert_refused(client.post("/predict", content=b"cup", headers=kind), 422, "invalid_input")


def test_lines_of_json_are_instances(client):
    kind = {"content-type": "application/x-ndjson"}
    body = b'{"word": "cup"}\n\n["jug"]\n'
    assert words(client.post("/predict?model=toy", content=body, headers=kind)) == ["cup", "jug"]


def test_answers_come_as_lines_if_asked_for_and_are_in_the_log(client):
    body = {"model": "toy", "instances": [["cup"], [""], ["bottle"]]}
    answer = client.post("/predict", json=body, headers={"accept": "application/x-ndjson"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line.get("class", line.get("error")) for line in lines] == ["short", "invalid_input", "long"]
    assert {(line["model"], line["model_version"]) for line in lines} == {("toy", "1")}
    assert the_store().count(Query(system="toy", source="api")) == 3


def test_lines_of_an_unknown_version_are_refused_with_their_status(client):
    body = {"model": "toy", "version": "9", "input": ["cup"]}
    answer = client.post("/predict", json=body, headers={"accept": "application/x-ndjson"})
    assert_refused(answer, 404, "unknown_version")


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("identity", bytes),
    ],
)
def test_a_compressed_body_is_unpacked(client, encoding, pack):
    headers = {**JSON, "content-encoding": encoding}
    assert words(client.post("/predict", content=pack(CUP), headers=headers)) == ["cup"]


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", CUP), ("gzip", gzip.compress(CUP)[:-9]), ("br", CUP)], ids=["not", "cut", "other"]
)
def test_what_is_not_compressed_as_its_header_says_is_422(client, encoding, body):
    answer = client.post("/predict", content=body, headers={**JSON, "content-encoding": encoding})
    assert_refused(answer, 422, "invalid_input")


def test_a_small_body_that_unpacks_to_much_is_refused_early(monkeypatch):
    bomb = gzip.compress(bytes(200_000_000))
    pieces = []
    inflater = zlib.decompressobj

    class Counting:
        def __init__(self, window):
            self.inner = inflater(window)

        def decompress(self, *arguments):
            pieces.append(self.inner.decompress(*arguments))
            return pieces[-1]

        def __getattr__(self, name):
            return getattr(self.inner, name)

    monkeypatch.setattr(compressed.zlib, "decompressobj", Counting)
    with pytest.raises(TooLarge):
        compressed.unpacked(bomb, "gzip", 3_000_000)
    assert sum(map(len, pieces)) < 3_000_000 + 2 * compressed.PIECE


def test_the_limit_of_a_request_holds_for_what_it_unpacks_to(client, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_MAX_REQUEST_MB": "0.01"})
    body = gzip.compress(json.dumps({"model": "toy", "input": {"word": "x" * 20_000}}).encode())
    answer = client.post("/predict", content=body, headers={**JSON, "content-encoding": "gzip"})
    assert_refused(answer, 413, "too_large")


def test_what_another_sites_page_sends_is_refused_unread(client):
    headers = {"origin": "https://elsewhere.example", "content-type": "application/x-www-form-urlencoded"}
    assert_refused(client.post("/predict", content=CUP, headers=headers), 403, "foreign_page")
    assert the_store().count(Query(system="toy")) == 0
    assert words(client.post("/predict", content=CUP, headers={**JSON, "origin": "http://testserver"})) == ["cup"]


def test_a_page_of_this_address_may_ask_also_behind_a_proxy_or_with_a_key(client, monkeypatch):
    page = {**JSON, "origin": "https://lookout.example:8443"}
    assert_refused(client.post("/predict", content=CUP, headers=page), 403, "foreign_page")
    behind = {**page, "x-forwarded-host": "lookout.example:8443"}
    assert words(client.post("/predict", content=CUP, headers=behind)) == ["cup"]
    toys.known(monkeypatch, {"LOOKOUT_PUBLIC_URL": "https://lookout.example:8443/desk"})
    assert words(client.post("/predict", content=CUP, headers=page)) == ["cup"]
    toys.known(monkeypatch, {"LOOKOUT_PUBLIC_URL": "", "LOOKOUT_API_KEYS": KEY})
    keyed = {**page, "authorization": f"Bearer {KEY}"}
    assert words(client.post("/predict", content=CUP, headers=keyed)) == ["cup"]
    assert_refused(client.post("/predict", content=CUP, headers={**page, "origin": "null"}), 401, "unauthorised")


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "[1, 2.5, null, true]", '"\\ud800"', '"\\ud83e\\uddf4"', "NaN", "1e999999"]
)
def test_json_is_read_as_pythons_own_reader_does(text):
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32-be"):
        assert repr(json_text.parsed(text.encode(encoding))) == repr(json.loads(text))


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[" * 100_000, b"9" * 5000, b"\xff\xff", b'{"a": 1} {}'],
    ids=["empty", "open", "deep", "digits", "bytes", "two"],
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(InvalidInput):
        json_text.parsed(text)


def test_csv_without_a_header_has_the_fields_in_their_order(client):
    kind = {"content-type": "text/csv; charset=utf-8; header=absent"}
    assert words(client.post("/predict?model=toy", content="cup\r\njug\r\n", headers=kind)) == ["cup", "jug"]
