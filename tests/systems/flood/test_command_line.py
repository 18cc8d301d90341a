"""Floods by the command line, in processes of its own: events to folders of files, figures as one JSON object."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import rasterio

from core.settings import CHECKOUT
from core.store import Query, Store
from core.systems.flood.terrain import sample
from tests.conftest import own_names
from tests.support import floods
from tests.systems.flood.train.test_evaluation import KEYS

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    known = floods.install(tmp_path / "floods")
    kept = {name: value for name, value in os.environ.items() if name not in own_names()}

    def command(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "core", *map(str, arguments)],
            cwd=CHECKOUT,
            env={**kept, **known, "LOOKOUT_DATA_DIR": str(tmp_path / "data"), **environment},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    return command


@pytest.fixture(scope="module")
def event(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small valley."""
    return sample.write(tmp_path_factory.mktemp("event") / "valley", cells=64, cell_size=30.0)


def rows(tmp_path: Path) -> list[dict[str, object]]:
    kept = Store(f"sqlite:///{tmp_path / 'data' / 'lookout.db'}")
    found = [dict(row) for row in kept.rows(Query(system="flood"))]
    kept.close()
    return found


def test_an_event_becomes_a_folder_of_files_and_a_row_of_the_log(run: Run, event: Path, tmp_path: Path) -> None:
    ended = run("predict", "flood", "--event", event, "--mode", "fast", "-o", tmp_path / "out", "--json")
    assert ended.returncode == 0, ended.stderr
    [line] = [json.loads(line) for line in ended.stdout.splitlines()]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"depth.tif", "max_depth.tif", "arrival.tif", "routes.geojson", "assets.csv", "summary.json"}
    with rasterio.open(tmp_path / "out" / "max_depth.tif") as dataset:
        assert dataset.read(1).max() == pytest.approx(line["summary"]["largest_depth_m"])
    assert line["summary"] == json.loads((tmp_path / "out" / "summary.json").read_text())
    [row] = rows(tmp_path)
    assert (row["id"], row["source"], row["status"]) == (line["prediction_id"], "cli", "answered")
    assert "Writing the maps." in ended.stderr
    again = run("predict", "flood", "--event", event, "-o", tmp_path / "out")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(f"{event}: ")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["mode"] == "accurate"


def test_an_event_that_cannot_be_used_says_why_and_is_logged(run: Run, event: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in event.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    (broken / "rain.csv").write_text("time_s,rain_mm_per_h\n0,5\n60,-5\n")
    for folder, said in ((broken, "Expected rates of 0 or more"), (tmp_path / "none", "folder with an event.json")):
        ended = run("predict", "flood", "--event", folder, "-o", tmp_path / "out", "--json")
        assert ended.returncode == 1
        line = json.loads(ended.stdout)
        assert line["error"] == "invalid_input"
        assert said in line["detail"]
    assert [row["status"] for row in rows(tmp_path)] == ["failed", "failed"]
    assert not (tmp_path / "out").exists()


def test_nothing_of_a_persons_is_overwritten(run: Run, event: Path, tmp_path: Path) -> None:
    ended = run("predict", "flood", "--event", event, "-o", event)
    assert ended.returncode == 2
    assert "holds other things" in ended.stderr
    assert (event / "event.json").is_file()
    ended = run("sample", "flood", event)
    assert ended.returncode == 2
    assert "a new folder, or an empty one" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("predict", "flood"), "Expected files, or --event"),
        (("predict", "flood", "a.json", "--event", "b"), "Received both"),
        (("predict", "waste", "--event", "b"), "Expected a system that answers event folders: flood"),
        (("sample", "crime", "b"), "Expected a system that answers event folders: flood"),
        (("predict", "flood", "--event", "b", "--version", "9"), "Expected a version of flood: 0.1.0"),
        (("evaluate", "flood", "--event", "/nowhere"), "Expected a folder with an event.json"),
    ],
)
def test_a_command_that_makes_no_sense_ends_with_a_sentence(run: Run, arguments: tuple[str, ...], said: str) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_request_in_a_file_is_answered_as_by_the_api(run: Run, tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text(json.dumps(floods.request()))
    (tmp_path / "other.json").write_text(json.dumps(floods.request(rain=[])))
    ended = run("predict", "flood", tmp_path / "request.json", tmp_path / "other.json", "--json")
    assert ended.returncode == 1
    good, bad = (json.loads(line) for line in ended.stdout.splitlines())
    assert good["summary"]["cells"] == 24 * 30
    assert bad["error"] == "invalid_input"


def test_the_sample_event_is_written_and_measured(run: Run, tmp_path: Path) -> None:
    ended = run("sample", "flood", tmp_path / "valley")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "valley" / "event.json").is_file()
    said = json.loads((tmp_path / "valley" / "event.json").read_text())
    said["duration_s"] = 600.0
    (tmp_path / "valley" / "event.json").write_text(json.dumps(said))
    ended = run("evaluate", "flood", "--event", tmp_path / "valley", "--mode", "fast", "--json")
    assert ended.returncode == 0, ended.stderr
    figures = json.loads(ended.stdout)
    assert set(figures) == {*KEYS, "model_version"}
    assert figures["cells"] == 256 * 256
    assert figures["csi_005"] == figures["csi_005_without_network"]
    assert not (tmp_path / "data").exists()
