"""`python -m core batch` in processes of its own: killed and continued, stopped by Ctrl-C, and what it prints."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from core.settings import CHECKOUT
from core.store import Query, Store
from tests.batch.conftest import write_words
from tests.conftest import own_names
from tests.support import toys

pytestmark = pytest.mark.e2e

FILES = 1000  # in folders of ten
SLOW = FILES // 10  # one "slow" in each folder, so that every call of the model pauses and a stop meets work
SECONDS = 240


@pytest.fixture
def command(tmp_path, database_url):
    write_words(tmp_path / "in", FILES, **{f"d{number:03}/slow.txt": "slow" for number in range(SLOW)})
    known = toys.install(tmp_path / "toy")
    kept = {name: value for name, value in os.environ.items() if name not in own_names()}
    environment = {**kept, **known, "LOOKOUT_DATA_DIR": str(tmp_path / "data"), "LOOKOUT_DATABASE_URL": database_url}

    def start(*flags: str) -> subprocess.Popen[str]:
        arguments = ["batch", "toy", str(tmp_path / "in"), str(tmp_path / "out.jsonl"), "--workers", "2", *flags]
        return subprocess.Popen(
            [sys.executable, "-m", "core", *arguments],
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def wait_for_shards(process, parts, shards):
    deadline = time.monotonic() + SECONDS
    while len(list(parts.glob("*.part"))) < shards and time.monotonic() < deadline:
        assert process.poll() is None, "it ended before it could be interrupted"
        time.sleep(0.002)


def finished(process):
    told, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    return json.loads(told.splitlines()[-1])


def check_exact(summary, database_url, tmp_path):
    """One row for each input, in the result and in the log."""
    total = FILES + SLOW
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert (summary["answered"], summary["failed"], len(lines)) == (total, 0, total)
    assert len({line["file"] for line in lines}) == len({line["prediction_id"] for line in lines}) == total
    log = Store(database_url)
    ids = {row["id"] for row in log.rows(Query(batch=summary["batch"]), columns=("id",), limit=2 * total)}
    assert log.count(Query()) == len(ids) == total
    log.close()
    assert ids == {line["prediction_id"] for line in lines}
    assert [path.name for path in tmp_path.glob("out*")] == ["out.jsonl"]


def test_a_killed_run_goes_on_and_its_workers_end_with_it(command, database_url, tmp_path):
    for kill in range(2):
        running = command("--json")
        wait_for_shards(running, tmp_path / "out.jsonl.parts", kill + 1)
        workers = psutil.Process(running.pid).children(recursive=True)
        running.kill()
        running.communicate(timeout=SECONDS)
        assert psutil.wait_procs(workers, timeout=30)[1] == []
    summary = finished(command("--json"))
    assert summary["earlier"] >= 2 * 64
    check_exact(summary, database_url, tmp_path)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_says_that_the_same_command_goes_on_and_so_it_does(command, database_url, tmp_path, stop):
    running = command()
    wait_for_shards(running, tmp_path / "out.jsonl.parts", 1)
    workers = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(stop)
    _, told = running.communicate(timeout=SECONDS)
    assert running.returncode == 130
    assert told.splitlines()[-1] == "Stopped. What was answered is kept: the same command goes on from there."
    assert "Traceback" not in told
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    check_exact(finished(command("--json")), database_url, tmp_path)
