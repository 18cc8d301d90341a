"""The log: one line for each event on standard error, as a JSON object or as text for a terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Literal

from core.telemetry.answered_request import answering, current_trace

if TYPE_CHECKING:  # see `log`
    from structlog.typing import FilteringBoundLogger, Processor

LogForm = Literal["json", "text"]

_wanted: dict[str, str] = {"level": "INFO", "form": "json"}
_configured: dict[str, str] = {}


def configure(level: str = "INFO", form: LogForm = "json") -> None:
    """Log events of `level` and graver ones from now on, in that form."""
    _wanted.update(level=level, form=form)


def log() -> FilteringBoundLogger:
    """The structured logger, one line per event on standard error; call as `log().info("event", key=value)`.

    While a request is answered, each line has its `request_id`, `trace_id` and `span_id`. Standard output is for
    answers, and a traceback never shows what was in memory.
    """
    import structlog  # at the first event, not at start: it brings what only a developer's terminal needs

    if _configured != _wanted:
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                _with_request,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                *_rendering(),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[_wanted["level"]]),
            logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
            cache_logger_on_first_use=False,  # so that a later level counts, and standard error as it is then
        )
        _configured.update(_wanted)
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger


def _rendering() -> list[Processor]:
    """The last steps of a line, by the form that is wanted."""
    import structlog

    if _wanted["form"] == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback  # the richer ones show the values of variables
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _with_request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with the ids of the request that is being answered."""
    if request := answering():
        event.setdefault("request_id", request.id)
    if trace := current_trace():
        event.setdefault("trace_id", trace.trace_id)
        event.setdefault("span_id", trace.span_id)
    return event
