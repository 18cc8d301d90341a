"""A report on a period for whoever answers for the models: what was counted, in sentences, tables and few charts."""

from __future__ import annotations

from core.reports.forms import length_of, renderer
from core.reports.html_page import html
from core.reports.pdf_paper import pdf
from core.reports.sections import report_content
from core.reports.store_reading import read_facts

__all__ = ["html", "length_of", "pdf", "read_facts", "renderer", "report_content"]
