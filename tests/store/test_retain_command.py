"""`python -m core monitor retain`: what it removes, what it says of it, and when it removes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from core.commands import cli
from core.errors import InvalidSetting
from core.settings import settings
from core.store import NOT_SURE_BELOW, Query
from tests.store.rollups.test_counting_at_once import answered

NOW = datetime.now(UTC)


@pytest.fixture
def run(store, monkeypatch, tmp_path):
    monkeypatch.setenv("LOOKOUT_DATA_DIR", str(tmp_path))
    settings.cache_clear()

    def command(*arguments):
        return CliRunner().invoke(cli, ["monitor", "retain", *arguments])

    return command


def test_what_was_removed_is_said_and_a_kept_photo_goes_with_its_row(run, store, tmp_path):
    old, new = answered(NOW - timedelta(days=40)), answered(NOW - timedelta(days=2))
    store.log([old, new])
    photo = tmp_path / "kept" / "waste" / "photo"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"photo")
    store.add_outcome(old.id, "glass", source="page", actor="Ada", consented=True, kept_input="kept/waste/photo")
    ended = run("--days", "30")
    assert ended.exit_code == 0, ended.output
    day = NOW - timedelta(days=30)
    assert ended.stdout == (
        f"Removed 1 rows from before {day:%Y-%m-%d} (UTC), 1 judgements of them and 1 inputs kept by consent. "
        "The counts stay.\n"
    )
    assert not photo.exists()
    assert [row["id"] for row in store.rows(Query())] == [new.id]
    assert store.tallies(Query(), NOT_SURE_BELOW)[0]["n"] == 2


def test_nothing_is_removed_where_nothing_says_how_long_rows_are_kept(run, store):
    store.log([answered(NOW - timedelta(days=4000))])
    assert "LOOKOUT_LOG_DAYS is 0" in run().stdout
    assert store.count(Query()) == 1


def test_the_setting_says_how_long_rows_are_kept(run, store, monkeypatch):
    store.log([answered(NOW - timedelta(days=9)), answered(NOW)])
    monkeypatch.setenv("LOOKOUT_LOG_DAYS", "7")
    settings.cache_clear()
    assert run().stdout.startswith("Removed 1 rows from before")


def test_fewer_days_than_work_may_take_are_refused(run, monkeypatch):
    assert run("--days", "3").exit_code == 2
    monkeypatch.setenv("LOOKOUT_LOG_DAYS", "3")
    settings.cache_clear()
    with pytest.raises(InvalidSetting, match="at least 7 days"):
        settings()
