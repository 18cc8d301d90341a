"""Several things in one answer: each with what it is and how sure that is, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.contract import Answer
from pages.parts.shared.words import plain, sure


def of(answer: Answer) -> list[dict[str, Any]]:
    """Each of several things: `value`, `score`, `abstained`, and its `box` in shares of the sides; else none."""
    objects = answer.details.get("objects")
    return [each for each in objects if isinstance(each, dict)] if isinstance(objects, list) else []


def in_words(answer: Answer) -> str:
    """What they are, counted, such as "several things: 3 plastic, 1 metal"; empty where there are not several."""
    return str(answer.details.get("several") or "")


def draw(answer: Answer) -> None:
    """A numbered list of them."""
    st.markdown("\n".join(f"{number}. {_line(each)}" for number, each in enumerate(of(answer), start=1)))
    st.caption("Numbered in the picture.")


def _line(single: Mapping[str, Any]) -> str:
    if single["abstained"]:
        return f"not sure, best guess {plain(single['value'])}"
    return f"**{plain(single['value'])}**, {sure(single['score'], abstained=False)}"
