"""Texts on a page of paper: headings, lines, and signs that the font does not have."""

from __future__ import annotations

from typing import Any

FONT = "text"


def heading(page: Any, text: str) -> None:
    """What the next lines are about."""
    page.ln(3)
    bold(page, text, 12, 7)


def bold(page: Any, text: str, size: int, height: float, **named: Any) -> None:
    """Text whose outlines are drawn too: the font's own bold would take seconds to work out."""
    page.set_font(FONT, "", size)
    page.set_draw_color(0)
    with page.local_context(text_mode="FILL_STROKE", line_width=0.012 * size):
        line(page, text, height, **named)
    page.set_font(FONT, "", 10)


def line(page: Any, text: str, height: float = 5, **named: Any) -> None:
    """Text from margin to margin, in as many lines as it needs."""
    page.multi_cell(0, height, written(page, text), new_x="LMARGIN", new_y="NEXT", align="L", **named)


def written(page: Any, text: str) -> str:
    """Signs that the font does not have as question marks, for they would vanish."""
    known = page.fonts[FONT].cmap
    return "".join(sign if ord(sign) in known or sign == "\n" else "?" for sign in text)
