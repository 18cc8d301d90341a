"""The command line, in processes of its own, with the toy system."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from core.settings import CHECKOUT
from core.store import Query, Store
from tests.conftest import own_names
from tests.support import toys

WORDS = "word,label\ncup,short\nbag,short\ncarton,long\nbottle,long\n"


@pytest.fixture
def folder(tmp_path):
    for name, word in (("cup.txt", "cup"), ("bottle.txt", "bottle"), ("empty.txt", ""), ("crash.txt", "crash")):
        (tmp_path / name).write_text(word)
    (tmp_path / "words.csv").write_text(WORDS)
    return tmp_path


@pytest.fixture
def run(folder):
    known = toys.install(folder / "toy")
    kept = {name: value for name, value in os.environ.items() if name not in own_names()}

    def command(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "core", *map(str, arguments)],
            cwd=CHECKOUT,
            env={**kept, **known, "LOOKOUT_DATA_DIR": str(folder / "data"), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return command


def log_of(folder):
    return Store(f"sqlite:///{folder / 'data' / 'lookout.db'}")


def test_files_are_predicted_one_json_object_a_line_and_logged(run, folder):
    ended = run("predict", "toy", folder / "cup.txt", folder / "bottle.txt", "--json")
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [(line["file"], line["value"]) for line in lines] == [
        (str(folder / "cup.txt"), "short"),
        (str(folder / "bottle.txt"), "long"),
    ]
    assert {"score", "abstained", "model_version", "prediction_id", "letters"} <= set(lines[0])
    kept = log_of(folder)
    assert {row["id"] for row in kept.rows(Query(source="cli"))} == {line["prediction_id"] for line in lines}
    kept.close()


def test_a_file_that_cannot_be_answered_says_why_on_its_line_and_the_others_are_answered(run, folder):
    ended = run("predict", "toy", folder / "empty.txt", folder / "crash.txt", folder / "cup.txt", "--json")
    assert ended.returncode == 1
    lines = [json.loads(line) for line in ended.stdout.splitlines()]  # nothing but answers on standard output
    assert [line.get("value", line.get("error")) for line in lines] == ["invalid_input", "internal", "short"]


def test_without_json_answers_are_in_words(run, folder):
    (folder / "unsure.txt").write_text("unsure")
    sure, unsure = run("predict", "toy", folder / "cup.txt", folder / "unsure.txt").stdout.splitlines()
    assert sure == f"{folder / 'cup.txt'}: short, sure (90 %)"
    assert unsure == f"{folder / 'unsure.txt'}: long, not sure (50 %): The word itself says so."


def test_an_evaluation_leaves_no_trace_in_the_log(run, folder):
    ended = run("predict", "toy", folder / "cup.txt", "--json", "--no-log")
    assert json.loads(ended.stdout)["prediction_id"] is None
    assert not (folder / "data").exists()


def test_a_site_is_on_each_line_and_in_the_log(run, folder):
    files = folder / "cup.txt", folder / "empty.txt"
    ended = run("predict", "toy", "--site", "  Yard   3 ", *files, "--json")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["site"] for line in lines] == ["Yard 3", "Yard 3"]
    assert "site" not in json.loads(run("predict", "toy", files[0], "--json").stdout)
    kept = log_of(folder)
    assert {row["id"] for row in kept.rows(Query(site="Yard 3"))} == {line["prediction_id"] for line in lines}
    kept.close()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("predict", "nobody", "words.csv"), "Expected one of"),
        (("predict", "toy", "absent.txt"), "Expected files that exist"),
        (("predict", "toy", "words.csv", "--version", "9"), "Expected a version of toy"),
        (("predict", "toy", "cup.txt", "--site", "x" * 61), "Expected a site's name of 1 to 60 printable characters"),
        (("predict", "toy", "cup.txt", "--site", "a\nb"), "U+000A"),
        (("batch", "toy", "absent.txt", "out.csv", "--workers", "0"), "that exists"),
        (("batch", "nobody", "words.csv", "out.csv"), "Expected one of"),
        (("batch", "toy", "words.csv", "out.txt"), "ends in .csv, .parquet or .jsonl"),
        (("evaluate", "toy", "--data", "absent.csv"), "does not exist"),
        (("evaluate", "nobody"), "Expected one of"),
        (("train", "nobody"), "Expected one of"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_a_code(run, folder, arguments, reason):
    ended = run(arguments[0], arguments[1], *(folder / part if "." in part else part for part in arguments[2:]))
    assert ended.returncode == 2
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_an_unknown_flag_of_training_is_refused(run):
    ended = run("train", "toy", "--data", "x.csv", "--epochs", "3")
    assert ended.returncode == 2
    assert "epochs" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_version_is_trained_evaluated_and_used(run, folder):
    made = run("train", "toy", "--data", folder / "words.csv", "--output", folder / "toy" / "models" / "toy" / "2")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout.splitlines()[-1]) == {"accuracy": 1.0, "threshold": 3}
    measured = run("evaluate", "toy", "--data", folder / "words.csv", "--version", "2", "--json")
    assert [json.loads(line) for line in measured.stdout.splitlines()] == [
        {"n": 4, "accuracy": 1.0, "model_version": "2"}
    ]
    used = run("predict", "toy", folder / "cup.txt", "--version", "2", "--json")
    assert json.loads(used.stdout)["model_version"] == "2"


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_a_systems_own_flags_are_shown(run, command):
    shown = run(command, "toy", "--help")
    assert shown.returncode == 0
    assert "--data" in shown.stdout


def test_a_batch_says_in_words_or_json_what_became_of_it_and_ends_with_1_where_something_failed(run, folder):
    (folder / "in").mkdir()
    for name in ("cup.txt", "empty.txt", "bottle.txt"):
        (folder / name).rename(folder / "in" / name)
    ended = run("batch", "toy", folder / "in", folder / "out.csv", "--workers", "0")
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"2 of 3 answered (0 not sure) in {folder / 'out.csv'}, ")
    assert "1 failed (invalid_input 1): the result says why." in ended.stdout
    assert "3 of 3 answered, " in ended.stderr
    (folder / "in" / "empty.txt").unlink()
    ended = run("batch", "toy", folder / "in", folder / "out.csv", "--workers", "1", "--force", "--json")
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout.splitlines()[-1])
    assert (summary["inputs"], summary["failed"], summary["workers"]) == (2, 0, 1)


def test_the_tables_are_made(run, folder):
    assert "are at version 0" in run("migrate").stdout
    assert (folder / "data" / "lookout.db").is_file()


def test_a_log_that_cannot_be_reached_is_told_without_its_password(run, folder):
    address = "postgresql://me:hidden-password@127.0.0.1:9/lookout"
    ended = run("predict", "toy", folder / "cup.txt", LOOKOUT_DATABASE_URL=address)
    assert ended.returncode == 2
    assert "LOOKOUT_DATABASE_URL" in ended.stderr
    assert "hidden-password" not in ended.stderr + ended.stdout
    assert ended.stdout == ""


@pytest.mark.parametrize("setting", [{"PORT": "none"}, {"LOOKOUT_MAX_PHOTO_MB": "-1"}])
def test_a_setting_that_makes_no_sense_is_one_sentence_and_a_code(run, setting):
    ended = run("serve", **setting)
    assert ended.returncode == 2
    assert next(iter(setting)).removeprefix("LOOKOUT_").lower() in ended.stderr.lower()
    assert "Traceback" not in ended.stderr
