"""A toy server in a process of its own, and what is asked of it while something is wrong."""

from __future__ import annotations

import time

import httpx2
import pytest

from tests.support import toys

PATIENCE = 40  # s, on a busy machine, for what is to come back by itself


@pytest.fixture
def start_toy(start_server, tmp_path):
    """`start_toy(**environment)`: a server of the toy system alone, without pages."""
    known = toys.install(tmp_path / "toy")

    def start(*, wait=True, **environment):
        return start_server(wait=wait, **{"LOOKOUT_PAGES": "off", "LOOKOUT_ALERTS": "off", **known, **environment})

    return start


def ask(server, word="cup", **more):
    """The answer to one word, and how long it took."""
    body = {"model": "toy", "instances": [{"word": word}]}
    started = time.monotonic()
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        answer = client.post("/predict", json=body, **more)
    return answer, time.monotonic() - started


def status(server, path):
    """The status of a GET, and how long it took."""
    started = time.monotonic()
    answer = httpx2.get(f"{server.url}{path}", timeout=60)
    return answer.status_code, time.monotonic() - started


def comes(what, seconds=PATIENCE):
    """Whether `what()` becomes true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.2)
    return False


def answers_again(server):
    """Whether a word is answered and the server calls itself ready, soon."""
    return comes(lambda: ask(server)[0].status_code == 200) and comes(lambda: status(server, "/readyz")[0] == 200)


def told(answers):
    """The ids that callers were told."""
    good = [answer for answer in answers if answer.status_code == 200]
    return [one["prediction_id"] for answer in good for one in answer.json()["predictions"]]
