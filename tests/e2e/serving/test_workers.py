"""`serve --workers N`: several processes answer on one port, are counted as one, and are replaced when they die."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psutil
import pytest

from core.settings import CHECKOUT
from core.store import Query, Store
from tests.conftest import Server
from tests.support import bad_photos, floods

pytestmark = pytest.mark.e2e

WORKERS = 3
PHOTO = base64.b64encode(bad_photos.jpeg(seed=5, width=320, height=240)).decode()
SECONDS = 60


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A ready server of several workers, with the shipped models."""
    running = Server(tmp_path_factory.mktemp("workers"), {"LOOKOUT_PAGES": "off", "LOOKOUT_WORKERS": str(WORKERS)})
    try:
        yield running.start()
    finally:
        running.stop()


def workers_of(server: Server) -> list[psutil.Process]:
    """The processes that answer."""
    assert server.process is not None
    return psutil.Process(server.process.pid).children()


def ask(server: Server, **body: object) -> httpx2.Response:
    """A prediction asked for on a connection of its own, so that any worker may take it."""
    return httpx2.post(f"{server.url}/predict", json=body, timeout=SECONDS)


def counted(server: Server) -> float:
    """Answered requests for predictions, as /metrics tells."""
    text = httpx2.get(f"{server.url}/metrics", timeout=SECONDS).text
    found = re.findall(
        r'^lookout_http_requests_total\{code="200",method="POST",path="/predict"\} (\S+)', text, re.MULTILINE
    )
    return sum(map(float, found))


def test_every_answer_is_logged_and_counted_whichever_worker_gave_it(group: Server) -> None:
    deadline = time.monotonic() + SECONDS
    while len(workers_of(group)) < WORKERS:  # the server is ready with the first of them
        assert time.monotonic() < deadline
        time.sleep(0.05)
    before = counted(group)
    busy = [worker.cpu_times().user for worker in workers_of(group)]
    with ThreadPoolExecutor(WORKERS * 2) as clients:
        answers = list(clients.map(lambda _: ask(group, image=PHOTO), range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["predictions"][0]["class"] for answer in answers} == {
        answers[0].json()["predictions"][0]["class"]
    }
    log = Store(f"sqlite:///{group.folder / 'data' / 'lookout.db'}")
    rows = {row["id"] for row in log.rows(Query(system="waste"), columns=("id",))}
    log.close()
    assert {answer.json()["predictions"][0]["prediction_id"] for answer in answers} <= rows
    assert counted(group) == before + 40
    worked = [worker.cpu_times().user - was for worker, was in zip(workers_of(group), busy, strict=True)]
    assert sum(share > 0 for share in worked) > 1, "one worker did it all"


def test_a_forked_worker_computes_floods(group: Server) -> None:
    with ThreadPoolExecutor(WORKERS) as clients:
        answers = list(clients.map(lambda _: ask(group, model="flood", input=floods.request()), range(WORKERS)))
    assert {answer.status_code for answer in answers} == {200}
    depths = {answer.json()["predictions"][0]["summary"]["flooded_m2"] for answer in answers}
    assert len(depths) == 1


def test_a_worker_that_dies_is_replaced_and_the_others_answer_meanwhile(group: Server) -> None:
    victim = workers_of(group)[0]
    victim.kill()
    deadline = time.monotonic() + SECONDS
    while True:
        alive = workers_of(group)
        if len(alive) == WORKERS and victim.pid not in {worker.pid for worker in alive}:
            break
        assert time.monotonic() < deadline, group.said
        time.sleep(0.1)
    with ThreadPoolExecutor(WORKERS) as clients:
        assert {each.status_code for each in clients.map(lambda _: ask(group, image=PHOTO), range(12))} == {200}
    assert "lookout_http_requests_in_progress 0.0" in httpx2.get(f"{group.url}/metrics").text


def test_sigterm_lets_what_was_begun_finish_and_ends_with_0(start_server) -> None:
    server = start_server(LOOKOUT_PAGES="off", LOOKOUT_WORKERS="2")
    told: list[str] = []
    failed: list[str] = []

    def post() -> None:
        while True:
            try:
                answer = ask(server, image=PHOTO)
            except httpx2.ConnectError:
                return  # a proxy would ask another server
            except httpx2.HTTPError as problem:
                failed.append(repr(problem))
                return
            if answer.status_code != 200:
                failed.append(answer.text)
                return
            told.append(answer.json()["predictions"][0]["prediction_id"])

    clients = [threading.Thread(target=post, daemon=True) for _ in range(6)]
    for client in clients:
        client.start()
    while len(told) < 20:
        time.sleep(0.01)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(SECONDS) == 0, server.said
    for client in clients:
        client.join(SECONDS)
    assert failed == []
    log = Store(f"sqlite:///{server.folder / 'data' / 'lookout.db'}")
    rows = {row["id"] for row in log.rows(Query(), columns=("id",), limit=100_000)}
    log.close()
    assert set(told) <= rows


def test_workers_end_when_the_process_that_forked_them_is_killed(start_server) -> None:
    server = start_server(LOOKOUT_PAGES="off", LOOKOUT_WORKERS="2")
    workers = workers_of(server)
    server.kill()
    _gone, alive = psutil.wait_procs(workers, timeout=SECONDS)
    assert alive == []


def serve(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m core serve`, which is expected to refuse."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
    return subprocess.run(
        [sys.executable, "-m", "core", "serve", *arguments],
        cwd=CHECKOUT,
        env={**kept, "LOOKOUT_DATA_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_workers_beside_pages_are_refused_in_words(tmp_path: Path) -> None:
    ended = serve(tmp_path, "--workers", "2")
    assert ended.returncode == 2
    assert "LOOKOUT_PAGES=off" in ended.stderr


def test_a_number_of_workers_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    ended = serve(tmp_path, "--workers", "0", LOOKOUT_PAGES="off")
    assert ended.returncode == 2
    assert "LOOKOUT_WORKERS" in ended.stderr


def test_a_long_forecast_can_be_asked_for_at_any_worker(start_server) -> None:
    server = start_server(LOOKOUT_PAGES="off", LOOKOUT_WORKERS="2", LOOKOUT_JOB_SECONDS="0")
    accepted = ask(server, model="flood", input=floods.request())
    assert accepted.status_code == 202
    deadline = time.monotonic() + SECONDS
    while True:  # each on a connection of its own, which either worker may take
        told = [httpx2.get(server.url + accepted.json()["url"], timeout=SECONDS).json() for _ in range(6)]
        if all(each["state"] == "done" for each in told):
            break
        assert {each["state"] for each in told} <= {"waiting", "working", "done"}, told
        assert time.monotonic() < deadline
    assert {each["result"]["predictions"][0]["prediction_id"] for each in told} == {
        told[0]["result"]["predictions"][0]["prediction_id"]
    }
