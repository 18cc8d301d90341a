"""Which photos of a batch are shown, how and in what order: one bar, whose filters can be cleared at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.parts.photos.batch import AnsweredPhoto
from pages.parts.shared import answers
from pages.parts.shared.words import counted, number

DOUBT_FIRST = {"not sure": 0, "likely": 1, "sure": 2}
SAID, NOT_SAID = "looked at", "not looked at"
CARDS, TABLE, WITHOUT = "Cards", "Table", "Without an answer"  # the views


@dataclass(frozen=True)
class GalleryFilter:
    """Which answered photos are shown, and in what order; empty means any."""

    values: tuple[str, ...] = ()
    plastic: bool | None = None
    words: tuple[str, ...] = ()
    looked_at: bool | None = None
    doubts_first: bool = False

    def __len__(self) -> int:
        """How many filters are set; the order is none."""
        return sum([bool(self.values), self.plastic is not None, bool(self.words), self.looked_at is not None])

    def of(self, items: Sequence[AnsweredPhoto]) -> list[AnsweredPhoto]:
        """The photos that are meant, of those with an answer."""
        chosen = [item for item in items if self._meant(item)]
        return sorted(chosen, key=_doubt) if self.doubts_first else chosen

    def _meant(self, item: AnsweredPhoto) -> bool:
        answer = item.prediction.answer
        return (
            answer is not None
            and (not self.values or answer.value in self.values)
            and (not self.words or item.word in self.words)
            and (self.plastic is None or answer.details.get("plastic") is self.plastic)
            and (self.looked_at is None or item.looked_at is self.looked_at)
        )


def _doubt(item: AnsweredPhoto) -> tuple[int, float]:
    answer = item.prediction.answer
    return DOUBT_FIRST.get(item.word, 0), answer.score if answer else 0.0


def draw_view_choice(identifier: str, without: int) -> str:
    """The view that is chosen. without: how many files have no answer."""
    view: str = st.segmented_control(
        "View",
        [CARDS, TABLE, *([WITHOUT] if without else [])],
        default=CARDS,
        required=True,
        key=f"view-{identifier}",
        format_func=lambda name: f"{name} ({number(without)})" if name == WITHOUT else name,
        label_visibility="collapsed",
        persist_state="session",
        width=300 if without else 130,  # px, so that nothing beside it moves when it arrives
    )
    return view


def draw(items: Sequence[AnsweredPhoto], batch: str) -> GalleryFilter:
    """The filters, folded into one button, and the one that clears them. batch: the work's id."""
    with st.popover("Filters", key=f"filters-{batch}", width=100):
        values = sorted({answer.value for item in items if (answer := item.prediction.answer) and answer.value})
        words = [word for word in ("sure", "likely", "not sure") if any(item.word == word for item in items)]
        _pills("Material", values, _key("material", batch), several=True, format_value=answers.name)
        _pills("How sure", words, _key("sure", batch), several=True)
        _pills("Plastic", ["plastic", "not plastic"], _key("plastic", batch))
        _pills("By a person", [SAID, NOT_SAID], _key("said", batch))
        st.toggle("Least sure first", key=f"doubts-{batch}", persist_state="session")
    chosen = current(batch)
    if len(chosen):
        st.button("Clear filters", key=f"clear-{batch}", type="tertiary", on_click=clear, args=(batch,))
    return chosen


def current(batch: str) -> GalleryFilter:
    """The filters as they are set."""
    state = st.session_state
    plastic, by_person = state.get(_key("plastic", batch)), state.get(_key("said", batch))
    return GalleryFilter(
        values=tuple(state.get(_key("material", batch)) or ()),
        plastic=None if plastic is None else plastic == "plastic",
        words=tuple(state.get(_key("sure", batch)) or ()),
        looked_at=None if by_person is None else by_person == SAID,
        doubts_first=bool(state.get(f"doubts-{batch}")),
    )


def clear(batch: str) -> None:
    """Show every photo again; the order stays."""
    st.session_state[_cleared_key(batch)] = st.session_state.get(_cleared_key(batch), 0) + 1


def _key(name: str, batch: str) -> str:
    """The key of a filter: another one each time they are cleared.

    With the next click the browser may still send what was chosen before; it must not come back.
    """
    times = st.session_state.get(_cleared_key(batch), 0)
    return f"{name}-{batch}-{times}" if times else f"{name}-{batch}"


def _cleared_key(batch: str) -> str:
    """Where a visit keeps how often the filters were cleared."""
    return f"filters-cleared-{batch}"


def none_left(count: int) -> str:
    """What is said where the filters leave nothing."""
    return f"None of {counted(count, 'photo')} fits the filters. Clear them to see all."


def _pills(
    label: str, values: Sequence[str], key: str, *, several: bool = False, format_value: Callable[[str], str] = str
) -> None:
    """Buttons of which one or several may be pressed."""
    st.pills(
        label,
        values,
        selection_mode="multi" if several else "single",
        format_func=format_value,
        key=key,
        wrap=True,
        persist_state="session",
    )
