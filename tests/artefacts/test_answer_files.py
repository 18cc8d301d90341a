"""Files that answers bring: kept once, found by name alone, and not for ever."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core import settings
from core.artefacts import answer_files
from core.contract import Files
from core.errors import InvalidInput, UnknownFile
from core.settings import settings as current

DAY = 86_400


def writing(**texts: str):
    def write(folder: Path) -> None:
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text)

    return write


def kept() -> list[str]:
    return sorted(path.name for path in (current().data_dir / "files").iterdir())


def aged(files: Files, days: float) -> Files:
    then = time.time() - days * DAY
    os.utime(answer_files.folder(files.folder), (then, then))
    return files


def limits(monkeypatch: pytest.MonkeyPatch, **given: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"LOOKOUT_{name}", value)
    settings.settings.cache_clear()


def test_files_are_kept_under_the_hash_of_what_they_hold() -> None:
    made = answer_files.keep(writing(a="one", b="two"))
    assert made.names == ("a", "b")
    assert kept() == [made.folder]
    assert answer_files.file(made.folder, "b").read_text() == "two"


def test_the_same_files_are_kept_once_and_count_as_new() -> None:
    first = aged(answer_files.keep(writing(a="one")), 30)
    assert answer_files.keep(writing(a="one")) == first
    assert answer_files.folder(first.folder).stat().st_mtime > time.time() - DAY
    assert answer_files.keep(writing(a="two")).folder != first.folder
    assert answer_files.keep(writing(b="one")).folder != first.folder


def test_a_file_that_stands_apart_has_no_say_in_the_hash() -> None:
    first = answer_files.keep(writing(a="one", seconds="1.5"), apart=["seconds"])
    assert answer_files.keep(writing(a="one", seconds="2.5"), apart=["seconds"]) == first
    assert kept() == [first.folder]


def test_answers_whose_files_are_equal_may_still_be_told_apart() -> None:
    first = answer_files.keep(writing(a="one", told="by version 1"), apart=["told"], about="1")
    second = answer_files.keep(writing(a="one", told="by version 2"), apart=["told"], about="2")
    assert answer_files.file(first.folder, "told").read_text() == "by version 1"
    assert answer_files.file(second.folder, "told").read_text() == "by version 2"


def test_nothing_is_left_of_files_that_could_not_be_written() -> None:
    def full(folder: Path) -> None:
        folder.mkdir()
        (folder / "half").write_text("half")
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        answer_files.keep(full)
    assert kept() == []


def test_what_is_too_old_goes_and_is_told_to_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    old, young = aged(answer_files.keep(writing(a="old")), 11), aged(answer_files.keep(writing(a="young")), 9)
    limits(monkeypatch, FILES_DAYS="10")
    fresh = answer_files.keep(writing(a="fresh"))
    assert kept() == sorted([young.folder, fresh.folder])
    with pytest.raises(UnknownFile, match="They are gone: files stay for up to 10 days"):
        answer_files.folder(old.folder)


def test_of_too_much_the_oldest_goes_first_but_never_what_was_just_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [aged(answer_files.keep(writing(a=f"{place}" * 400)), 5 - place) for place in range(4)]
    limits(monkeypatch, FILES_GB="1.3e-6")  # 1,300 bytes
    fresh = answer_files.keep(writing(a="x" * 400))
    assert kept() == sorted([made[2].folder, made[3].folder, fresh.folder])
    limits(monkeypatch, FILES_GB="1e-9")
    large = answer_files.keep(writing(a="y" * 4000))
    assert kept() == [large.folder]


def test_what_was_removed_is_named_in_the_logs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = aged(answer_files.keep(writing(a="old")), 100)
    assert answer_files.sweep() == 1
    said = capsys.readouterr().err
    assert "files_removed" in said
    assert old.folder in said


def test_the_unfinished_folder_of_a_process_that_died_goes_after_an_hour() -> None:
    made = answer_files.keep(writing(a="one"))
    top = answer_files.folder(made.folder).parent
    for name, hours in (("-dead", 2), ("-alive", 0)):
        (top / f".new{name}").mkdir()
        os.utime(top / f".new{name}", (time.time() - 3600 * hours,) * 2)
    answer_files.sweep()
    assert kept() == sorted([".new-alive", made.folder])


@pytest.mark.parametrize("name", ["..", "../a", "/etc/passwd", "", ".", "a/../a", "b", "a\0", "%2e%2e"])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    made = answer_files.keep(writing(a="one"))
    (current().data_dir / "files" / "a").write_text("outside")
    with pytest.raises(UnknownFile, match="Expected one of a"):
        answer_files.file(made.folder, name)


@pytest.mark.parametrize("name", ["..", ".", "", "../files", "0" * 64, "A" * 64, "0" * 63, None])
def test_no_folder_but_a_kept_one_is_found(name: str | None) -> None:
    answer_files.keep(writing(a="one"))
    with pytest.raises(UnknownFile):
        answer_files.folder(name)


def test_a_copy_replaces_an_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    one, two = answer_files.keep(writing(a="one", b="two")), answer_files.keep(writing(a="three"))
    target = tmp_path / "out" / "here"
    answer_files.copy(one.folder, target)
    answer_files.copy(two.folder, target)
    assert sorted(path.name for path in target.iterdir()) == [answer_files.MARKER, "a"]
    assert (target / "a").read_text() == "three"
    other = tmp_path / "documents"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput, match="which holds other things"):
        answer_files.copy(one.folder, other)
    with pytest.raises(InvalidInput, match="which holds other things"):
        answer_files.copy(one.folder, other / "thesis.txt")
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]
