"""No lost and no double delivery: two evaluators on a real store, whose processes end and pause at any point.

What holds, and is proved here: each change of an alert that is committed is delivered at least once to each recipient;
exactly once, unless a process ended between sending and marking; then the copies have the same key.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, run_state_machine_as_test
from hypothesis.stateful import rule as action

from core.store.alerts.outbox import CLAIM, MAX_WAIT
from core.store.tables import metadata
from tests.support.alerts.fakes import (
    MINUTE,
    Clock,
    ProcessEnded,
    RememberingChannel,
    SetReadings,
    end_process,
    evaluator,
    reading,
    rule,
)

SYSTEMS = ("crime", "waste")
PLACES = st.sets(st.tuples(st.sampled_from(SYSTEMS), st.sampled_from(["BAYVIEW", "MISSION"])), min_size=1)
VALUES = st.sampled_from([0.0, 0.5, 0.03])  # back, calls, between the thresholds
WHICH = st.sampled_from([0, 1])
AT_ONCE = rule(pending_for="0s", keep_firing_for="1m")
POINTS = st.sampled_from(
    [
        ("before", "acquire"),
        ("after", "acquire"),
        ("before", "commit"),
        ("after", "commit"),
        ("before", "claim"),
        ("after", "claim"),
        ("before", "mark_sent"),
        ("after", "mark_sent"),
        ("before", "mark_failed"),
        ("after", "mark_failed"),
    ]
)


class TwoEvaluators(RuleBasedStateMachine):
    """Two processes that evaluate and deliver, over whatever happens to them."""

    def __init__(self, store):
        super().__init__()
        self.log, self.clock, self.readings = store.alerts, Clock(), SetReadings()
        self.channels = [RememberingChannel("night shift"), RememberingChannel("office")]
        self.uncertain = Counter()  # {key: how often a process ended between its receipt and its mark}
        self.interruptions = [{}, {}]
        self.processes = [self.new_process(0), self.new_process(1)]
        with store.engine.begin() as connection:
            for table in metadata.sorted_tables:
                if table.name.startswith("alert_"):
                    connection.execute(sa.delete(table))

    def new_process(self, which):
        return evaluator(self.log, self.readings, self.channels, self.clock, (AT_ONCE,), self.interruptions[which])

    @initialize()
    def all_is_well(self):
        for system in SYSTEMS:
            self.readings.set(reading(0.0, system=system))

    @action(which=WHICH, places=PLACES, value=VALUES)
    def readings_change(self, which, places, value):
        self.change(places, value)
        self.step(which)

    @action(which=WHICH, places=PLACES, value=VALUES, point=POINTS)
    def a_process_ends_midway(self, which, places, value, point):
        self.change(places, value)
        self.interruptions[which][point] = end_process
        self.step(which)

    @action(which=WHICH, places=PLACES, value=VALUES, receipts=st.integers(1, 3))
    def a_process_ends_after_a_receipt(self, which, places, value, receipts):
        self.change(places, value)
        left = [receipts]

        def end():
            left[0] -= 1
            if left[0] == 0:
                raise ProcessEnded

        for channel in self.channels:
            channel.after_receipt = end
        self.step(which)
        for channel in self.channels:
            channel.after_receipt = lambda: None

    @action(which=WHICH, places=PLACES, value=VALUES)
    def a_process_pauses_longer_than_its_lease_before_it_commits(self, which, places, value):
        def pause():
            self.clock.pass_time(10 * MINUTE)
            self.step(1 - which)

        self.change(places, value)
        self.interruptions[which]["before", "commit"] = pause
        self.step(which)

    @action(which=WHICH, places=PLACES, value=VALUES)
    def a_process_sends_slowly_while_the_other_steps(self, which, places, value):
        def wait():
            for channel in self.channels:
                channel.after_receipt = lambda: None
            self.clock.pass_time(MINUTE)
            self.step(1 - which)

        self.change(places, value)
        for channel in self.channels:
            channel.after_receipt = wait
        self.step(which)
        for channel in self.channels:
            channel.after_receipt = lambda: None

    @action(which=WHICH, minutes=st.sampled_from([1, 3, 8]))
    def time_passes(self, which, minutes):
        self.clock.pass_time(minutes * MINUTE)
        self.step(which)

    @action(which=WHICH)
    def a_process_restarts(self, which):
        self.log.lease.release(self.processes[which].name)
        self.processes[which] = self.new_process(which)

    @action(which=WHICH, refusing=st.booleans())
    def a_recipient_comes_or_goes(self, which, refusing):
        self.channels[which].refusing = refusing

    def change(self, places, value):
        """Set the readings of some places, and let a minute pass, so that they are evaluated."""
        for system, district in places:
            self.readings.set(reading(value, system=system, district=district))
        self.clock.pass_time(MINUTE)

    def step(self, which):
        before = [len(channel.received) for channel in self.channels]
        try:
            self.processes[which].step()
        except ProcessEnded:
            self.count_uncertain(before)
            self.processes[which] = self.new_process(which)
        self.interruptions[which].clear()

    def count_uncertain(self, before):
        """The message that came and was not marked when the process ended."""
        unmarked = {row["id"] for row in self.log.outbox.newest("sending", 1000)}
        for channel, count in zip(self.channels, before, strict=True):
            for key, _ in channel.received[count:]:
                if key in unmarked:
                    self.uncertain[key] += 1

    @invariant()
    def nobody_gets_a_message_twice_but_for_an_end_between_receipt_and_mark(self):
        for channel in self.channels:
            for key, count in Counter(key for key, _ in channel.received).items():
                assert count <= 1 + self.uncertain[key]

    @invariant()
    def each_alert_begins_and_ends_in_turn(self):
        kinds = {}
        for event in sorted(self.log.events(limit=10_000), key=lambda event: event["created_at"]):
            kinds.setdefault(event["labels_key"], []).append(event["kind"])
        for sequence in kinds.values():
            assert sequence == (["firing", "resolved"] * len(sequence))[: len(sequence)]

    def teardown(self):
        """When all recipients are there again, each has heard of every event, in order, and of nothing else."""
        for channel in self.channels:
            channel.refusing = False
        frozen = self.new_process(0)
        for _ in range(300):
            if self.log.outbox.next_due() is None:
                break
            self.clock.pass_time(max(CLAIM, MAX_WAIT))
            frozen.log.lease.release(frozen.name)
            deliver(frozen)
        events = Counter((event["episode"], event["kind"]) for event in self.log.events(limit=10_000))
        assert set(events.values()) <= {1}
        failed = self.log.outbox.newest("failed", 1000)
        for channel in self.channels:
            first = {}
            for key, message in channel.received:
                first.setdefault(key, message)
            told = Counter((line.episode, message.kind) for message in first.values() for line in message.alerts)
            given_up = Counter(
                (line["episode"], row["kind"])
                for row in failed
                if row["recipient"] == channel.recipient
                for line in row["content"]["alerts"]
            )
            assert told + given_up == events
            order = [(line.episode, message.kind) for message in first.values() for line in message.alerts]
            for episode, kind in order:
                if kind == "resolved" and (episode, "firing") in order:
                    assert order.index((episode, "firing")) < order.index((episode, "resolved"))


def deliver(process):
    """Deliver what is due, and evaluate nothing."""
    from core.alerts.delivery import deliver_due

    deliver_due(process.log.outbox, process.channels, process.name, process.clock)


def test_nothing_is_lost_and_nothing_is_delivered_twice(store):
    examples = 40 if store.engine.dialect.name == "sqlite" else 15
    options = settings(max_examples=examples, stateful_step_count=30, deadline=timedelta(minutes=5))
    run_state_machine_as_test(lambda: TwoEvaluators(store), settings=options)
