"""The tab Service: what machines used, failures by kind, and the month's money in words."""

from __future__ import annotations

from datetime import timedelta

from core.monitoring.cost import MonthForecast
from core.store import HOUR
from pages.parts.monitoring.service import service_charts
from pages.parts.monitoring.service.cost import forecast_in_words, money
from pages.parts.shared.words import NO_BREAK
from tests.support.monitoring.resources import NOON, resource_row

ONE_HOUR = timedelta(hours=1)


def test_failures_are_shown_most_frequent_first_and_rare_kinds_together():
    kinds = {f"kind_{number}": number for number in range(1, 11)}
    (bars,) = service_charts.errors(kinds).data
    assert list(bars.y) == [f"kind {number}" for number in range(10, 2, -1)] + ["others"]
    assert list(bars.x) == [*range(10, 2, -1), 3]


def test_processes_are_added_up_by_machine():
    rows = [
        resource_row(NOON, level=HOUR, samples=60, process=str(number), process_rss_bytes=100.0) for number in range(2)
    ]
    rows += [resource_row(NOON, level=HOUR, samples=60, machine="desk-2", process_rss_bytes=7.0)]
    start = int(NOON.timestamp())
    lines = service_charts.summed(rows, "process_rss_bytes", NOON + ONE_HOUR)
    assert lines == {"desk-1": {start: 200.0}, "desk-2": {start: 7.0}}
    assert service_charts.summed(rows, "process_rss_bytes", NOON + ONE_HOUR, "all") == {"all": {start: 207.0}}


def test_a_restart_doubles_nothing():
    rows = [
        resource_row(NOON, level=HOUR, samples=30, process=str(number), process_rss_bytes=100.0) for number in range(2)
    ]
    assert service_charts.summed(rows, "process_rss_bytes", NOON + ONE_HOUR) == {
        "desk-1": {int(NOON.timestamp()): 100.0}
    }


def test_the_step_that_is_not_over_counts_up_to_now():
    rows = [resource_row(NOON, level=HOUR, samples=10, process_rss_bytes=100.0)]
    until = NOON + timedelta(minutes=10)
    assert service_charts.summed(rows, "process_rss_bytes", until) == {"desk-1": {int(NOON.timestamp()): 100.0}}


def test_money_has_three_digits_and_its_currency():
    assert money(1234.5, "EUR").endswith(f"{NO_BREAK}EUR")
    assert money(0.012345, "EUR") == f"0.0123{NO_BREAK}EUR"


def test_a_range_of_few_days_is_not_called_an_interval():
    few, many = (MonthForecast(10.0, 30.0, 20.0, 40.0, days) for days in (3, 28))
    assert "too few for an interval" in forecast_in_words(few, "EUR")
    assert "confidence" not in forecast_in_words(few, "EUR")
    assert f"95{NO_BREAK}% confidence" in forecast_in_words(many, "EUR")
