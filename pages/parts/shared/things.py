"""Several things in one answer: each with what it is and how sure that is, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.contract import Answer
from pages.parts.shared.words import plain, sure


def of(answer: Answer) -> list[dict[str, Any]]:
    """Each of several things: `value`, `score`, `abstained`, and its `box` in shares of the sides; else none."""
    found = answer.details.get("things")
    return [thing for thing in found if isinstance(thing, dict)] if isinstance(found, list) else []


def in_words(answer: Answer) -> str:
    """What they are, counted, such as "several things: 3 plastic, 1 metal"; empty where there are not several."""
    return str(answer.details.get("several") or "")


def draw(answer: Answer) -> None:
    """A numbered list of them."""
    st.markdown("\n".join(f"{number}. {_line(thing)}" for number, thing in enumerate(of(answer), start=1)))
    st.caption("Numbered in the picture. One label for the photo fits only if all are of it.")


def _line(thing: Mapping[str, Any]) -> str:
    if thing["abstained"]:
        return f"not sure, best guess {plain(thing['value'])}"
    return f"**{plain(thing['value'])}**, {sure(thing['score'], abstained=False)}"
