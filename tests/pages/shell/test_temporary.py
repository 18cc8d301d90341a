"""Folders of a visit: they go with it, and what ended processes left goes at the next visit."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from pages.parts.shell import temporary


class Visit:
    """Something that can own a folder."""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_goes_with_its_owner():
    visit = Visit()
    folder = temporary.folder_for(visit)
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0
    del visit
    gc.collect()
    assert not folder.exists()


def test_what_an_ended_process_left_goes_and_what_a_living_one_has_stays(place):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = place / f"{temporary.PREFIX}{ended.pid}-abc"
    used = place / f"{temporary.PREFIX}{os.getppid()}-abc"
    other = place / "somebody-elses"
    for folder in (left, used, other):
        folder.mkdir()
    (left / "records.csv").write_text("Dates,Category")
    visit = Visit()
    temporary.folder_for(visit)
    assert not left.exists()
    assert used.is_dir()
    assert other.is_dir()
