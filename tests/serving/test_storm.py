"""A storm of callers that give up and come back: most of the capacity stays useful, refusals and health are quick."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from base64 import b64encode

import httpx2
import pytest

from core.settings import CHECKOUT
from tests.serving.conftest import comes, status
from tests.support import bad_photos

pytestmark = pytest.mark.e2e

STORM = 8.0  # s
ENOUGH = 20.0  # answers/s unloaded; where others leave the server less, refusals alone take what it has
SETTLED = 2.5  # s after which the first crowd has been answered or has given up


def clients(server, kind, seconds, *flags):
    command = [sys.executable, "-m", "benchmarks.storm.clients", kind, str(server.port), str(seconds), *flags]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE)


def samples(process):
    output, _ = process.communicate(timeout=120)
    return json.loads(output)[0]


def good(met, after=0.0):
    return [seconds for ended, answered, seconds in met if answered == 200 and ended >= after]


@pytest.mark.parametrize("kind", ["closed", "open"])
def test_in_a_storm_most_of_the_capacity_stays_useful_and_refusals_and_health_are_quick(server, kind):
    met = samples(clients(server, "closed", 6, "--count", "8", "--patience", "30"))
    rate = len(good(met)) / 6
    flags = ("--count", "150") if kind == "closed" else ("--rate", str(8 * rate))
    storm = clients(server, kind, STORM, "--patience", "1", *flags)
    health = clients(server, "probe", STORM)
    met, probes = samples(storm), samples(health)
    useful = len(good(met, SETTLED)) / (STORM - SETTLED)
    refused = [seconds for _, answered, seconds in met if answered == 503]
    if rate > ENOUGH:  # on a machine that others use at the same time; the benchmark has the aims
        assert useful > 0.4 * rate
    assert len(refused) > 10
    assert statistics.median(refused) < 0.3
    assert {answered for _, answered, _ in probes} == {200}
    assert statistics.median(seconds for _, _, seconds in probes) < 0.3
    assert {answered for _, answered, _ in met} <= {200, 503, -1}
    assert comes(lambda: status(server, "/readyz")[0] == 200)


def test_health_is_seen_while_large_photos_are_answered(server):
    photo = bad_photos.jpeg(seed=7, width=4000, height=3000)
    body = json.dumps({"image": b64encode(photo).decode()}).encode()
    ended, statuses = time.monotonic() + 6, []

    def post():
        while time.monotonic() < ended:
            headers = {"content-type": "application/json"}
            answer = httpx2.post(f"{server.url}/predict", content=body, headers=headers, timeout=60)
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    probes = samples(clients(server, "probe", 5))
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    assert {answered for _, answered, _ in probes} == {200}
    assert statistics.median(seconds for _, _, seconds in probes) < 0.3
