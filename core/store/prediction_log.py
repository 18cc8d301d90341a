"""The prediction log and its outcomes: one writer, and the questions asked of them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast
from uuid import uuid4

import sqlalchemy as sa

from core.contract import Prediction
from core.errors import UnknownPrediction
from core.settings import settings
from core.store import by_column, statements
from core.store.database import Database
from core.store.query import Query
from core.store.rows import JudgedRow, LoggedPrediction, OutcomeRow, TallyRow, prediction_row
from core.store.shared_commits import SharedCommits
from core.store.tables import outcomes, predictions, storable

INSERT = sa.insert(predictions)  # kept, so that SQLAlchemy finds its compiled form at once


class Store:
    """A prediction log in SQLite or PostgreSQL, by SQLAlchemy URL. Every method may raise StoreUnavailable."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._writer = threading.Lock()  # SQLite allows one writer; queueing here beats its polling
        self._shared_commits = SharedCommits(self._insert, self._writer)

    @property
    def url(self) -> sa.URL:
        """Where the database is; shown as text, its password is hidden."""
        return self._database.url

    @property
    def engine(self) -> sa.Engine:
        """SQLAlchemy's engine, for migrations."""
        return self._database.engine

    def log(self, rows: Sequence[Prediction]) -> None:
        """Commit one row for each prediction, all or none, or raise StoreUnavailable."""
        if not rows:
            return
        values = [prediction_row(prediction) for prediction in rows]
        if self._database.is_sqlite:
            self._shared_commits.add(values)
        else:
            self._insert(values)

    def log_columns(self, columns: Mapping[str, object]) -> None:
        """Commit rows given by column, all or none: {name: list of n values, JSON as text; or one value for all}.

        A row whose id is in the log already stays as it is there, so that the same rows may be given again.
        """
        values = by_column.rows(columns, self.engine.dialect)
        if not values:
            return
        with self._turn(), self._database.writing() as connection:
            connection.exec_driver_sql(by_column.statement(self.engine.dialect), values)

    def add_outcome(
        self,
        prediction_id: str,
        label: str,
        *,
        source: str,
        actor: str,
        consented: bool = False,
        kept_input: str | None = None,
    ) -> OutcomeRow:
        """Record the truth for a prediction; the latest outcome counts, the earlier ones stay as history."""
        value, label = self.prediction(prediction_id)["value"], storable(label)
        outcome: OutcomeRow = {
            "id": str(uuid4()),
            "prediction_id": prediction_id,
            "created_at": datetime.now(UTC),
            "label": label,
            "correct": value == label,
            "source": source,
            "actor": actor,
            "consented": consented,
            "kept_input": kept_input,
        }
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.insert(outcomes), [dict(outcome)])
        return outcome

    def prediction(self, prediction_id: str) -> LoggedPrediction:
        """One logged row with its `outcomes`, oldest first; UnknownPrediction if there is none."""
        with self._database.reading() as connection:
            row = connection.execute(statements.logged(prediction_id)).mappings().first()
            if row is None:
                raise UnknownPrediction(
                    expected="the id of a logged prediction",
                    received=f"{prediction_id!r:.80}, which is not in the log",
                    advice="Copy the prediction_id from an answer.",
                )
            outcomes_of = connection.execute(statements.outcomes_of(prediction_id)).mappings()
            return cast(LoggedPrediction, {**row, "outcomes": [dict(outcome) for outcome in outcomes_of]})

    def rows(
        self, query: Query, columns: Sequence[str] | None = None, limit: int = 1000, offset: int = 0
    ) -> list[JudgedRow]:
        """Logged rows, newest first, with `label` and `correct` of each one's latest outcome (None without one)."""
        with self._database.reading() as connection:
            rows = connection.execute(statements.newest(query, columns, limit, offset)).mappings()
            return [cast(JudgedRow, dict(row)) for row in rows]

    def count(self, query: Query) -> int:
        """How many rows of the log are meant."""
        with self._database.reading() as connection:
            return int(connection.execute(statements.count(query)).scalar_one())

    def tallies(self, query: Query, not_sure_below: float = 0.0) -> list[TallyRow]:
        """The meant rows counted by system, sorted by its name.

        not_sure: answers that abstained or have a score below `not_sure_below`. Counted by the database, so that a
        page that needs no more than this stays fast on a long log.
        """
        without_outcomes = {"judged": 0, "correct": 0}
        with self._database.reading() as connection:
            judged = {row["system"]: row for row in connection.execute(statements.tally_outcomes(query)).mappings()}
            rows = connection.execute(statements.tally(query, not_sure_below)).mappings()
            return [cast(TallyRow, {**row, **judged.get(row["system"], without_outcomes)}) for row in rows]

    def distinct(self, column: str, query: Query | None = None) -> list[str]:
        """The values of `column` that occur in the log, sorted."""
        with self._database.reading() as connection:
            values = connection.execute(statements.distinct(column, query or Query())).scalars()
            return [str(value) for value in values]

    def ping(self) -> None:
        """Raise StoreUnavailable unless the database answers."""
        with self._database.reading() as connection:
            connection.execute(sa.select(sa.literal(1)))

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _turn(self) -> AbstractContextManager[object]:
        """The turn to write, where the database allows one writer."""
        return self._writer if self._database.is_sqlite else nullcontext()

    def _insert(self, values: Sequence[Mapping[str, object]]) -> None:
        with self._database.writing() as connection:
            connection.execute(INSERT, values)


@lru_cache(maxsize=1)
def store() -> Store:
    """The store that the settings name, opened once per process."""
    return Store(settings().store_url)
