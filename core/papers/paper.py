"""A4 paper: margins, font, and a foot that says what a page belongs to, who issued it, and its number."""

from __future__ import annotations

from fpdf import FPDF

from core.papers import typeset
from core.papers.fonts import font_file

MARGIN, FOOT = 15.0, 18.0  # [mm]


class A4Paper(FPDF):
    """Pages whose foot says what they belong to, who issued it, and which of how many each is."""

    def __init__(self, title: str, issuer: str) -> None:
        """title: of the whole; issuer: empty where nobody said who issues it."""
        super().__init__(format="A4")
        self._foot = f"{title}; issued by {issuer}" if issuer else title
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=FOOT)
        self.add_font(typeset.FONT, fname=font_file())
        self.set_title(title)
        self.set_author(issuer or "Lookout")
        self.set_creator("Lookout")
        self.set_lang("en")

    def footer(self) -> None:
        """Called by fpdf2 at the end of each page."""
        size, style = self.font_size_pt, self.font_style
        self.set_y(-12)
        self.set_font(typeset.FONT, "", 8)
        number = f"Page {self.page_no()} of {{nb}}"
        room = self.epw - self.get_string_width(number) - 6
        foot = typeset.printable(self, self._foot)
        while self.get_string_width(foot) > room:
            foot = f"{foot[:-2].rstrip()}…" if len(foot) > 2 else ""
        self.cell(room, 5, foot)
        self.cell(0, 5, number, align="R")
        self.set_font(typeset.FONT, style, size or 10)
