"""What the month costs so far, where it will end, and which system costs what."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import LookoutError
from core.monitoring import kept
from core.monitoring.cost import MonthForecast, Prices, SystemCost
from core.resources.spending import MonthSpending, month_spending, prices_of
from core.settings import settings
from pages.parts.monitoring import source as shown_log
from pages.parts.shared.words import NO_BREAK, counted, number, percent, plain, significant, system_names

HOW_TO_SET = (
    "No prices are set, so no money is shown. Set `LOOKOUT_PRICE_PER_HOUR` (of one machine that serves) or "
    "`LOOKOUT_PRICE_PER_GB_MONTH` (of the log's storage), with `LOOKOUT_CURRENCY` and, for a budget, "
    "`LOOKOUT_BUDGET_PER_MONTH`; then restart the server."
)
HOW_IT_IS_RECKONED = (
    "An hour in which a machine reported counts as a whole hour of that machine, whether it answered or waited; the "
    "log's storage costs its part of the month. Systems share this by the time that their answers took, added up, "
    "those from the command line too. Days are those of UTC. What ran before Lookout first reported is not counted."
)


def draw() -> None:
    """The month's money, or how to have it shown."""
    st.subheader("Cost", anchor=False)
    prices = prices_of(settings())
    if not prices.known:
        st.markdown(HOW_TO_SET)
        return
    try:
        spending = kept(("spending", str(shown_log.log().url), prices), lambda: _spending(prices))
    except LookoutError as problem:
        st.error(problem.message)
        return
    if spending is None:
        st.markdown("Nothing was measured yet; the first figures come within a minute or two.")
        return
    _draw_month(spending)
    _draw_systems(spending)
    with st.expander("How it is reckoned"):
        st.markdown(HOW_IT_IS_RECKONED)


def money(amount: float, currency: str) -> str:
    """An amount to three digits, such as "12.3 EUR"."""
    return f"{significant(amount)}{NO_BREAK}{currency}"


def forecast_in_words(forecast: MonthForecast, currency: str) -> str:
    """The bounds of a forecast and what they rest on."""
    bounds = f"{significant(forecast.low)} to {money(forecast.high, currency)}"
    days = counted(forecast.days, "whole day")
    if forecast.is_interval:
        return f"{bounds} with 95{NO_BREAK}% confidence, if days go on like the last {days}"
    return f"{bounds}, if days go on like the cheapest or the dearest of {days}; too few for an interval"


def _spending(prices: Prices) -> MonthSpending | None:
    return month_spending(shown_log.log(), prices, shown_log.now())


def _draw_month(spending: MonthSpending) -> None:
    currency, forecast, budget = spending.prices.currency, spending.forecast, spending.prices.budget_per_month
    cells = st.columns(3)
    cells[0].metric("Spent this month", money(spending.spent, currency))
    cells[0].caption(f"Measured since {spending.measured_since:%Y-%m-%d}.")
    cells[1].metric("Expected by the month's end", money(forecast.expected, currency) if forecast else "–")
    words = forecast_in_words(forecast, currency) if forecast else "Needs one whole day (UTC) of measurements"
    cells[1].caption(plain(f"{words}."))
    if budget is None:
        cells[2].metric("Budget", "none")
        cells[2].caption("`LOOKOUT_BUDGET_PER_MONTH` sets one.")
        return
    share = spending.budget_share
    cells[2].metric("Budget of the month", money(budget, currency))
    cells[2].caption(_budget_in_words(share))


def _budget_in_words(share: float | None) -> str:
    if share is None:
        return "Whether it will do is known after one whole day."
    return f"The month is expected to use {percent(share)} of it{', more than there is' if share > 1 else ''}."


def _draw_systems(spending: MonthSpending) -> None:
    titles, currency = system_names(), spending.prices.currency
    rows = [_row(titles.get(each.system, each.system), each, currency) for each in spending.systems]
    if not rows:
        st.markdown("Nothing was answered this month, so no system has a share of it.")
        return
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="cost-by-system", alt="Cost of the month by system")


def _row(title: str, cost: SystemCost, currency: str) -> dict[str, str]:
    per_thousand = cost.per_thousand
    return {
        "System": title,
        "Answers this month": number(cost.answers),
        "Share of the time": percent(cost.time_share, 1),
        "Cost this month": money(cost.money, currency),
        "Per 1,000 answers": "–" if per_thousand is None else money(per_thousand, currency),
    }
