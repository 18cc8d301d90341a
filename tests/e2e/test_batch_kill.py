"""`kill -9` in the middle of a table: the same command goes on, no row is logged twice and none is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pandas as pd
import pytest

from core.batch.shards import SHARD
from core.settings import CHECKOUT
from core.store import Query, Store
from tests.conftest import own_names
from tests.support.incidents import incidents

pytestmark = pytest.mark.e2e

ROWS = 3 * SHARD + 1
KILLS = 2
SECONDS = 240


@pytest.fixture
def command(tmp_path, database_url):
    incidents(ROWS).to_csv(tmp_path / "in.csv", index=False)
    kept = {name: value for name, value in os.environ.items() if name not in own_names()}
    environment = {**kept, "LOOKOUT_DATA_DIR": str(tmp_path / "data"), "LOOKOUT_DATABASE_URL": database_url}
    arguments = ["predict", "crime", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"), "--json"]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "core", *arguments],
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    return start


def kill_after(process: subprocess.Popen[str], parts, shards: int) -> None:
    """End it at once, as soon as so many shards are written; a little later each time."""
    deadline = time.monotonic() + SECONDS
    while len(list(parts.glob("*.part"))) < shards and time.monotonic() < deadline:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    process.kill()
    process.communicate(timeout=SECONDS)


def test_a_killed_run_goes_on_with_the_same_command(command, database_url, tmp_path):
    for kill in range(KILLS):
        kill_after(command(), tmp_path / "out.csv.parts", kill + 1)
        assert not (tmp_path / "out.csv").exists()
    log = Store(database_url)
    before = log.count(Query())
    assert KILLS * SHARD <= before < ROWS
    done, _ = (ended := command()).communicate(timeout=SECONDS)
    assert ended.returncode == 0
    summary = json.loads(done.splitlines()[-1])
    ids = {row["id"] for row in log.rows(Query(batch=summary["batch"]), columns=("id",), limit=ROWS + 1)}
    assert log.count(Query()) == len(ids) == ROWS
    log.close()
    result = pd.read_csv(tmp_path / "out.csv")
    assert result["row"].tolist() == list(range(2, ROWS + 2))
    assert set(result["prediction_id"]) == ids
    assert sum(summary["ways"].values()) == summary["answered"] == ROWS
    assert [path.name for path in tmp_path.glob("out*")] == ["out.csv"]
