"""What a person asks of a report in words: its form by a file's name, its period by a length."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePath

from pydantic import TypeAdapter, ValidationError

from core.alerts.rules import Duration
from core.errors import InvalidInput
from core.reports.content import ReportContent
from core.reports.html_page import html
from core.reports.pdf_paper import pdf


def renderer(file_name: str) -> Callable[[ReportContent], bytes]:
    """What writes a report in the form that a file's name ends in. Raises InvalidInput."""
    forms: dict[str, Callable[[ReportContent], bytes]] = {".pdf": pdf, ".html": lambda content: html(content).encode()}
    form = forms.get(PurePath(file_name).suffix.lower())
    if form is None:
        raise InvalidInput(
            expected="a file that ends in .html or .pdf", received=f"{file_name!r:.80}", advice="Name it so."
        )
    return form


def length_of(text: str) -> timedelta:
    """A length such as "12h" or "30d", longer than none. Raises InvalidInput."""
    try:
        length = TypeAdapter[timedelta](Duration).validate_python(text)
    except ValidationError:
        length = timedelta(0)
    if not length:
        raise InvalidInput(
            expected="a whole number with m, h or d, such as 12h or 30d, of at most 400d, or all",
            received=f"{text!r:.40}",
            advice="Write the period so.",
        )
    return length
