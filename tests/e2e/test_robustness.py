"""Bad input against a real server: each gets an answer or a refusal in words, and the process stays up."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest
from PIL import Image

from tests.support import bad_photos

pytestmark = pytest.mark.e2e

MB = 1_000_000
GOOD = bad_photos.jpeg(seed=2, width=320, height=240)
MEMORY_MARGIN_MB = 400  # what a hostile request may cost for a while


@pytest.fixture(autouse=True)
def _the_process_stays_up(server):
    """The same process answers after each test, and has not grown without bound."""
    before = memory_mb(server)
    yield
    assert server.process.poll() is None, server.said
    assert httpx2.get(f"{server.url}/healthz", timeout=30).json() == {"status": "ok"}
    assert memory_mb(server) - before < MEMORY_MARGIN_MB


@pytest.fixture
def client(server):
    with httpx2.Client(base_url=server.url, timeout=120) as asking:
        yield asking


def memory_mb(server) -> float:
    return psutil.Process(server.process.pid).memory_info().rss / MB


def b64(data: bytes) -> dict:
    return {"image": {"b64": base64.b64encode(data).decode()}}


def ask(client, *photos):
    return client.post("/predict", json={"model": "waste", "instances": [b64(photo) for photo in photos]})


@pytest.mark.parametrize("data", bad_photos.UNREADABLE.values(), ids=bad_photos.UNREADABLE.keys())
def test_what_is_no_photo_is_refused_and_the_rest_of_its_batch_is_answered(client, data):
    alone = ask(client, data)
    assert alone.status_code == 422
    assert alone.json()["error"] == "unreadable_photo"
    assert "Expected a JPEG" in alone.json()["detail"]
    among = ask(client, GOOD, data, GOOD).json()["predictions"]
    assert ["class" in one for one in among] == [True, False, True]
    assert client.get(f"/predictions/{among[1]['prediction_id']}").json()["status"] == "failed"


@pytest.mark.parametrize("data", bad_photos.ODD.values(), ids=bad_photos.ODD.keys())
def test_an_odd_photo_is_answered(client, data):
    answer = ask(client, data)
    assert answer.status_code == 200, answer.text
    assert answer.json()["predictions"][0]["class"]


def test_a_decompression_bomb_is_refused_and_the_rest_of_its_batch_is_answered(client):
    bomb = bad_photos.bomb_png()
    alone = ask(client, bomb)
    assert (alone.status_code, alone.json()["error"]) == (413, "too_large")
    among = ask(client, GOOD, *[bomb] * 20, GOOD).json()["predictions"]
    assert ["class" in one for one in among] == [True, *[False] * 20, True]


def test_photos_just_under_the_limit_do_not_fill_the_memory(client, server):
    large = bad_photos.encode(Image.new("1", (8900, 8900)), "PNG")  # 79 megapixels in a few KB
    seen: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            seen.append(memory_mb(server))

    watching = threading.Thread(target=watch)
    watching.start()
    before = memory_mb(server)
    try:
        answer = ask(client, *[large] * 6)
    finally:
        done.set()
        watching.join()
    assert answer.status_code == 200
    assert max(seen) - before < 1200  # one such photo decoded takes 240 MB; six at once would take 1,440


@pytest.mark.parametrize("orientation", bad_photos.UNDO)
def test_a_photo_turned_by_exif_gets_the_answer_of_the_upright_one(client, orientation):
    upright, turned = ask(client, bad_photos.turned_jpeg(1), bad_photos.turned_jpeg(orientation)).json()["predictions"]
    assert turned["class"] == upright["class"]
    assert turned["score"] == pytest.approx(upright["score"], abs=0.05)


def test_500_photos_in_one_request_are_answered_though_one_is_broken(client):
    photos = [bad_photos.jpeg(seed, 96, 64) for seed in range(500)]
    photos[250] = b"not a photo"
    answer = client.post("/predict", json={"model": "waste", "instances": [b64(p) for p in photos]}, timeout=300)
    assert answer.status_code == 200
    made = answer.json()["predictions"]
    assert ["class" in one for one in made] == [place != 250 for place in range(500)]
    assert len({one["prediction_id"] for one in made}) == 500


def test_500_small_requests_from_16_clients_are_all_answered_and_logged(client, server):
    body = {"model": "waste", "input": b64(bad_photos.jpeg(3, 96, 64))}
    limits = httpx2.Limits(max_connections=16)
    with httpx2.Client(base_url=server.url, timeout=120, limits=limits) as many, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: many.post("/predict", json=body), range(500)))
    assert {answer.status_code for answer in answers} == {200}
    ids = {answer.json()["predictions"][0]["prediction_id"] for answer in answers}
    assert len(ids) == 500
    assert client.get(f"/predictions/{ids.pop()}").status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        base64.encodebytes(GOOD).decode(),
        " ".join(base64.b64encode(GOOD).decode()[place : place + 60] for place in range(0, len(GOOD) * 4 // 3 + 4, 60)),
        "data:image/jpeg;base64," + base64.b64encode(GOOD).decode(),
        base64.urlsafe_b64encode(GOOD).decode().rstrip("="),
        "\r\n\t " + base64.b64encode(GOOD).decode() + "\n",
    ],
    ids=["lines", "spaces", "data URL", "URL-safe without padding", "white space around"],
)
def test_base64_in_other_clothes_gets_the_same_answer(client, text):
    expected = ask(client, GOOD).json()["predictions"][0]
    for body in ({"image": text}, {"model": "waste", "input": {"image": text}}, {"image": {"b64": text}}):
        answer = client.post("/predict", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["predictions"][0]["class"] == expected["class"]


@pytest.mark.parametrize(
    "image",
    [
        "",
        "not base64 at all!",
        "AAAA",
        "====",
        5,
        None,
        True,
        [],
        {},
        {"b64": 5},
        {"b64": "", "more": 1},
        [["deep"]],
        "ü",
        "\0",
    ],
    ids=repr,
)
def test_what_is_no_base64_photo_is_refused_in_words(client, image):
    answer = client.post("/predict", json={"model": "waste", "input": {"image": image}})
    assert answer.status_code == 422
    assert "Expected" in answer.json()["detail"] or "image" in answer.json()["detail"]


def raw(server, head: str, body) -> tuple[int, dict]:
    """Send a request by hand, as a program without manners does; the status and the answer."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(head.encode())
        with suppress(OSError):  # the server has said no and hung up
            for part in body:
                connection.sendall(part)
        with http.client.HTTPResponse(connection) as answer:
            answer.begin()
            return answer.status, json.loads(answer.read())


HEAD = "POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def hundred_mb():
    yield b'{"image": "'
    for _ in range(100):
        yield b"A" * MB
    yield b'"}'


def test_a_json_of_100_mb_is_413_and_not_kept_in_memory(server):
    before = memory_mb(server)
    status, answer = raw(server, f"{HEAD}Content-Length: {100 * MB + 13}\r\n\r\n", hundred_mb())
    assert (status, answer["error"]) == (413, "too_large")
    assert memory_mb(server) - before < 100


def test_a_json_of_100_mb_of_undeclared_length_is_413_too(server):
    chunks = (b"%x\r\n%s\r\n" % (len(part), part) for part in hundred_mb())
    status, answer = raw(server, f"{HEAD}Transfer-Encoding: chunked\r\n\r\n", chunks)
    assert (status, answer["error"]) == (413, "too_large")


def test_an_ordinary_client_that_sends_100_mb_reads_the_413(client):
    answer = client.post("/predict", content=hundred_mb(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_clients_that_go_away_in_the_middle_leave_nothing_behind(server, client):
    address = urlsplit(server.url)
    for _ in range(30):
        gone = socket.create_connection((address.hostname, address.port), timeout=10)
        gone.sendall(f"{HEAD}Content-Length: 5000\r\n\r\n".encode() + b'{"image": "AAAA')
        gone.close()
    assert ask(client, GOOD).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"model": "waste", "input": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"model": "waste", "input": ' + b'{"a":' * 900 + b"1" + b"}" * 901,
        b'{"image": NaN}',
        b'{"image": -Infinity}',
        b'{"image": ' + b"9" * 10_000 + b"}",
        '{"image": "größe"}'.encode("latin-1"),
        b'{"image": "\\ud800"}',
        b'{"model": "waste", "instances": ' + json.dumps([1] * 1000).encode() + b"}",
        b"",
        b"\0" * 1000,
    ],
    ids=[
        "open",
        "deep",
        "deep objects",
        "NaN",
        "Infinity",
        "10,000 digits",
        "Latin-1",
        "surrogate",
        "1000 numbers",
        "empty",
        "NULs",
    ],
)
def test_json_that_is_no_question_is_refused_in_words(client, body):
    answer = client.post("/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"] in ("invalid_input", "unreadable_photo")


@pytest.mark.parametrize(
    "kind", ["text/plain", "image/jpeg", "application/x-www-form-urlencoded", "application/json; charset=ebcdic"]
)
def test_a_wrong_content_type_or_charset_is_refused_or_does_no_harm(client, kind):
    content = json.dumps({"image": base64.b64encode(GOOD).decode()})
    answer = client.post("/predict", content=content, headers={"content-type": kind})
    is_read = kind.startswith(("application/json", "application/x-www-form-urlencoded"))
    assert answer.status_code == (200 if is_read else 422)


def test_a_photo_sent_as_it_is_is_answered_and_what_only_says_so_is_refused(client):
    for content, status in ((GOOD, 200), (GOOD[:100], 422), (b"", 422)):
        answer = client.post("/predict", content=content, headers={"content-type": "image/jpeg"})
        assert answer.status_code == status


@pytest.mark.parametrize("path", ["/predict?model=waste", "/v1/models/waste:predict", "/v2/models/waste/infer"])
def test_a_body_that_unpacks_to_half_a_gigabyte_is_refused(client, path):
    bomb = gzip.compress(bytes(MB)) * 500
    answer = client.post(path, content=bomb, headers={"content-encoding": "gzip", "content-type": "application/json"})
    assert answer.status_code == 413
    assert "unpacks to more" in answer.text


def test_the_pages_still_open_after_all_this(server):
    assert httpx2.get(server.url, timeout=60).status_code == 200


def test_the_description_and_its_files_come_from_the_server_of_the_pages(client):
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)["']""", client.get("/docs").text)
    assert addresses
    assert {client.get(address).status_code for address in addresses} == {200}
