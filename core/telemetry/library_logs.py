"""Lines of libraries (Uvicorn, Streamlit, Python's warnings) in the form of the log's own events."""

from __future__ import annotations

import logging

from core.telemetry.logs import log

ACCESS = "uvicorn.access"
SERVERS = ("uvicorn", "uvicorn.error", ACCESS, "uvicorn.asgi")


class LibraryLines(logging.Handler):
    """Writes each record of the standard library's `logging` as one event, with the name of its logger."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it; what cannot be written is told by `logging` itself."""
        try:
            problem = record.exc_info[1] if record.exc_info else None
            more = {} if problem is None else {"exc_info": problem}
            log().log(record.levelno, record.getMessage(), logger=record.name, **more)
        except Exception:  # noqa: BLE001 - a line that cannot be written must not stop what it tells of
            self.handleError(record)


def take_over() -> None:
    """Have every library's lines written as events from now on; warnings of Python too."""
    root = logging.getLogger()
    if not any(isinstance(handler, LibraryLines) for handler in root.handlers):
        root.addHandler(LibraryLines())
    for name in SERVERS:
        take_over_logger(logging.getLogger(name))
    logging.captureWarnings(True)


def take_over_logger(logger: logging.Logger) -> None:
    """Have one logger's lines written as events alone, whatever it wrote them with before; Uvicorn's access not at all.

    Each request of the API has a line already, by its route; Uvicorn's would show the raw address with its query.
    """
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.propagate = True
    logger.disabled = logger.name == ACCESS
