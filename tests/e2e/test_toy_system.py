"""A fourth system is one new folder: the toy gets everything that a system gets, without a line changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import httpx2
import pytest

from core.settings import CHECKOUT
from tests.conftest import Server, own_names
from tests.support import toys

pytestmark = pytest.mark.e2e

WORDS = "word,label\ncup,short\nbag,short\ncarton,long\nbottle,long\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("toy")


@pytest.fixture(scope="module")
def environment(folder):
    """The toy's folder made known, with no model yet."""
    (folder / "words.csv").write_text(WORDS)
    known = toys.install(folder, versions=())
    return {**known, "LOOKOUT_DATA_DIR": str(folder / "data")}


@pytest.fixture(scope="module")
def command(environment):
    kept = {name: value for name, value in os.environ.items() if name not in own_names()}

    def run(*arguments):
        ended = subprocess.run(
            [sys.executable, "-m", "core", *map(str, arguments)],
            cwd=CHECKOUT,
            env={**kept, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]

    return run


@pytest.fixture(scope="module")
def trained(command, folder):
    """`python -m core train toy`: a first version, in service."""
    return command("train", "toy", "--data", folder / "words.csv", "--output", folder / "models" / "toy" / "1")[-1]


@pytest.fixture(scope="module")
def toy_server(trained, environment, folder):
    running = Server(folder, environment)
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def client(toy_server):
    with httpx2.Client(base_url=toy_server.url) as asking:
        yield asking


def test_it_is_trained_and_evaluated_on_the_command_line(trained, command, folder):
    assert trained == {"accuracy": 1.0, "threshold": 3}
    [figures] = command("evaluate", "toy", "--data", folder / "words.csv", "--json")
    assert figures == {"n": 4, "accuracy": 1.0, "model_version": "1"}


def test_it_predicts_files_on_the_command_line(trained, command, folder):
    (folder / "cup.txt").write_text("cup")
    [line] = command("predict", "toy", folder / "cup.txt", "--json")
    assert (line["value"], line["model_version"]) == ("short", "1")
    assert line["prediction_id"]


def test_it_has_an_endpoint_a_log_and_feedback(client):
    answer = client.post("/predict", json={"model": "toy", "instances": [{"word": "cup"}, {"word": ""}]}).json()
    good, bad = answer["predictions"]
    assert (good["class"], bad["error"], answer["model_version"]) == ("short", "invalid_input", "1")
    assert client.post("/feedback", json={"prediction_id": good["prediction_id"], "label": "short"}).status_code == 201
    row = client.get(f"/predictions/{good['prediction_id']}").json()
    assert (row["system"], row["value"], row["outcomes"][0]["correct"]) == ("toy", "short", True)
    assert client.get(f"/predictions/{bad['prediction_id']}").json()["status"] == "failed"


def test_it_is_counted_by_the_monitoring(client):
    client.post("/predict", json={"model": "toy", "input": {"word": "cup"}})
    text = client.get("/metrics").text
    assert re.search(r'lookout_predictions_total\{source="api",status="answered",system="toy",version="1"\} \d', text)


def test_it_has_a_form_in_the_menu_that_answers_and_takes_feedback(toy_server, browser_page, client):
    browser_page.goto(toy_server.url)
    browser_page.get_by_role("link", name="Toy words").first.click()
    browser_page.get_by_text("Is this word short or long?").first.wait_for()
    browser_page.get_by_label("Word", exact=True).fill("bottle")
    browser_page.get_by_role("button", name="Get the answer").click()
    told = browser_page.get_by_text("Prediction id").first
    told.wait_for()
    [prediction_id] = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", told.inner_text())
    row = client.get(f"/predictions/{prediction_id}").json()
    assert (row["system"], row["source"], row["value"]) == ("toy", "page", "long")


def test_its_form_is_reached_by_its_address(toy_server, browser_page):
    browser_page.goto(f"{toy_server.url}/toy")
    browser_page.get_by_text("Is this word short or long?").first.wait_for()


def test_its_rows_are_on_the_monitoring_page(toy_server, browser_page, client):
    client.post("/predict", json={"model": "toy", "input": {"word": "cup"}})
    browser_page.goto(f"{toy_server.url}/monitoring")
    browser_page.get_by_text("toy", exact=False).first.wait_for()


def test_home_shows_its_state(toy_server, browser_page):
    browser_page.goto(toy_server.url)
    browser_page.get_by_test_id("stMain").get_by_text("Toy words").first.wait_for()
