"""The fields of a system's input in their documented order, and values of strangers fitted to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel

from core import systems
from core.api.bodies import json_text
from core.errors import InvalidInput

FieldKind = Literal["file", "text", "number", "integer", "boolean", "json"]
"""What a field holds: a file's bytes, text, one number, a truth value, or a value of several parts."""
SCHEMA_KINDS: Mapping[str, FieldKind] = {
    "string": "text", "number": "number", "integer": "integer", "boolean": "boolean"
}  # fmt: skip


@dataclass(frozen=True)
class ModelField:
    """One field of an input."""

    name: str
    kind: FieldKind


def fields_of(system: str) -> tuple[ModelField, ...]:
    """The fields of the system's input, as its description lists them. Raises UnknownSystem."""
    return _fields(systems.get(system).Input)


@lru_cache(maxsize=32)
def _fields(model: type[BaseModel]) -> tuple[ModelField, ...]:
    schema = model.model_json_schema()
    parts = schema.get("$defs", {})
    return tuple(ModelField(name, _kind(field, parts)) for name, field in schema.get("properties", {}).items())


def _kind(field: Mapping[str, Any], parts: Mapping[str, Any]) -> FieldKind:
    """What a field holds, by its JSON Schema; of several possibilities the first that is not null."""
    choices = [choice for choice in field.get("anyOf", [field]) if choice.get("type") != "null"]
    first = choices[0] if choices else {}
    if "$ref" in first:
        first = parts.get(str(first["$ref"]).rpartition("/")[2], {})
    if first.get("format") == "binary" or "b64" in first.get("properties", {}):
        return "file"
    return SCHEMA_KINDS.get(str(first.get("type")), "json")


def of_list(system: str, values: Sequence[Any]) -> dict[str, Any]:
    """An instance from its values in the documented order; null leaves a field out.

    Raises InvalidInput for more values than fields.
    """
    fields = fields_of(system)
    if len(values) > len(fields):
        raise InvalidInput(
            expected=f"up to {len(fields)} values, which are {', '.join(field.name for field in fields)}",
            received=f"{len(values)}",
            advice="Leave the others out, or send an object with names.",
        )
    return {field.name: value for field, value in zip(fields, values, strict=False) if value is not None}


def instance_of(system: str, value: Any) -> Any:
    """An instance as the system's input takes it, from one that may be a list of values."""
    return of_list(system, value) if isinstance(value, list) else value


def fitted(field: ModelField, value: Any) -> Any:
    """A value that came as bytes or as text in what the field takes: text, a file's bytes, or parsed JSON.

    Raises InvalidInput for text that is not UTF-8 and for JSON that cannot be read.
    """
    if field.kind == "file":
        return json_text.parsed(value.encode()) if isinstance(value, str) and value[:1] == "{" else value
    if isinstance(value, bytes):
        value = _decoded(field, value)
    if isinstance(value, str) and field.kind != "text" and value.lstrip()[:1] in ("{", "["):
        return json_text.parsed(value.encode("utf-8", "surrogatepass"))
    return value


def _decoded(field: ModelField, value: bytes) -> str:
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(
            expected=f"text in UTF-8 as {field.name}", received="other bytes", advice="Encode it as UTF-8."
        ) from None
