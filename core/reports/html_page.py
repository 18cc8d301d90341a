"""A report as one HTML file that asks no other host: light or dark as its reader's screen is, white on paper."""

from __future__ import annotations

from html import escape

from core.reports.content import INVENTED, ReportContent, ReportSection, ReportTable, ShareRows, TimeBars
from core.reports.drawing import RADIUS, Bar, Dot, Shape, Stroke, drawing

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { --ink: #0C141C; --small: #3D4A55; --ground: #FFFFFF; --line: #C5D0D8; --data: #0072B2; --marked: #A63A00; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #E4EAEF; --small: #B9C5CF; --ground: #0A0F13; --line: #33414D; --data: #56B4E9; --marked: #FF9B6B; }
}
:root { color-scheme: light dark; }
body {
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--ground);
  font: 16px/1.5 "Source Sans 3", "Source Sans Pro", system-ui, sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 1.75rem 0 .5rem; break-after: avoid; }
h3 { font-size: .95rem; margin: 1rem 0 .25rem; color: var(--small); font-weight: 600; break-after: avoid; }
p { margin: .35rem 0; overflow-wrap: anywhere; }
.small { color: var(--small); }
.invented { border: 2px solid #B87700; background: #F3BE55; color: #0C141C; padding: .5rem .75rem; font-weight: 600; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
th, td { min-width: 4rem; }
th { color: var(--small); font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
figure { margin: .5rem 0; break-inside: avoid; overflow-x: auto; }
svg { width: 100%; min-width: 30rem; height: auto; font-size: 13px; }
svg text { fill: var(--ink); }
.data { fill: var(--data); stroke: var(--data); } .marked { fill: var(--marked); stroke: var(--marked); }
.axis { stroke: var(--line); fill: none; } line { stroke-width: 2; } line.axis { stroke-width: 1; }
rect { stroke: none; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } tr { break-inside: avoid; } }
"""


def html(content: ReportContent) -> str:
    """The report as an HTML document; all text from the log is escaped."""
    band = f'<p class="invented">{escape(INVENTED)}</p>' if content.is_invented else ""
    title = f"{'Invented: ' if content.is_invented else ''}{content.title}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{band}"
        f'<h1>{escape(content.title)}</h1>\n<p class="small">{escape(content.subtitle)} Made by Lookout.</p>\n'
        f"{''.join(_section(section) for section in content.sections)}</body>\n</html>\n"
    )


def _section(section: ReportSection) -> str:
    paragraphs = "".join(f"<p>{escape(sentence)}</p>\n" for sentence in section.sentences)
    tables = "".join(_table(table) for table in section.tables)
    charts = "".join(_chart(chart) for chart in section.charts)
    return f"<h2>{escape(section.heading)}</h2>\n{paragraphs}{tables}{charts}"


def _table(table: ReportTable) -> str:
    classes = [' class="number"' if index in table.numbers else "" for index in range(len(table.columns))]

    def row(cells: tuple[str, ...], tag: str) -> str:
        written = (f"<{tag}{kind}>{escape(cell)}</{tag}>" for cell, kind in zip(cells, classes, strict=True))
        return f"<tr>{''.join(written)}</tr>\n"

    body = "".join(row(cells, "td") for cells in table.rows)
    head = f"<thead>{row(table.columns, 'th')}</thead>"
    return f'<div class="table" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>\n'


def _chart(chart: TimeBars | ShareRows) -> str:
    drawn = drawing(chart)
    shapes = "".join(_shape(shape) for shape in drawn.shapes)
    box = f"0 0 {drawn.width:g} {drawn.height:g}"
    svg = f'<svg viewBox="{box}" role="img" aria-label="{escape(chart.title)}">{shapes}</svg>'
    return f"<figure><h3>{escape(chart.title)}</h3>{svg}</figure>\n"


def _shape(shape: Shape) -> str:
    if isinstance(shape, Bar):
        attributes = f'x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" height="{shape.height:.1f}"'
        return f'<rect class="{shape.ink}" {attributes}/>'
    if isinstance(shape, Stroke):
        attributes = f'x1="{shape.x1:.1f}" y1="{shape.y1:.1f}" x2="{shape.x2:.1f}" y2="{shape.y2:.1f}"'
        return f'<line class="{shape.ink}" {attributes}/>'
    if isinstance(shape, Dot):
        return f'<circle class="{shape.ink}" cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{RADIUS:g}"/>'
    return f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" text-anchor="{shape.anchor}">{escape(shape.text)}</text>'
