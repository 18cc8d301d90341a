"""What counts of the judgements: those in the order of the audit, up to the first answer that was passed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.store.audit.strata import AuditedRow, SampledStratum, counted_in_order

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STRATUM = (2, 0.02)


def row(position: float, verdict: str | None = None, minutes: int = 0) -> AuditedRow:
    """An answer that was logged so many minutes after noon."""
    return AuditedRow(f"id-{position}", STRATUM, position, NOON + timedelta(minutes=minutes), verdict)


def counted(*rows: AuditedRow) -> SampledStratum:
    ordered = sorted(rows, key=lambda each: each.position)
    judged, waiting = ([each for each in ordered if bool(each.verdict) is is_judged] for is_judged in (True, False))
    (stratum,) = counted_in_order({STRATUM: len(rows)}, judged, waiting)
    return stratum


def test_judgements_in_order_all_count() -> None:
    stratum = counted(row(0.1, "right"), row(0.2, "wrong"), row(0.3, "unknown"), row(0.4), row(0.5))
    assert stratum == SampledStratum(*STRATUM, drawn=5, right=1, wrong=1, unknown=1)
    assert (stratum.judged, stratum.waiting) == (2, 2)


def test_what_stands_behind_an_answer_that_was_passed_over_does_not_count() -> None:
    stratum = counted(row(0.1, "right"), row(0.2), row(0.3, "wrong"), row(0.4, "wrong"))
    assert stratum == SampledStratum(*STRATUM, drawn=4, right=1, out_of_order=2)
    assert stratum.waiting == 1


def test_an_answer_that_was_logged_since_was_not_passed_over() -> None:
    stratum = counted(row(0.1, "right"), row(0.2, minutes=60), row(0.3, "wrong"), row(0.4, "right"))
    assert stratum == SampledStratum(*STRATUM, drawn=4, right=2, wrong=1)


def test_a_newer_answer_judged_behind_an_older_one_shows_that_it_was_passed_over() -> None:
    stratum = counted(row(0.1, "right"), row(0.2, minutes=60), row(0.3, "wrong"), row(0.4, "right", minutes=61))
    assert stratum == SampledStratum(*STRATUM, drawn=4, right=1, out_of_order=2)


def test_bands_are_counted_apart() -> None:
    other = AuditedRow("other", (3, 0.02), 0.5, NOON, "right")
    drawn = {STRATUM: 2, (3, 0.02): 1}
    strata = counted_in_order(drawn, [row(0.2, "right"), other], [row(0.1)])
    assert strata == [SampledStratum(*STRATUM, 2, out_of_order=1), SampledStratum(3, 0.02, 1, right=1)]


ROWS = st.lists(
    st.tuples(st.integers(0, 99), st.sampled_from(["right", "wrong", "unknown", None]), st.integers(0, 5)),
    min_size=1,
    max_size=30,
    unique_by=lambda parts: parts[0],
)


@given(ROWS)
def test_every_drawn_answer_is_counted_once(parts: list[tuple[int, str | None, int]]) -> None:
    rows = [row(position / 100, verdict, minutes) for position, verdict, minutes in parts]
    stratum = counted(*rows)
    assert stratum.waiting == sum(each.verdict is None for each in rows)
    assert stratum.judged + stratum.unknown + stratum.out_of_order + stratum.waiting == len(rows)


@given(ROWS)
def test_what_counts_does_not_hang_on_what_was_judged(parts: list[tuple[int, str | None, int]]) -> None:
    rows = [row(position / 100, verdict, minutes) for position, verdict, minutes in parts]
    turned = [row(position / 100, verdict and "right", minutes) for position, verdict, minutes in parts]
    assert counted(*rows).out_of_order == counted(*turned).out_of_order
