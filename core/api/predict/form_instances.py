"""From the fields and files of a form to instances: a name given several times makes several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.api import model_fields
from core.api.bodies import json_text
from core.api.bodies.form import FormPart
from core.api.model_fields import ModelField
from core.errors import InvalidInput

WHOLE_INPUTS = {"input": False, "instances": True}  # {field that holds instances as JSON: whether it is a list of them}
TABLE_KINDS = ("text/csv", "application/csv")


def instances_of(system: str, parts: Sequence[FormPart]) -> list[Any]:
    """The instances of a form.

    A file under a name that is no field of the model is an instance on its own, as the command line reads files. Else
    each value of a name goes to one instance, in order; what is given once goes to all.

    Raises UnknownSystem, InvalidInput.
    """
    fields = {field.name: field for field in model_fields.fields_of(system)}
    values: dict[str, list[Any]] = {}
    whole: list[Any] = []
    for part in parts:
        if part.name in fields:
            values.setdefault(part.name, []).append(_value(fields[part.name], part))
        elif part.name in WHOLE_INPUTS and part.file_name is None:
            whole += _whole(part)
        elif part.file_name is not None:
            whole.append(part.content)
        else:
            values.setdefault(part.name, []).append(part.text)  # the model says that it knows no such field
    if whole and values:
        raise InvalidInput(
            expected="the model's fields, or whole inputs",
            received=f"both ({', '.join(values)} beside whole ones)"[:200],
            advice=f"The fields are {', '.join(fields)}.",
        )
    return whole or _rows(values)


def _whole(part: FormPart) -> list[Any]:
    value = json_text.parsed(part.content)
    if not WHOLE_INPUTS[part.name]:
        return [value]
    if not isinstance(value, list):
        raise InvalidInput(expected="a JSON list as instances", received=type(value).__name__)
    return value


def _value(field: ModelField, part: FormPart) -> Any:
    """What a part says of a field: a file's bytes, text, a parsed value; a CSV where rows of numbers are wanted."""
    if part.file_name is None:
        return model_fields.fitted(field, part.text)
    if field.kind == "json" and (part.kind in TABLE_KINDS or part.file_name.lower().endswith(".csv")):
        return _rows_of_numbers(part)
    if field.kind == "json":
        return json_text.parsed(part.content)
    return model_fields.fitted(field, part.content)


def _rows_of_numbers(part: FormPart) -> list[list[float]]:
    """A CSV's columns of numbers as rows, such as time and rain."""
    from core.tables.columns import table  # with NumPy

    cells = table(part.content, part.file_name or part.name)
    return [list(row) for row in zip(*(cells.numbers(name).tolist() for name in cells.names), strict=True)]


def _rows(values: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """{field: its values} as instances. Raises InvalidInput where the counts do not go together."""
    count = max((len(column) for column in values.values()), default=0)
    if odd := {name: len(column) for name, column in values.items() if len(column) not in (1, count)}:
        raise InvalidInput(
            expected=f"each field once, or {count} times",
            received=", ".join(f"{name!r:.40} {times} times" for name, times in odd.items()),
            advice="Send as many of each.",
        )
    return [
        {name: column[0] if len(column) == 1 else column[row] for name, column in values.items()}
        for row in range(count)
    ]
