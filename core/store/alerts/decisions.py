"""What people decided about alerts, each with a name: mutes, acknowledgements, changed and new rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import cast
from uuid import uuid4

import sqlalchemy as sa
from pydantic import JsonValue

from core.store.alerts.rows import AcknowledgementRow, AlertMuteRow, RuleEditRow
from core.store.alerts.tables import acknowledgements, mutes, rule_edits
from core.store.by_column import insert_if_new
from core.store.database import Database


class Decisions:
    """Mutes, acknowledgements and edits of rules. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database, turn: Callable[[], AbstractContextManager[object]]) -> None:
        """turn: the turn to write, shared with whoever else writes to this database."""
        self._database, self._turn = database, turn

    def mute(
        self, rule: str, until: datetime, *, actor: str, now: datetime, labels_key: str = "", note: str = ""
    ) -> AlertMuteRow:
        """Let nothing be delivered of a rule, or of one alert of it, until a time."""
        row: AlertMuteRow = {
            "id": str(uuid4()),
            "created_at": now,
            "rule": rule,
            "labels_key": labels_key,
            "until": until,
            "actor": actor,
            "note": note,
        }
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.insert(mutes), [dict(row)])
        return row

    def unmute(self, identifier: str, now: datetime) -> None:
        """End a mute now; it stays as history."""
        with self._turn(), self._database.writing() as connection:
            active = (mutes.c.id == identifier, mutes.c.until > now)
            connection.execute(sa.update(mutes).where(*active).values(until=now))

    def mutes(self, now: datetime | None = None) -> list[AlertMuteRow]:
        """Mutes that hold at a time, or all that ever were, newest first."""
        meant = [] if now is None else [mutes.c.until > now]
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(mutes).where(*meant).order_by(mutes.c.created_at.desc(), mutes.c.id))
            return [cast(AlertMuteRow, dict(row)) for row in rows.mappings()]

    def acknowledge(self, episode: str, *, actor: str, now: datetime, note: str = "") -> None:
        """Say that somebody looks after an episode of an alert; the first to say so stays."""
        row = {"episode": episode, "created_at": now, "actor": actor, "note": note}
        with self._turn(), self._database.writing() as connection:
            connection.execute(insert_if_new(acknowledgements, connection.dialect, ["episode"]), [row])

    def acknowledgements(self, episodes: Sequence[str]) -> dict[str, AcknowledgementRow]:
        """{episode: who looks after it} of some episodes."""
        chosen = sa.select(acknowledgements).where(acknowledgements.c.episode.in_(episodes))
        with self._database.reading() as connection:
            rows = connection.execute(chosen).mappings()
            return {row["episode"]: cast(AcknowledgementRow, dict(row)) for row in rows}

    def edit_rule(self, rule: str, changes: Mapping[str, JsonValue], *, actor: str, now: datetime) -> None:
        """Replace what was changed of a rule; no changes leave the rule as it ships, or take a new one away.

        `core.alerts.rules.with_edits` says which changes make sense; ask it before.
        """
        with self._turn(), self._database.writing() as connection:
            connection.execute(sa.delete(rule_edits).where(rule_edits.c.rule == rule))
            if changes:
                row = {"rule": rule, "created_at": now, "actor": actor, "changes": dict(changes)}
                connection.execute(sa.insert(rule_edits), [row])

    def rule_edits(self) -> list[RuleEditRow]:
        """What was changed of rules, and new rules, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(rule_edits).order_by(rule_edits.c.rule)).mappings()
            return [cast(RuleEditRow, dict(row)) for row in rows]
