"""The store opens once, outlives its connections, and says in words why it cannot be opened."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from core.errors import StoreUnavailable
from core.store import Query, Store
from core.store import store as opened_once
from tests.store.conftest import prediction


def test_the_process_opens_its_store_once(store):
    assert opened_once() is store


def test_the_log_outlives_its_connections(store):
    store.log([prediction(id="kept")])
    store.close()
    assert store.prediction("kept")["id"] == "kept"


def test_sqlite_keeps_an_answer_through_a_power_cut(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'log.db'}")
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1
    store.close()


def test_the_folder_of_the_log_is_made(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'new' / 'folder' / 'log.db'}")
    store.ping()
    store.close()
    assert (tmp_path / "new" / "folder" / "log.db").is_file()


def down(tmp_path, kind: str) -> Store:
    """A store that cannot answer: a server that is not there, or a file that is no database."""
    if kind == "postgresql":
        return Store("postgresql+psycopg://nobody@127.0.0.1:9/lookout")  # the discard port: nothing listens
    (tmp_path / "broken.db").write_bytes(b"this is no database, but it is long enough" * 40)
    return Store(f"sqlite:///{tmp_path / 'broken.db'}")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_that_is_down_says_so_and_how_to_go_on(tmp_path, kind):
    broken = down(tmp_path, kind)
    for ask in (
        broken.ping,
        lambda: broken.log([prediction()]),
        lambda: broken.prediction("x"),
        lambda: broken.count(Query()),
        lambda: broken.rows(Query()),
        lambda: broken.distinct("version"),
    ):
        with pytest.raises(StoreUnavailable, match="LOOKOUT_DATABASE_URL"):
            ask()
    broken.close()


def test_a_data_folder_that_cannot_be_made_is_told_in_words(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="LOOKOUT_DATA_DIR"):
        Store(f"sqlite:///{tmp_path / 'file' / 'lookout.db'}")


@pytest.mark.parametrize("url", ["nonsense", "mysql://me:hidden@db/x"])
def test_an_address_that_names_no_known_store_is_told_in_words_without_its_password(url):
    with pytest.raises(StoreUnavailable, match="LOOKOUT_DATABASE_URL") as problem:
        Store(url)
    assert "hidden" not in problem.value.message


def test_tables_that_are_missing_are_told_and_not_a_crash(tmp_path):
    empty = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreUnavailable, match="migrate"):
        empty.log([prediction()])
    empty.close()
