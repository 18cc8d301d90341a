"""An example of an answer for each system's tile on Home: what a shipped version answered, kept as it was.

`python -m tests.support.stills` asks the versions in service again and writes `stills/` anew.
"""

from __future__ import annotations

import json
from base64 import b64encode
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TypedDict

import streamlit as st

from core.inference import SystemCard
from pages.parts.shared.words import percent, plain, sure

FOLDER = Path(__file__).resolve().parent / "stills"
WIDTH, HEIGHT = 132, 96  # px of each still, so that the tiles are alike
FRAME = (
    f"width:{WIDTH}px;height:{HEIGHT}px;box-sizing:border-box;border-radius:4px;overflow:hidden;"
    "border:1px solid rgba(128,128,128,.45);"
)
MAX_BARS = 2  # what the frame has room for


class Still(TypedDict):
    """A kept answer.

    question: what was given, in words. picture: file name in `stills/`, or "". shows_all: whether all of the picture is
    shown, or what fills the frame. likely: values and their shares.
    """

    question: str
    picture: str
    shows_all: bool
    answer: str
    score: float
    abstained: bool
    likely: list[tuple[str, float]]
    version: str


@lru_cache(maxsize=1)
def stills() -> dict[str, Still]:
    """The example of each system that has one."""
    loaded: dict[str, Still] = json.loads((FOLDER / "stills.json").read_text(encoding="utf-8"))
    return loaded


def draw(card: SystemCard) -> None:
    """The example of one system; of a system without one, what its answers are."""
    still = stills().get(card.name)
    if still is None:
        if card.labels:
            st.caption(f"Answers with one of: {plain(', '.join(card.labels[:8]))}.")
        return
    picture, question = still["picture"], still["question"]
    answered_by = f"Answered by version {plain(still['version'])}."
    with st.container(horizontal=True, gap="small", wrap=False, key=f"example-{card.name}"):
        st.html(_picture(picture, question, still["shows_all"]) if picture else _bars(still), width=WIDTH)
        with st.container(gap="xsmall"):
            st.markdown(f"**{plain(still['answer'])}**  \n{sure(still['score'], still['abstained'])}", help=answered_by)
            st.caption(f"Example: {plain(question)}.")


@lru_cache(maxsize=8)
def _picture(name: str, meaning: str, show_all: bool) -> str:
    """A picture in the page itself, of no address of its own."""
    kind = "jpeg" if name.endswith(".jpg") else "png"
    data = b64encode((FOLDER / name).read_bytes()).decode()
    style = f"{FRAME}object-fit:{'contain' if show_all else 'cover'};display:block;"
    return f'<img style="{style}" alt="{escape(meaning)}" src="data:image/{kind};base64,{data}">'


def _bars(still: Still) -> str:
    """The likeliest values, each with a bar as long as its share."""
    rows = "".join(
        f'<div style="margin:.25rem 0"><div style="display:flex;justify-content:space-between;font-size:.72rem">'
        f"<span>{escape(value.capitalize())}</span><span>{escape(percent(share))}</span></div>"
        f'<div style="height:8px;background:rgba(128,128,128,.22)">'
        f'<div style="height:8px;width:{100 * share:.1f}%;background:#0072B2"></div></div></div>'
        for value, share in still["likely"][:MAX_BARS]
    )
    return f'<div style="{FRAME}padding:.25rem .4rem">{rows}</div>'
