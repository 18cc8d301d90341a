"""A report as PDF, A4: the same sections, tables and charts as on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.papers import typeset
from core.reports.content import INVENTED, ReportContent, ReportSection, ReportTable, ShareRows, TimeBars
from core.reports.drawing import RADIUS, Bar, Dot, Drawing, Label, Stroke, drawing

if TYPE_CHECKING:
    from fpdf import FPDF

INKS = {"data": (0, 114, 178), "marked": (166, 58, 0), "axis": (160, 170, 178)}
HEAD_COLOUR, INVENTED_COLOUR = (237, 241, 244), (243, 190, 85)
TEXT_SIZE, SMALL_SIZE = 10, 8  # [pt]
LINE = 5.0  # height of a line [mm]
MAX_CELL = 400  # characters: a cell higher than a page cannot be set
TITLE_HEIGHT = 9.0  # of a chart's title with what lies around it [mm]


def pdf(content: ReportContent) -> bytes:
    """The report as a PDF document. Raises MissingPart where the font is not installed."""
    from core.papers.paper import A4Paper  # fpdf2 takes a while to import

    page = A4Paper(f"{'Invented: ' if content.is_invented else ''}{content.title}", "")
    try:
        page.add_page()
        _head(page, content)
        for section in content.sections:
            _section(page, section)
        return bytes(page.output())
    finally:
        page.fonts[typeset.FONT].ttfont.close()  # fpdf2 leaves the file open


def _head(page: FPDF, content: ReportContent) -> None:
    if content.is_invented:
        page.set_fill_color(*INVENTED_COLOUR)
        typeset.bold(page, INVENTED, TEXT_SIZE, 6, fill=True, border=1)
        page.set_fill_color(255)
        page.ln(2)
    typeset.bold(page, content.title, 18, 9)
    typeset.line(page, f"{content.subtitle} Made by Lookout.")


def _section(page: FPDF, section: ReportSection) -> None:
    if page.will_page_break(4 * LINE):  # a heading does not stand alone at the foot
        page.add_page()
    typeset.heading(page, section.heading)
    for sentence in section.sentences:
        typeset.line(page, sentence)
        page.ln(0.8)
    for table in section.tables:
        _table(page, table)
    for chart in section.charts:
        _chart(page, chart)


def _table(page: FPDF, table: ReportTable) -> None:
    from fpdf.fonts import FontFace

    page.ln(1.5)
    page.set_font(typeset.FONT, "", SMALL_SIZE)
    page.set_draw_color(*INKS["axis"])
    heads = FontFace(emphasis="", fill_color=HEAD_COLOUR)
    aligned = tuple("RIGHT" if index in table.numbers else "LEFT" for index in range(len(table.columns)))
    with page.table(
        headings_style=heads, text_align=aligned, line_height=4.2, padding=0.8, borders_layout="HORIZONTAL_LINES",
        col_widths=_widths(table), wrapmode="CHAR" if _has_long_words(table) else "WORD",
    ) as pdf_table:  # fmt: skip
        for cells in (table.columns, *table.rows):
            row = pdf_table.row()
            for cell in cells:
                row.cell(typeset.printable(page, cell[:MAX_CELL]))
    page.set_font(typeset.FONT, "", TEXT_SIZE)
    page.ln(1)


def _widths(table: ReportTable) -> tuple[int, ...]:
    """Shares of the width: by the longest cell of each column, so that no column is starved."""
    columns = zip(table.columns, *table.rows, strict=True)
    return tuple(min(max(max(len(cell) for cell in column), 8), 40) for column in columns)


def _has_long_words(table: ReportTable) -> bool:
    """Whether a word may be longer than its column, which fpdf2 would refuse."""
    return any(len(word) > 24 for cells in table.rows for cell in cells for word in cell.split())


def _chart(page: FPDF, chart: TimeBars | ShareRows) -> None:
    drawn = drawing(chart)
    scale = page.epw / drawn.width  # mm for each unit of the drawing
    if page.will_page_break(drawn.height * scale + TITLE_HEIGHT):
        page.add_page()
    page.ln(2)
    typeset.line(page, chart.title)
    top = page.get_y() + 1
    page.set_font(typeset.FONT, "", SMALL_SIZE)
    _shapes(page, drawn, scale, top)
    page.set_font(typeset.FONT, "", TEXT_SIZE)
    page.set_xy(page.l_margin, top + drawn.height * scale)


def _shapes(page: FPDF, drawn: Drawing, scale: float, top: float) -> None:
    left = page.l_margin
    for shape in drawn.shapes:
        if isinstance(shape, Label):
            text = typeset.printable(page, shape.text)
            share = {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
            page.text(left + shape.x * scale - share * page.get_string_width(text), top + shape.y * scale, text)
            continue
        page.set_fill_color(*INKS[shape.ink])
        page.set_draw_color(*INKS[shape.ink])
        if isinstance(shape, Bar):
            page.rect(left + shape.x * scale, top + shape.y * scale, shape.width * scale, shape.height * scale, "F")
        elif isinstance(shape, Dot):
            page.circle(left + shape.x * scale, top + shape.y * scale, RADIUS * scale, style="F")
        elif isinstance(shape, Stroke):
            page.set_line_width(0.2 if shape.ink == "axis" else 0.5)
            page.line(left + shape.x1 * scale, top + shape.y1 * scale, left + shape.x2 * scale, top + shape.y2 * scale)
    page.set_line_width(0.2)
    page.set_draw_color(0)
    page.set_fill_color(255)  # the rows of a table would take the last one
