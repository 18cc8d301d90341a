"""Texts on a page of a PDF: headings, lines, and characters that the font does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

FONT = "text"  # under which a PDF knows it


def heading(page: FPDF, text: str) -> None:
    """A heading over the lines that follow."""
    page.ln(3)
    bold(page, text, 12, 7)


def bold(page: FPDF, text: str, size: int, height: float, *, fill: bool = False, border: int = 0) -> None:
    """Text whose outlines are drawn too: the font's own bold would take seconds to load.

    size: of the letters [pt].
    height: of a line [mm].
    fill, border: whether its box is filled, and has a border (1).
    """
    page.set_font(FONT, "", size)
    page.set_draw_color(0)
    with page.local_context(text_mode="FILL_STROKE", line_width=0.012 * size):
        line(page, text, height, fill=fill, border=border)
    page.set_font(FONT, "", 10)


def line(page: FPDF, text: str, height: float = 5, *, fill: bool = False, border: int = 0, link: str = "") -> None:
    """Text from margin to margin, in as many lines as it needs; parameters as those of `bold`."""
    page.multi_cell(
        0, height, printable(page, text), new_x="LMARGIN", new_y="NEXT", align="L", fill=fill, border=border, link=link
    )


def printable(page: FPDF, text: str) -> str:
    """The text with a question mark for each character that the font does not have: it would vanish."""
    available = page.fonts[FONT].cmap
    return "".join(character if ord(character) in available or character == "\n" else "?" for character in text)
