"""The prediction log and its outcomes: one writer, and the questions asked of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial
from typing import cast

import sqlalchemy as sa

from core.contract import Prediction
from core.settings import settings
from core.store import by_column, outcome_rows, statements
from core.store.alerts import AlertLog
from core.store.audit import AuditSample
from core.store.audit.drawn import drawn_by_hour
from core.store.audit.writing import draw, draw_columns
from core.store.database import Database
from core.store.explorer import LogExplorer, newest_rows
from core.store.kinds import KnownKinds, distinct_values
from core.store.lasting import JobLog, WorkLog
from core.store.query import Query
from core.store.resource_log import ResourceLog
from core.store.retention import LogRetention
from core.store.rollups import reading
from core.store.rollups.keeper import NOT_SURE_BELOW, Progress, RollupKeeper, mark_late
from core.store.rollups.levels import Counted, moment
from core.store.rollups.reading import CountedStep, DetailedStep
from core.store.rollups.references import FeatureReferences
from core.store.rollups.removal import removed_before
from core.store.rows import (
    JudgedRow,
    LoggedPrediction,
    OutcomeRow,
    TallyRow,
    outcome_row,
    prediction_row,
    unknown_prediction,
)
from core.store.shared_commits import SharedCommits
from core.store.tables import predictions, storable

MAX_WAIT = 2.0  # s that whoever asks waits for counts; what is not counted then is read
DetailsReader = Callable[[sa.Connection, Query, Counted | None], list[DetailedStep]]
INSERT = sa.insert(predictions)  # kept, so that SQLAlchemy finds its compiled form at once


class Store:
    """A prediction log in SQLite or PostgreSQL, by SQLAlchemy URL. Every method may raise StoreUnavailable."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._writer = threading.Lock()  # SQLite allows one writer; queueing here beats its polling
        self._shared_commits = SharedCommits(self._insert, self._writer)
        self._kinds = KnownKinds()
        self.references = FeatureReferences(self._database, self._turn)
        """What the features of each version's answers are held against."""
        self.counts = RollupKeeper(self._database, self._turn, self.references.of, drawn_by_hour)
        """Counts by minute, hour and day, which `count`, `tallies` and `steps` bring up to date."""
        self.explorer = LogExplorer(self._database, self.counts)
        self.retention = LogRetention(self._database, self._turn, self.counts)
        """What of the log is kept."""
        self.work, self.jobs = WorkLog(self._database, self._turn), JobLog(self._database, self._turn)
        """What people gave at the pages, and what the API was asked for and takes long."""
        self.alerts = AlertLog(self._database, self._turn)
        """Alerts: states, the evaluator's lease, notifications, what people decided."""
        self.resources = ResourceLog(self._database, self._turn)
        """What machines and serving processes use."""
        self.audit = AuditSample(self._database, self._turn, self.counts.counted)
        """The audit sample: a random share of the answers, to be judged by people."""

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

    def log_new(self, rows: Sequence[Prediction]) -> None:
        """Commit those of `rows` that the log does not hold yet, all or none; up to some thousand at once."""
        with self._database.reading() as connection:
            known = {str(row[0]) for row in connection.execute(statements.known_ids([row.id for row in rows]))}
        self.log([row for row in rows if row.id not in known])

    def log_columns(self, columns: Mapping[str, object]) -> None:
        """Commit rows given by column, all or none: {name: list of n values, JSON as text; or one value for all}.

        A row whose id is in the log already stays as it is there, so that the same rows may be given again.
        """
        values = by_column.rows(columns, self.engine.dialect)
        if not values:
            return
        new = self._kinds.new_columns(columns)
        with self._turn(), self._database.writing() as connection:
            draw_columns(connection, columns)
            connection.exec_driver_sql(by_column.statement(self.engine.dialect), values)
            self._kinds.add(connection, new)
            mark_late(connection, by_column.as_list(columns["created_at"]))
        self._kinds.remember(new)

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
        outcome = outcome_row(
            prediction_id, value, label, source=source, actor=actor, consented=consented, kept_input=kept_input
        )
        self.add_outcomes([outcome])
        return outcome

    def add_outcomes(self, rows: Sequence[OutcomeRow]) -> list[OutcomeRow]:
        """Commit outcomes of logged predictions, all or none; up to some thousand at once.

        One whose id is in the log already stays as it is there. Returns those that are new. UnknownPrediction where
        one is of a prediction that is not in the log, or no longer.
        """
        if not rows:
            return []
        with self._turn(), self._database.writing(answering=True) as connection:
            return outcome_rows.record(connection, rows)

    def answers_to(self, prediction_ids: Sequence[str]) -> dict[str, tuple[str, str | None]]:
        """{prediction id: (system, answer)} of those that can be judged; up to some thousand ids at once."""
        with self._database.reading() as connection:
            bound = moment(removed_before(connection))
            rows = connection.execute(statements.answers_to(prediction_ids, bound)).all()
        return {str(identifier): (str(system), cast("str | None", value)) for identifier, system, value in rows}

    def withdraw_outcome(self, outcome_id: str) -> str | None:
        """Delete an outcome that was recorded by mistake; the one before it, if any, counts again.

        Returns the path of the input that was kept for it, where no other outcome names it.
        """
        with self._turn(), self._database.writing() as connection:
            return outcome_rows.withdraw(connection, outcome_id)

    def prediction(self, prediction_id: str) -> LoggedPrediction:
        """One logged row with its `outcomes`, oldest first; UnknownPrediction if there is none."""
        with self._database.reading(answering=True) as connection:
            row = connection.execute(statements.logged(prediction_id)).mappings().first()
            if row is None:
                raise unknown_prediction(prediction_id, moment(removed_before(connection)))
            outcomes_of = connection.execute(statements.outcomes_of(prediction_id)).mappings()
            return cast(LoggedPrediction, {**row, "outcomes": [dict(outcome) for outcome in outcomes_of]})

    def latest_outcomes(self, prediction_ids: Sequence[str]) -> dict[str, OutcomeRow]:
        """What was last said of some predictions, {prediction id: outcome}; up to some thousand ids at once."""
        with self._database.reading() as connection:
            recorded = connection.execute(statements.outcomes_of_each(prediction_ids)).mappings()
            return {row["prediction_id"]: cast(OutcomeRow, dict(row)) for row in recorded}

    def rows(
        self, query: Query, columns: Sequence[str] | None = None, limit: int = 1000, offset: int = 0
    ) -> list[JudgedRow]:
        """Logged rows, newest first, with `label` and `correct` of each one's latest outcome (None without one)."""
        rows: list[dict[str, object]] = []
        parts = self._by_system(query)
        is_split = len(parts) > 1
        with self._database.reading() as connection:
            for part in parts:
                read = (offset + limit, 0) if is_split else (limit, offset)
                rows += newest_rows.read(connection, part, columns, *read)
        if is_split:
            rows.sort(key=lambda row: cast(str, row["id"]))
            rows.sort(key=lambda row: cast(datetime, row["created_at"]), reverse=True)
            rows = rows[offset : offset + limit]
        for name in {"created_at", "id"} - set(columns or ("created_at", "id")):
            for row in rows:
                del row[name]
        return cast(list[JudgedRow], rows)

    def count(self, query: Query) -> int:
        """How many rows of the log are meant; of those that were removed, none."""
        needs_bound = query.finding is not None  # else "not sure" is not asked for, below whatever score it begins
        meant = query if needs_bound else replace(query, not_sure_below=NOT_SURE_BELOW)
        counted, systems = self._counted(meant), self._systems(query)
        with self._database.reading() as connection:
            meant = reading.not_removed(connection, meant)
            parts = [replace(meant, system=system) for system in systems]
            return sum(reading.number(connection, part, counted) for part in parts)

    def earliest(self, query: Query) -> datetime | None:
        """The time of the oldest of the meant rows, or of the counts that removed ones left; None if there are none."""
        with self._database.reading() as connection:
            times = [connection.execute(statements.earliest(part)).scalars().first() for part in self._by_system(query)]
            times.append(reading.earliest_removed(connection, query))
        return min((time for time in times if isinstance(time, datetime)), default=None)

    def tallies(self, query: Query, not_sure_below: float = 0.0) -> list[TallyRow]:
        """The meant rows counted by system, sorted by its name; systems without any are left out.

        not_sure: answers that abstained or have a score below `not_sure_below`. Counted by the database, so that a
        page that needs no more than this stays fast on a long log.
        """
        meant, systems = replace(query, not_sure_below=not_sure_below), self._systems(query)
        counted = self._counted(meant)
        with self._database.reading() as connection:
            rows = (reading.tally_row(connection, replace(meant, system=name), counted) for name in systems)
            return [row for row in rows if row is not None]

    def steps(self, query: Query, width: int, progress: Progress = lambda _share: None) -> list[CountedStep]:
        """All meant rows, counted by steps of `width` seconds, system, version and source.

        A kind may have several counts in one step. progress: hears the share that is counted, in [0, 1], where rows are
        counted for the first time.
        """
        counted = self._counted(query, progress)
        systems = self._systems(query)
        with self._database.reading() as connection:
            parts = (replace(query, system=system) for system in systems)
            return [step for part in parts for step in reading.steps(connection, part, counted, width)]

    def answer_details(self, query: Query, level: int) -> list[DetailedStep]:
        """`AnswerDetails` of the meant rows by the hour or the day: see `reading.answer_details`."""
        return self._details(query, partial(reading.answer_details, level=level, binnings=self.references.of))

    def judged_details(self, query: Query, level: int) -> list[DetailedStep]:
        """`JudgedDetails` of the meant rows by the hour or the day of the prediction."""
        return self._details(query, partial(reading.judged_details, level=level))

    def distinct(self, column: str, query: Query | None = None) -> list[str]:
        """The values of `column` that occur in the meant rows, sorted; see `kinds.distinct_values`."""
        with self._database.reading() as connection:
            return [str(value) for value in connection.execute(distinct_values(column, query or Query())).scalars()]

    def ping(self) -> None:
        """Raise StoreUnavailable unless the database takes what is written now."""
        with self._turn():
            self._database.try_to_write()

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def _counted(self, query: Query, progress: Progress | None = None) -> Counted | None:
        """How far the kept counts hold what is meant, None if they do not; who wants no progress waits MAX_WAIT."""
        if query.not_sure_below != NOT_SURE_BELOW or query.site is not None:
            return None
        return self.counts.bring_up_to_date(progress or (lambda _share: None), None if progress else MAX_WAIT)

    def _details(self, query: Query, read: DetailsReader) -> list[DetailedStep]:
        meant = replace(query, not_sure_below=NOT_SURE_BELOW)
        counted, systems = self._counted(meant), self._systems(query)
        with self._database.reading() as connection:
            return [step for name in systems for step in read(connection, replace(meant, system=name), counted)]

    def _turn(self) -> AbstractContextManager[object]:
        """The turn to write, where the database allows one writer."""
        return self._writer if self._database.is_sqlite else nullcontext()

    def _systems(self, query: Query) -> list[str]:
        """The systems that may have rows that are meant."""
        return self.distinct("system", Query(system=query.system, version=query.version, source=query.source))

    def _by_system(self, query: Query) -> list[Query]:
        """The query as it is, or one for each system where that lets SQLite find the rows by their index."""
        indexed = (query.version, query.source, query.status, query.finding, query.site)
        if query.system or indexed == (None,) * 5 or query.batch or query.finding not in (None, "not sure"):
            return [query]
        return [replace(query, system=system) for system in self._systems(query)]

    def _insert(self, values: Sequence[Mapping[str, object]]) -> None:
        new = self._kinds.new(values)
        with self._database.writing(answering=True) as connection:
            connection.execute(INSERT, values)
            draw(connection, values)
            self._kinds.add(connection, new)
            mark_late(connection, (cast(datetime, row["created_at"]) for row in values))
        self._kinds.remember(new)


@lru_cache(maxsize=1)
def store() -> Store:
    """The store that the settings name, opened once per process."""
    return Store(settings().store_url)
