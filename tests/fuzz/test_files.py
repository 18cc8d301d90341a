"""Damaged files through Lookout's readers: a short run of `make bench-fuzz`, what it once found, and that it finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from benchmarks.fuzz import child, supervisor
from benchmarks.fuzz.readings import SHARES, FuzzedCase, _files, case_of, readings
from core.errors import InvalidInput
from core.settings import CHECKOUT

CASES = 800
SEED = 7


@pytest.mark.filterwarnings("default")  # libraries may warn of what is damaged
def test_some_hundred_damaged_files_are_read_or_refused_in_words(tmp_path):
    marks, findings = supervisor.run(CASES, SEED, 1, tmp_path)
    assert findings == []
    assert sum(marks.values()) == CASES
    assert set(marks) == {"A", "R"}
    assert min(marks.values()) > CASES / 20  # not all refused at the first byte, nor all left as they were


def test_a_case_is_the_same_for_the_same_seed_alone():
    assert case_of(5, 1) == case_of(5, 1)
    assert case_of(5, 1).data != case_of(5, 2).data
    assert case_of(5, 1).data != case_of(6, 1).data


@pytest.mark.parametrize("room", SHARES)
def test_every_kind_of_file_is_read_as_long_as_it_is_whole(room):
    for kind, files in _files()[room].items():
        for data in files:
            read = [each for each in readings(room, kind).values() if not refuses(each, data)]
            assert read, kind


def refuses(read, data: bytes) -> bool:
    try:
        read(data)
    except InvalidInput:
        return True
    return False


def case(data: bytes = b"") -> FuzzedCase:
    return FuzzedCase(0, "photos", "jpeg", "decode_photo", data)


def test_another_error_is_a_finding_with_its_place():
    mark, problem = child.judged(case(), lambda _data: {}["missing"])
    assert mark == child.FAILED
    assert "KeyError: 'missing'" in problem
    assert "test_files.py" in problem


def test_a_refusal_without_words_is_a_finding():
    def refuse(_data: bytes) -> None:
        raise InvalidInput("")

    empty = InvalidInput("x")
    empty.message = ""

    def refuse_silently(_data: bytes) -> None:
        raise empty

    assert child.judged(case(), refuse)[1] is None  # the tree of errors fills in what is missing
    assert child.judged(case(), refuse_silently) == (child.FAILED, "a refusal without words")


def test_a_slow_reading_is_a_finding(monkeypatch):
    monkeypatch.setattr(child, "MAX_SECONDS", 0.05)
    mark, problem = child.judged(case(), lambda _data: sum(range(10_000_000)))
    assert (mark, problem[:5]) == (child.FAILED, "slow:")
    assert child.judged(case(), lambda _data: time.sleep(0.1)) == (child.ACCEPTED, None)
    monkeypatch.setattr(child, "MAX_WAIT", 0.05)
    mark, problem = child.judged(case(), lambda _data: time.sleep(0.1))
    assert (mark, problem[:5]) == (child.FAILED, "slow:")


@pytest.mark.skipif(not child.RESET.exists(), reason="peaks of memory are told by Linux")
def test_a_reading_that_takes_much_memory_is_a_finding(monkeypatch):
    monkeypatch.setattr(child, "MAX_MB", 50.0)
    mark, problem = child.judged(case(), lambda _data: bytearray(120_000_000).count(1))
    assert (mark, problem[:6]) == (child.FAILED, "large:")
    assert child.judged(case(), lambda _data: bytearray(1_000_000).count(1)) == (child.ACCEPTED, None)


def test_a_process_that_crashes_or_hangs_is_told_with_its_case_and_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "HANG_SECONDS", 20.0)  # its imports take seconds on a busy machine
    crashing = tmp_path / "crashing.py"
    crashing.write_text(
        "import os, time\n"
        "from benchmarks.fuzz import child\n"
        "real = child.judged\n"
        "def judged(case):\n"
        "    if case.number == 3: os.abort()\n"
        "    if case.number == 5: time.sleep(600)\n"
        "    return real(case)\n"
        "child.judged = judged\n"
        "child.main()\n"
    )
    started = subprocess.Popen

    def start(command, **more):
        return started([sys.executable, str(crashing), *command[3:]], **more)

    monkeypatch.setattr(supervisor.subprocess, "Popen", start)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(CHECKOUT)]))
    marks, findings = supervisor.run(8, SEED, 1, tmp_path)
    assert [(finding["case"], finding["problem"]) for finding in findings] == [
        (3, "the process ended with -6"),
        (5, "the process ended with -9"),
    ]
    assert (marks["X"], sum(marks.values())) == (2, 8)


def test_the_command_ends_with_one_json_object_and_says_what_it_found(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.fuzz", "--count", "40", "--processes", "1"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert (figures["files"], figures["findings"], figures["crashes"], ran.returncode) == (40, 0, 0, 0)
    assert figures["accepted"] + figures["refused"] == 40
