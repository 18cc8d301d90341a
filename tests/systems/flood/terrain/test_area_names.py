"""Names of areas, and what several processes, a full disk or a killed one do to the folder of areas."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from core.errors import Busy, DamagedArtefact, InvalidInput, LookoutError
from core.systems.flood.terrain import area_names, areas
from tests.systems.flood.terrain.test_areas import file_of


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "../up", "a/b", "a\\b", "-rf", ".hidden", "x" * 61, "con", "a\0b"]
)
def test_a_name_that_no_folder_should_have_is_refused(folder: Path, tif: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="a name of up to 60 letters"):
        areas.add(name, file_of(tif), folder)
    with pytest.raises(InvalidInput, match="the name of an area: sample"):
        areas.find(name, folder)


@pytest.mark.parametrize("name", ["Ōtaki (2 m)", "北区", "St. Mary's, v1.2", "7", "x" * 60])
def test_names_may_be_in_any_script(folder: Path, tif: Path, name: str) -> None:
    areas.add(f"  {name} ", file_of(tif), folder)
    assert areas.find(name, folder).parent.parent == folder
    assert areas.about(name, folder).name == name


@pytest.mark.parametrize("name", ["Brook", "bROOK ", "sample", "Sample"])
def test_a_name_is_taken_once(folder: Path, tif: Path, name: str) -> None:
    areas.add("Brook", file_of(tif), folder)
    before = areas.find("Brook", folder).read_bytes()
    with pytest.raises(InvalidInput, match="which is taken"):
        areas.add(name, file_of(tif, 20, 20), folder)
    assert areas.find("Brook", folder).read_bytes() == before


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("my valley.tif", "my valley"),
        ("DGM1_32_356_5645.asc", "DGM1_32_356_5645"),
        ("_höhe+[1 m] <b>.v2.tif", "höhe 1 m b .v2"),
        ("../../up..down.tif", "up.down"),
        ("河谷*.tif", "河谷"),
        ("x" * 300 + ".tif", "x" * 60),
        ("???.tif", ""),
    ],
)
def test_a_files_name_becomes_one_that_an_area_can_have(file: str, name: str) -> None:
    assert area_names.proposed(file) == name
    assert not name or area_names.checked(name) == name


def test_accents_written_in_two_ways_are_one_name() -> None:
    assert area_names.key("Orléans") == area_names.key("Orle\u0301ans")
    assert area_names.checked("Orle\u0301ans") == "Orléans"


def test_an_area_can_be_renamed(folder: Path, tif: Path) -> None:
    before = areas.add("Brook", file_of(tif), folder)
    assert areas.rename("Brook", "brook", folder) == before.model_copy(update={"name": "brook"})
    areas.rename("brook", "River", folder)
    assert areas.names(folder) == ["sample", "River"]
    areas.add("Brook", file_of(tif), folder)
    with pytest.raises(InvalidInput, match="which is taken"):
        areas.rename("Brook", "river", folder)
    with pytest.raises(InvalidInput, match="a name of up to 60 letters"):
        areas.rename("Brook", "../Brook", folder)


def test_a_removed_area_is_gone(folder: Path, tif: Path) -> None:
    areas.add("Brook", file_of(tif), folder)
    areas.remove("Brook", folder)
    assert areas.names(folder) == ["sample"]
    with pytest.raises(InvalidInput, match=r"the name of an area: sample\. Received 'Brook'"):
        areas.find("Brook", folder)
    with pytest.raises(InvalidInput, match="Received 'Brook'"):
        areas.remove("Brook", folder)
    assert [path.name for path in folder.iterdir()] == [".lock"]


def test_the_sample_cannot_be_removed_or_renamed(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="comes with Lookout"):
        areas.remove("sample", folder)
    with pytest.raises(InvalidInput, match="comes with Lookout"):
        areas.rename("sample", "Mine", folder)


def test_a_damaged_area_is_left_out_of_the_list_and_says_why(folder: Path, tif: Path) -> None:
    areas.add("Brook", file_of(tif), folder)
    (folder / "Brook" / "area.json").write_text("{")
    (folder / "Brook" / "terrain.tif").unlink()
    assert [one.name for one in areas.listing(folder)] == ["sample"]
    with pytest.raises(DamagedArtefact, match="Remove the area and add it again"):
        areas.about("Brook", folder)
    with pytest.raises(DamagedArtefact, match="Add it again"):
        areas.find("Brook", folder)
    areas.remove("Brook", folder)
    assert areas.names(folder) == ["sample"]


def _add(name: str, data: bytes, folder: Path, said: Any) -> None:
    try:
        areas.add(name, data, folder)
        said.put("added")
    except LookoutError as problem:
        said.put(problem.message)


def test_of_two_processes_that_take_a_name_one_gets_it(folder: Path, tif: Path) -> None:
    context = multiprocessing.get_context("spawn")
    said = context.SimpleQueue()
    work = [context.Process(target=_add, args=(name, file_of(tif), folder, said)) for name in ("Brook", "brook", "Own")]
    for one in work:
        one.start()
    for one in work:
        one.join(60)
    answers = sorted(said.get() for _ in work)
    assert answers[1:] == ["added", "added"]
    assert "which is taken" in answers[0]
    assert len(areas.names(folder)) == 3
    assert not list(folder.glob(".new-*"))


def test_areas_that_another_process_changes_for_long_are_told(
    folder: Path, tif: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    areas.add("Brook", file_of(tif), folder)
    monkeypatch.setattr(areas, "SECONDS_TO_WAIT", 0.05)
    changes: list[Callable[[], Any]] = [
        lambda: areas.add("Own", file_of(tif), folder),
        lambda: areas.rename("Brook", "River", folder),
        lambda: areas.remove("Brook", folder),
    ]
    with FileLock(folder / ".lock"):
        for change in changes:
            with pytest.raises(Busy, match="Nothing was changed; try again in a minute"):
                change()
    assert areas.names(folder) == ["sample", "Brook"]
    changes[1]()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, tif: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LookoutError, match="could not be written to"):
        areas.add("Brook", file_of(tif), tmp_path / "file" / "areas")


def test_what_a_killed_process_left_goes_after_a_day(folder: Path, tif: Path) -> None:
    for name, age in ((".new-old", 100_000), (".gone-old", 100_000), (".new-young", 60)):
        (folder / name / "area").mkdir(parents=True)
        os.utime(folder / name, (time.time() - age,) * 2)
    areas.add("Brook", file_of(tif), folder)
    assert sorted(path.name for path in folder.iterdir()) == [".lock", ".new-young", "Brook"]


def test_a_failure_half_way_leaves_nothing(folder: Path, tif: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(areas, "_describe", full)
    with pytest.raises(LookoutError, match=r"could not be written to .* \(No space left on device\). Make room"):
        areas.add("Brook", file_of(tif), folder)
    assert areas.names(folder) == ["sample"]
    assert not list(folder.glob("*"))
