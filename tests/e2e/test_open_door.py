"""No open door: real processes that refuse to start, and what is behind a login once they do."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx2
import pytest

from core.settings import CHECKOUT
from tests.conftest import free_port, own_names
from tests.support import toys

pytestmark = pytest.mark.e2e

KEY = "a-key-of-sixteen-characters"
PASSWORD = "a-password-of-some-length"
SERVE = ["-m", "core", "serve"]
EVERYWHERE = "0.0.0.0"  # bound only; every request below goes to 127.0.0.1


def refused(tmp_path, arguments, **environment):
    """Run a server that must end by itself; its exit code and what it said."""
    kept = {name: value for name, value in os.environ.items() if name not in own_names()}
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        env={**kept, "LOOKOUT_DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port()), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not (tmp_path / "data" / "lookout.db").exists(), "it went on to open the log"
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


def streamlit(*flags):
    return ["-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={free_port()}", *flags]


def test_without_keys_another_host_is_refused_with_the_reason(tmp_path):
    code, said = refused(tmp_path, SERVE, HOST=EVERYWHERE)
    assert code == 2
    assert "HOST=0.0.0.0 would let other machines use the API without a key. Set LOOKOUT_API_KEYS" in said


def test_with_keys_but_pages_without_a_login_it_is_refused(tmp_path):
    code, said = refused(tmp_path, SERVE, HOST=EVERYWHERE, LOOKOUT_API_KEYS=KEY)
    assert code == 2
    assert "LOOKOUT_PAGES_PASSWORD, or LOOKOUT_PAGES=off" in said


def test_with_a_password_but_no_keys_it_is_refused(tmp_path):
    code, said = refused(tmp_path, SERVE, HOST=EVERYWHERE, LOOKOUT_PAGES_PASSWORD=PASSWORD)
    assert code == 2
    assert "LOOKOUT_API_KEYS" in said


def test_a_weak_key_is_refused_and_not_told(tmp_path):
    code, said = refused(tmp_path, SERVE, HOST=EVERYWHERE, LOOKOUT_API_KEYS="hunter2", LOOKOUT_PAGES="off")
    assert code == 2
    assert "at least 16 characters" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("flags", [["--server.address=0.0.0.0"], ["--server.address="]], ids=["everywhere", "not said"])
def test_streamlits_own_command_is_refused_too(tmp_path, flags):
    code, said = refused(tmp_path, streamlit(*flags))
    assert code == 2
    assert "LOOKOUT_API_KEYS" in said


def test_streamlits_own_command_does_not_bring_up_pages_that_are_switched_off(tmp_path):
    settings = {"LOOKOUT_API_KEYS": KEY, "LOOKOUT_PAGES": "off"}
    code, said = refused(tmp_path, streamlit("--server.address=0.0.0.0"), **settings)
    assert code == 2
    assert "python -m core serve" in said


def test_with_keys_and_without_pages_the_api_alone_answers_on_any_host(start_server, tmp_path):
    server = start_server(
        HOST=EVERYWHERE, LOOKOUT_API_KEYS=f"robot:{KEY}", LOOKOUT_PAGES="off", **toys.install(tmp_path / "toy")
    )
    question = {"model": "toy", "input": {"word": "cup"}}
    with httpx2.Client(base_url=server.url) as client:
        assert client.post("/predict", json=question).status_code == 401
        answer = client.post("/predict", json=question, headers={"authorization": f"Bearer {KEY}"})
        assert answer.json()["predictions"][0]["class"] == "short"
        assert client.get("/").status_code == 404
        assert client.get("/_stcore/health").status_code == 404


def test_with_a_password_the_pages_show_the_login_and_nothing_else(start_server, tmp_path, browser_page):
    server = start_server(
        HOST=EVERYWHERE, LOOKOUT_API_KEYS=KEY, LOOKOUT_PAGES_PASSWORD=PASSWORD, **toys.install(tmp_path / "toy")
    )
    for path in ("", "monitoring", "waste", "images", "toy", "home"):
        browser_page.goto(f"{server.url}/{path}")
        browser_page.get_by_label("Password", exact=True).wait_for()
        assert browser_page.get_by_test_id("stSidebarNav").count() == 0
        assert "Toy words" not in browser_page.content()
    browser_page.get_by_label("Password", exact=True).fill("wrong")
    browser_page.get_by_role("button", name="Log in").click()
    browser_page.get_by_text("Received another one").wait_for()
    browser_page.goto(server.url)
    browser_page.get_by_label("Password", exact=True).fill(PASSWORD)
    browser_page.get_by_role("button", name="Log in").click()
    browser_page.get_by_text("Toy words").first.wait_for()
    with httpx2.Client(base_url=server.url) as client:
        assert client.post("/predict", json={"model": "toy", "input": {"word": "cup"}}).status_code == 401
        assert client.get("/metrics").status_code == 401
