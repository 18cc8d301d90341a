"""Four processes that evaluate on one store: each message comes once, also when the one that evaluates is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from core.settings import CHECKOUT
from core.store.alerts.tables import leases
from tests.support.alerts.webhooks import WebhookReceiver

SECONDS = 90  # on a machine that does other work
QUIET = 4  # seconds in which a second copy would come: each process takes a step every second


@pytest.fixture
def receiver():
    running = WebhookReceiver()
    yield running
    running.end()


@pytest.fixture
def processes(store, database_url, receiver, tmp_path):
    """Four running processes, whose reading stands in the file `reading`."""
    (tmp_path / "reading").write_text("0.0")
    command = [
        sys.executable,
        "-m",
        "tests.support.alerts.process",
        database_url,
        str(tmp_path / "reading"),
        receiver.url,
    ]
    running = [
        subprocess.Popen(command, cwd=CHECKOUT, env=dict(os.environ), stderr=subprocess.DEVNULL) for _ in range(4)
    ]
    wait_for(lambda: store.alerts.states())
    yield {process.pid: process for process in running}
    for process in running:
        process.terminate()
    for process in running:
        process.wait(30)


def wait_for(condition):
    deadline = time.monotonic() + SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return result


def holder(store):
    """The process that evaluates."""
    with store.engine.connect() as connection:
        name = connection.execute(sa.select(leases.c.holder)).scalar_one()
    return int(name.split("/")[1])


def test_each_message_comes_once_also_when_the_process_that_evaluates_is_killed(store, processes, receiver, tmp_path):
    (tmp_path / "reading").write_text("0.5")
    wait_for(lambda: receiver.received)
    time.sleep(QUIET)
    killed = holder(store)
    os.kill(killed, signal.SIGKILL)
    processes[killed].wait()
    (tmp_path / "reading").write_text("0.0")
    wait_for(lambda: len(receiver.received) > 1)
    time.sleep(QUIET)
    assert holder(store) != killed
    kinds = [(body["kind"], [line["labels"]["district"] for line in body["alerts"]]) for _, body in receiver.received]
    assert kinds == [("firing", ["BAYVIEW", "MISSION"]), ("resolved", ["BAYVIEW", "MISSION"])]
    assert [row["tries"] for row in store.alerts.outbox.newest()] == [1, 1]
    assert len(store.alerts.events()) == 4
