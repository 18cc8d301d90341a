"""`kill -9` while clients post photos: every prediction that a client was told of is in the log."""

from __future__ import annotations

import base64
import json
import random
import threading
import time

import httpx2
import psutil
import pytest

from core.settings import CHECKOUT
from core.store import Query, Store
from tests.support import bad_photos

pytestmark = pytest.mark.e2e

CLIENTS = 4
ROUNDS = 3
LONGEST_ROUND_S = 20  # a round ends earlier, as soon as enough was answered
ENOUGH = 12  # answers per round, before the process is killed
PHOTO = base64.b64encode(bad_photos.jpeg(seed=5, width=320, height=240)).decode()


class Client(threading.Thread):
    """Posts photos until the server is gone, and keeps the ids that it was told."""

    def __init__(self, url: str, instances: int) -> None:
        super().__init__(daemon=True)
        self.url, self.instances = url, instances
        self.told: list[str] = []

    def run(self) -> None:
        body = {"model": "waste", "instances": [{"image": {"b64": PHOTO}}, {"image": "no photo"}] * self.instances}
        try:
            with httpx2.Client(base_url=self.url, timeout=30) as client:
                while True:
                    answer = client.post("/predict", json=body)
                    self.told += [one["prediction_id"] for one in answer.json()["predictions"]]
        except httpx2.HTTPError:
            return  # killed, as planned


def post_until_killed(server) -> list[str]:
    """Let four clients post, kill the server in the middle of it, and return every id that they were told."""
    clients = [Client(server.url, instances) for instances in (1, 1, 2, 10)][:CLIENTS]
    for client in clients:
        client.start()
    deadline = time.monotonic() + LONGEST_ROUND_S
    while sum(len(client.told) for client in clients) < ENOUGH and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(random.random() * 0.3)  # anywhere within a request
    workers = psutil.Process(server.process.pid).children()
    server.kill()
    for worker in workers:
        worker.kill()
    for client in clients:
        client.join(30)
        assert not client.is_alive()
    return [prediction_id for client in clients for prediction_id in client.told]


@pytest.fixture
def models(tmp_path):
    """The shipped version of waste alone: the server starts many times, and this is all that it is asked."""
    folder, shipped = tmp_path / "models", CHECKOUT / "models"
    champion = json.loads((shipped / "aliases.json").read_text())["waste"]["champion"]
    (folder / "waste").mkdir(parents=True)
    (folder / "waste" / champion).symlink_to(shipped / "waste" / champion)
    (folder / "aliases.json").write_text(json.dumps({"waste": {"champion": champion}}))
    return folder


@pytest.mark.parametrize(("pages", "workers"), [("off", "1"), ("off", "4"), ("on", "1")])
def test_every_prediction_that_a_client_was_told_of_is_in_the_log_after_kill_9(
    start_server, database_url, models, pages, workers
):
    if pages == "on" and not database_url.startswith("sqlite"):
        pytest.skip("the same path on the same store as with the pages off")
    server = start_server(
        LOOKOUT_DATABASE_URL=database_url,
        LOOKOUT_MODELS_DIR=str(models),
        LOOKOUT_PAGES=pages,
        LOOKOUT_WORKERS=workers,
    )
    told: list[str] = []
    for _ in range(ROUNDS if pages == "off" else 1):
        received = post_until_killed(server)
        assert len(received) >= ENOUGH, server.said
        told += received
        server.start()  # on the same log, with whatever locks the killed process left behind
    with httpx2.Client(base_url=server.url) as client:
        for prediction_id in told[-5:]:
            assert client.get(f"/predictions/{prediction_id}").json()["id"] == prediction_id
    log = Store(database_url)
    rows = {row["id"]: row["status"] for row in log.rows(Query(), columns=("id", "status"), limit=1_000_000)}
    log.close()
    assert len(told) == len(set(told))
    assert [prediction_id for prediction_id in told if prediction_id not in rows] == []
    assert {rows[prediction_id] for prediction_id in told} == {"answered", "failed"}
    server.stop()
