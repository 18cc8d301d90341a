"""The evaluator: one among many processes evaluates the rules, every process delivers what is due."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from core import telemetry
from core.alerts.channels.channel import Channel
from core.alerts.delivery import Clock, deliver_due, notifications_of
from core.alerts.evaluation import Evaluation, evaluate
from core.alerts.messages import messages_of
from core.alerts.overview import edited_rules
from core.alerts.readings import Readings
from core.alerts.rules import AlertRule, shipped
from core.alerts.state_rows import event_row, state_of, state_row
from core.errors import LookoutError
from core.store.alerts import AlertLog, EvaluationChanges

LEASE_INTERVALS = 3  # evaluations that the holder may miss before another process takes over
MIN_LEASE = timedelta(seconds=10)
EARLY = 0.9  # share of the interval after which an evaluation is due: clocks and waits are not exact
MIN_WAIT = 1.0  # seconds between two steps
FORGET_EVERY = timedelta(days=1)


def _own_name() -> str:
    return f"{socket.gethostname()}/{os.getpid()}/{uuid4()}"


@dataclass
class AlertEvaluator:
    """Evaluates and delivers in one process. `step` does it once, `run` until it is stopped.

    log: the store's alerts. readings: what the rules are held against. channels: to whom it is told. rules: as they
    ship; what people edited is read from the store each time. clock: the database's time, if None. name: unlike that of
    any other evaluator.
    """

    log: AlertLog
    readings: Readings
    channels: Sequence[Channel]
    rules: Callable[[], Sequence[AlertRule]] = shipped
    interval: timedelta = timedelta(seconds=60)
    clock: Clock | None = None
    name: str = field(default_factory=_own_name)
    _forgot_at: datetime | None = None
    _tried_at: datetime | None = None

    def step(self, stopped: Callable[[], bool] = lambda: False) -> Evaluation | None:
        """Evaluate, if this process holds or gets the lease; then deliver what is due, whoever evaluated it.

        Returns what was evaluated and committed; None where another process evaluates. Raises StoreUnavailable.
        """
        evaluation = self._evaluate_in_turn()
        deliver_due(self.log.outbox, self.channels, self.name, self._now, stopped)
        return evaluation

    def run(self, stop: threading.Event) -> None:
        """Step every `interval`, and sooner where a notification is to be tried again, until `stop` is set."""
        while not stop.is_set():
            try:
                self.step(stop.is_set)
                wait = self._seconds_to_next_step()
            except LookoutError as problem:
                telemetry.log().warning("alerts_not_evaluated", problem=problem.message)
                wait = self.interval.total_seconds()
            except Exception as problem:  # noqa: BLE001 - the thread must live: without it nobody is told of anything
                telemetry.log().error("alerts_not_evaluated", exc_info=problem)
                wait = self.interval.total_seconds()
            stop.wait(wait)
        try:
            self.log.lease.release(self.name)
        except LookoutError as problem:  # another process takes over when the lease has run out
            telemetry.log().warning("alert_lease_not_released", problem=problem.message)

    def current_rules(self) -> tuple[tuple[AlertRule, ...], dict[str, str]]:
        """The rules with what people edited, and {rule: why} of edits that make no sense. Raises StoreUnavailable."""
        return edited_rules(self.log, self.rules())

    def _evaluate_in_turn(self) -> Evaluation | None:
        now = self._now()
        if self._tried_at is not None and now - self._tried_at < EARLY * self.interval:
            return None  # this step is for a delivery alone
        self._tried_at = now
        token = self.log.lease.acquire(self.name, now, max(LEASE_INTERVALS * self.interval, MIN_LEASE))
        if token is None:
            return None
        evaluation = self.evaluate(now)
        committed = self._commit(token, evaluation, now)
        if committed and (self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY):
            self.log.forget(now)
            self._forgot_at = now
        return evaluation if committed else None

    def evaluate(self, now: datetime) -> Evaluation:
        """Hold the rules against the readings of now, and commit nothing. Raises StoreUnavailable."""
        rules, problems = self.current_rules()
        muted = {(row["rule"], row["labels_key"]) for row in self.log.decisions.mutes(now)}
        states = [state_of(row) for row in self.log.states()]
        evaluation = evaluate(
            rules,
            states,
            self.readings,
            now,
            muted=lambda rule, key: (rule, "") in muted or (rule, key) in muted,
            new_episode=lambda: str(uuid4()),
        )
        evaluation.problems |= problems
        return evaluation

    def _commit(self, token: int, evaluation: Evaluation, now: datetime) -> bool:
        """Commit states, events and notifications together; False where the lease was lost meanwhile."""
        messages = messages_of(evaluation.events, evaluation.rules)
        changes = EvaluationChanges(
            states=[state_row(state) for state in evaluation.states],
            events=[event_row(event) for event in evaluation.events],
            notifications=notifications_of(messages, self.channels, now),
        )
        committed = self.log.commit(token, changes)
        for event in evaluation.events if committed else ():
            telemetry.log().warning(
                f"alert_{event.kind}", rule=event.state.rule, labels=dict(event.state.labels), reason=event.reason
            )
        return committed

    def _seconds_to_next_step(self) -> float:
        now, due = self._now(), self.log.outbox.next_due()
        next_evaluation = (self._tried_at or now) + self.interval
        next_step = next_evaluation if due is None else min(due, next_evaluation)
        return max(MIN_WAIT, (next_step - now).total_seconds())

    def _now(self) -> datetime:
        return self.log.now() if self.clock is None else self.clock()
