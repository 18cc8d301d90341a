"""The programs in the part "Clients" of docs/api.md, run as they stand against a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from core import inference
from core.settings import CHECKOUT
from tests.support import bad_photos, floods
from tests.support.incidents import incidents

pytestmark = pytest.mark.e2e

PAGE = (CHECKOUT / "docs" / "api.md").read_text(encoding="utf-8")
CLIENTS = PAGE.partition("\n## Clients\n")[2].partition("\n## ")[0]
SNIPPETS = re.findall(r"^```(sh|python|js)\n(.*?)^```$", CLIENTS, re.MULTILINE | re.DOTALL)
ADDRESS = "127.0.0.1:8501"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the snippets send."""
    made = tmp_path_factory.mktemp("clients")
    (made / "photo.jpg").write_bytes(bad_photos.jpeg(seed=2, width=640, height=480))
    incidents(5).drop(columns="Category").to_csv(made / "incidents.csv", index=False)
    (made / "terrain.tif").write_bytes(floods.geotiff())
    (made / "rain.csv").write_text("time_s,rain_mm_per_h\n0,60\n900,60\n1200,0\n")
    return made


def possible_values():
    """Every value that a shipped version may answer."""
    cards = inference.catalogue()
    return {value for card in cards for value in (*card.labels, *card.metadata.get("labels", ()))}


def command(language, text, folder):
    """How a snippet is started; the test is skipped where the machine has no such program."""
    program = {"sh": "sh", "python": sys.executable, "js": "node"}[language]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on this machine")
    name = {"sh": "snippet.sh", "python": "snippet.py", "js": "snippet.mjs"}[language]
    (folder / name).write_text(text, encoding="utf-8")
    return [program, name]


@pytest.mark.parametrize(
    ("language", "text"), SNIPPETS, ids=[f"{language}-{at}" for at, (language, _) in enumerate(SNIPPETS)]
)
def test_a_snippet_runs_and_prints_an_answer(server, folder, language, text):
    assert ADDRESS in text
    asked = text.replace(ADDRESS, server.url.removeprefix("http://"))
    ended = subprocess.run(
        command(language, asked, folder),
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert any(value in ended.stdout for value in possible_values()), ended.stdout
    assert '"error"' not in ended.stdout


def test_the_page_shows_each_kind_of_client():
    assert [language for language, _ in SNIPPETS].count("sh") >= 5
    for name in ("requests", "tritonclient", "/v1/models/", "dataframe_split", "image=@photo.jpg", "fetch("):
        assert name in CLIENTS
