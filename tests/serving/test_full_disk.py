"""A full disk: 503, not ready, nothing broken; with room, or after a start on a full disk, all is well by itself."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys

import pytest

from tests.serving.conftest import answers_again, ask, comes, status, told

pytestmark = pytest.mark.e2e
pytest.importorskip("resource")

MB = 1_000_000


class SmallDisk:
    """A file system of its own in memory, filled by a file (needs the right to mount)."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
        subprocess.run(command, check=True, capture_output=True)

    def fill(self, _server):
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 65536)
            except OSError:
                pass

    def empty(self, _server):
        (self.folder / "filler").unlink()

    def remove(self):
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


class NoLongerFiles:
    """Where nobody may mount: the server's process may make no file longer than it could be on a full disk."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def fill(self, server):
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))

    def empty(self, server):
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)

    def remove(self):
        pass


@pytest.fixture(params=[SmallDisk, NoLongerFiles])
def disk(request, tmp_path):
    if sys.platform != "linux":
        pytest.skip("neither tmpfs nor prlimit are there")
    try:
        made = request.param(tmp_path / "disk")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting is not allowed here; the other way is")
    yield made
    made.remove()


def test_a_full_disk_is_told_and_survived_also_by_a_server_that_starts_on_it(disk, start_toy):
    server = start_toy(LOOKOUT_DATA_DIR=str(disk.folder / "data"))
    answered = [ask(server)[0] for _ in range(3)]
    disk.fill(server)
    assert comes(lambda: ask(server)[0].status_code == 503), server.said
    refused = ask(server)[0]
    assert (refused.status_code, refused.json()["error"]) == (503, "store_unavailable")
    assert comes(lambda: status(server, "/readyz")[0] == 503)
    assert status(server, "/healthz")[0] == 200
    disk.empty(server)
    assert answers_again(server), server.said
    answered.append(ask(server)[0])

    server.stop()  # gives back what stands beside the database, so that a start has to make it anew
    server.start(wait=False) if isinstance(disk, NoLongerFiles) else disk.fill(server)
    disk.fill(server) if isinstance(disk, NoLongerFiles) else server.start(wait=False)
    assert comes(lambda: _is_refused(server)), server.said
    assert server.process.poll() is None
    disk.empty(server)
    assert answers_again(server), server.said
    answered.append(ask(server)[0])
    server.stop()
    database = sqlite3.connect(disk.folder / "data" / "lookout.db")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    logged = {row[0] for row in database.execute("SELECT id FROM predictions")}
    database.close()
    assert len(told(answered)) == 5
    assert set(told(answered)) <= logged


def _is_refused(server):
    try:
        return status(server, "/readyz")[0] == 503 and ask(server)[0].status_code == 503
    except OSError:
        return False
    except Exception as problem:  # noqa: BLE001 - httpx2's own, while nothing listens yet
        return "onnect" not in repr(problem) and (_ for _ in ()).throw(problem)
