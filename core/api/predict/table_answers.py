"""Tables at `POST /predict`: records as CSV, Parquet or Excel, answered as JSON, or line by line however many."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from core import systems
from core.api import forms, prediction_call
from core.api.bodies.request_body import RequestBody
from core.api.prediction_call import Named
from core.errors import InvalidInput, TooLarge
from core.inference.table_stream import TableCall, TableRow
from core.settings import settings
from core.tables.encodings import decode

KINDS = (
    "text/csv",
    "application/csv",
    "text/tab-separated-values",
    "application/vnd.apache.parquet",
    "application/x-parquet",
    "application/parquet",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


def is_read_by_system(body: RequestBody, named: Named) -> bool:
    """Whether the body is a table that its system reads itself; else its rows are instances. Raises UnknownSystem."""
    return body.kind in KINDS and not _lacks_header(body) and systems.answers_tables(named.system())


def _lacks_header(body: RequestBody) -> bool:
    """Whether a CSV says, as RFC 4180 has it, that it begins with the first row."""
    return "header=absent" in body.content_type.lower().replace(" ", "").split(";")


def read(body: RequestBody, named: Named, actor: str) -> TableCall:
    """The table as its system reads it. Raises UnknownSystem, UnknownVersion, TooLarge, InvalidInput."""
    return TableCall.read(
        named.system(),
        body.unpacked,
        actor=actor,
        source=prediction_call.SOURCE,
        version=named.version,
        site=named.site,
    )


def objects(call: TableCall) -> Iterator[dict[str, Any]]:
    """Each row as JSON has it, as soon as it is logged."""
    origin = {"model": call.common["system"], "model_version": call.model.version}
    for row in call.stream():
        yield {**_object(row), **origin}


def content(call: TableCall) -> dict[str, Any]:
    """All rows in one body. Raises TooLarge for more than a request may hold, InvalidInput where none is answered."""
    limit = settings().max_instances
    if len(call) > limit:
        raise TooLarge(
            expected=f"a table of up to {limit} rows",
            received=f"{len(call)}",
            advice="Ask for lines with the header 'accept: application/x-ndjson', which may be any number.",
        )
    rows = list(call.stream())
    if not any(row.prediction for row in rows):
        reason = rows[0].reason if rows else "none"
        raise InvalidInput(expected="rows that can be answered", received="none", advice=f"The first: {reason}")
    return {
        "predictions": [_object(row) for row in rows],
        "model": call.common["system"],
        "model_version": call.model.version,
    }


def _object(row: TableRow) -> dict[str, Any]:
    if row.prediction is None:
        return {"row": row.row, "error": InvalidInput.kind, "detail": row.reason}
    return {"row": row.row, **forms.as_json(row.prediction)}


def instances_of(body: RequestBody) -> list[Any]:
    """The rows as instances by the names of their columns, without these in the order of the fields.

    Empty cells are left out. Raises InvalidInput, TooLarge.
    """
    if _lacks_header(body):
        return _rows_of(decode(body.unpacked))
    from core.tables.reader import read_table  # with pandas

    frame = read_table(body.unpacked).frame
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in record.items() if value is not None} for record in records]


def _rows_of(text: str) -> list[list[str | None]]:
    """The rows of a CSV without a header, None for empty cells. Raises InvalidInput."""
    try:
        return [[cell or None for cell in row] for row in csv.reader(io.StringIO(text, newline="")) if row]
    except csv.Error as problem:
        raise InvalidInput(
            expected="a CSV divided by commas", received=f"what cannot be read as one ({problem!s:.80})"
        ) from None
