"""Money: worked examples, and whether the forecast's interval holds what it promises."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.monitoring.cost import DayUse, Prices, day_costs, forecast, shared_cost

PRICES = Prices(per_machine_hour=0.5, per_gb_month=0.31, currency="EUR")
MIDNIGHT = datetime(2026, 3, 21, tzinfo=UTC)  # 20 of 31 days are over


def days(*money, until=MIDNIGHT):
    """Money of the days before `until`, the last of them yesterday."""
    return {(until - timedelta(days=len(money) - index)).date(): each for index, each in enumerate(money)}


def test_a_day_costs_its_machines_hours_and_its_part_of_the_months_storage():
    use = [DayUse(date(2026, 3, 1), 48, 10.0), DayUse(date(2026, 2, 1), 0, 28.0)]
    assert day_costs(use, PRICES) == pytest.approx({date(2026, 3, 1): 24.1, date(2026, 2, 1): 0.31})


def test_a_price_that_nobody_named_costs_nothing():
    assert day_costs([DayUse(date(2026, 3, 1), 24, 10.0)], Prices(None, None, "EUR")) == {date(2026, 3, 1): 0.0}


def test_an_even_month_ends_where_its_days_lead():
    expected = forecast(days(*[2.0] * 30), MIDNIGHT)
    assert expected is not None
    assert (expected.spent, expected.expected, expected.low, expected.high) == (40.0, 62.0, 62.0, 62.0)
    assert expected.is_interval
    assert expected.days == 28


def test_few_days_give_what_the_cheapest_and_the_dearest_lead_to():
    expected = forecast(days(7.0, 1.0, 2.0, 3.0), MIDNIGHT)  # the first day was measured in part alone
    assert expected is not None
    assert (expected.spent, expected.expected) == (13.0, 13.0 + 11 * 2.0)
    assert (expected.low, expected.high) == (13.0 + 11 * 1.0, 13.0 + 11 * 3.0)
    assert not expected.is_interval


def test_nothing_is_forecast_before_there_is_a_whole_day():
    assert forecast({}, MIDNIGHT) is None
    assert forecast(days(2.0), MIDNIGHT) is None


def test_the_interval_is_students_of_a_sum_of_days_to_come():
    """Eight whole days of 1 and 3: mean 2, SD sqrt(8/7); t of 7 degrees is 2.3646; 11 days remain."""
    expected = forecast(days(9.0, *[1.0, 3.0] * 4), MIDNIGHT)
    assert expected is not None
    half = 2.364624 * (8 / 7) ** 0.5 * (11 + 11**2 / 8) ** 0.5
    assert expected.high - expected.expected == pytest.approx(half, rel=1e-5)
    assert expected.expected - expected.low == pytest.approx(min(half, 22.0), rel=1e-5)


def test_the_interval_holds_95_of_100_months_of_independent_days():
    random, held, months = np.random.default_rng(7), 0, 2000
    for _ in range(months):
        money = random.normal(50.0, 5.0, 21 + 11)
        expected = forecast(days(*money[:21]), MIDNIGHT)
        assert expected is not None
        truth = expected.spent + money[21:].sum()
        held += expected.low <= truth <= expected.high
    assert 0.935 <= held / months <= 0.965  # 3 standard errors around 0.95


def test_systems_share_the_money_by_the_time_of_their_answers():
    flood, waste = shared_cost(10.0, {"waste": 10.0, "flood": 30.0}, {"waste": 2000, "flood": 10})
    assert (flood.system, flood.money, flood.per_thousand) == ("flood", 7.5, 750.0)
    assert (waste.system, waste.money, waste.per_thousand) == ("waste", 2.5, 1.25)


def test_without_answers_nobody_shares():
    assert shared_cost(10.0, {}, {}) == []
    assert shared_cost(10.0, {"waste": 0.0}, {"waste": 0}) == []


@given(
    st.dictionaries(st.text(min_size=1), st.floats(0.001, 1e6), min_size=1),
    st.floats(0, 1e6),
)
def test_the_parts_add_up_to_the_whole(seconds, money):
    parts = shared_cost(money, seconds, dict.fromkeys(seconds, 1))
    assert sum(part.money for part in parts) == pytest.approx(money)
    assert sum(part.time_share for part in parts) == pytest.approx(1)
