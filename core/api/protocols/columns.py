"""Instances and answers by column, as protocols of tensors have them: what goes in and comes out under which name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.api import forms, model_fields
from core.api.model_fields import FieldKind, ModelField
from core.contract import Prediction
from core.errors import InvalidInput
from core.security.encoded_files import decode_base64

WHOLE = "answer"
OUTPUTS: tuple[ModelField, ...] = (
    ModelField("class", "text"),
    ModelField("score", "number"),
    ModelField("abstained", "boolean"),
    ModelField("reason", "text"),
    ModelField("prediction_id", "text"),
    ModelField("error", "text"),
    ModelField(WHOLE, "json"),
)
"""What every system answers; `answer` is all of it as JSON, with the system's own fields."""
EMPTY: Mapping[FieldKind, Any] = {"text": "", "number": 0.0, "boolean": True}
"""What stands where a prediction has nothing to say: an instance that failed counts as abstained, its score as 0."""


def rows_of(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Instances from columns; None leaves a field out. Raises InvalidInput for columns of different lengths."""
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        told = ", ".join(f"{name!r:.40} has {len(column)}" for name, column in columns.items())
        raise InvalidInput(expected="as many values in every input", received=told[:300], advice="Send one for each.")
    names = list(columns)
    return [
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in zip(*columns.values(), strict=True)
    ]


def rows_of_inputs(inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Instances from {field: list of values}, or one instance where no field has a list. Raises InvalidInput."""
    if not any(isinstance(values, list) for values in inputs.values()):
        return [dict(inputs)]
    return rows_of({name: values if isinstance(values, list) else [values] for name, values in inputs.items()})


def named_fields(system: str, value: Any) -> Any:
    """An instance with its values as the model takes them: files as bytes, text as text.

    A value on its own, or as `{"b64": text}`, is that of the only field; where there are several, bytes are a whole
    instance. Raises UnknownSystem, InvalidInput (a list of too many values).
    """
    fields = model_fields.fields_of(system)
    if isinstance(value, Mapping) and set(value) != {"b64"}:
        known = {field.name: field for field in fields}
        return {name: _plain(known.get(name), one) for name, one in value.items()}
    if isinstance(value, list):
        return {name: _plain(None, one) for name, one in model_fields.of_list(system, value).items()}
    return {fields[0].name: _plain(fields[0], value)} if len(fields) == 1 else _plain(None, value)


def _plain(field: ModelField | None, value: Any) -> Any:
    """A value without its base64, in what the field takes; as it came where that fails: the model refuses it."""
    try:
        if isinstance(value, Mapping) and set(value) == {"b64"} and isinstance(value["b64"], str):
            value = decode_base64(value["b64"], "a value", InvalidInput)
        return value if field is None else model_fields.fitted(field, value)
    except InvalidInput:
        return value


def row_of(prediction: Prediction) -> dict[str, Any]:
    """A prediction by the names of OUTPUTS, each with a value."""
    whole = forms.as_json(prediction)
    row = {field.name: whole.get(field.name) for field in OUTPUTS}
    row["error"] = "" if prediction.answer else whole["detail"]
    row[WHOLE] = whole
    return {field.name: EMPTY.get(field.kind) if row[field.name] is None else row[field.name] for field in OUTPUTS}
