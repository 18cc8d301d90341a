"""A form from a JSON schema: one field per property, of the kind that fits it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import streamlit as st

from core.errors import InvalidInput

LONG_TEXT = 200  # characters: beyond, a text gets several lines


class AsJson(str):
    """Text that stands for JSON: a list or an object, which no simple field can hold."""

    __slots__ = ()


def draw(schema: Mapping[str, Any], key: str) -> dict[str, object]:
    """Draw the fields of an object; {property: value}, without those that are optional and were left empty."""
    required = set(schema.get("required", ()))
    values = {}
    for name, part in schema.get("properties", {}).items():
        kind, nullable = resolve(part, schema.get("$defs", {}))
        value = _field(name, kind, name in required and not nullable, f"{key}-{name}")
        if value is not None:
            values[name] = value
    return values


def parsed(values: Mapping[str, object]) -> dict[str, Any]:
    """The values as an instance: JSON read, dates as text. Raises InvalidInput for text that is no JSON."""
    return {name: _plain(name, value) for name, value in values.items()}


def resolve(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """A property with its references followed, and whether it may be null."""
    schema = dict(part)
    if reference := schema.pop("$ref", None):
        schema = {**definitions[str(reference).rpartition("/")[2]], **schema}
    choices = schema.get("anyOf") or schema.get("allOf")
    if not choices:
        return schema, False
    kinds = [resolve(choice, definitions)[0] for choice in choices]
    not_null = [kind for kind in kinds if kind.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "allOf")}
    simple = not_null[0] if len(not_null) == 1 else {"type": "object"}
    return {**simple, **rest}, len(not_null) < len(kinds)


def _field(name: str, kind: Mapping[str, Any], needed: bool, key: str) -> object:
    """The widget for one property; None where nothing was entered."""
    label = str(kind.get("title") or name.replace("_", " ").capitalize())
    label += "" if needed or kind.get("default") is not None else " (optional)"
    about, default = kind.get("description"), kind.get("default")
    options = kind.get("enum") or ([kind["const"]] if "const" in kind else None)
    if options:
        index = options.index(default) if default in options else None
        return st.selectbox(label, options, index=index, placeholder="Choose", key=key, help=about)
    if kind.get("type") == "boolean" and (needed or isinstance(default, bool)):
        return st.checkbox(label, value=bool(default), key=key, help=about)
    if kind.get("type") == "boolean":
        choice = st.selectbox(label, ["yes", "no"], index=None, placeholder="Choose", key=key, help=about)
        return None if choice is None else choice == "yes"
    if kind.get("type") in ("integer", "number"):
        return _number(label, kind, key)
    if kind.get("type") == "string":
        return _text(label, kind, key)
    value = "" if default is None else json.dumps(default)
    text = st.text_area(label, value=value, placeholder="JSON", key=key, help=about)
    return AsJson(text) if text.strip() else None


def _number(label: str, kind: Mapping[str, Any], key: str) -> int | float | None:
    """A number within its bounds; an exclusive bound is left to the system's own check."""
    low, high, default = kind.get("minimum"), kind.get("maximum"), kind.get("default")
    placeholder, about = _bounds(low, high), kind.get("description")
    if kind["type"] == "integer":
        low, high, default = (None if bound is None else int(bound) for bound in (low, high, default))
        return st.number_input(label, low, high, default, step=1, placeholder=placeholder, key=key, help=about)
    low, high, default = (None if bound is None else float(bound) for bound in (low, high, default))
    precise = "%.8g"  # coordinates keep their decimals
    return st.number_input(label, low, high, default, format=precise, placeholder=placeholder, key=key, help=about)


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}" if high is not None else "A number"


def _text(label: str, kind: Mapping[str, Any], key: str) -> str | date | datetime | time | None:
    shape, max_length, about, default = (kind.get(part) for part in ("format", "maxLength", "description", "default"))
    if shape == "date":
        return st.date_input(label, value=default, key=key, help=about)
    if shape == "time":
        return st.time_input(label, value=default, key=key, help=about)
    if shape == "date-time":
        return st.datetime_input(label, value=default, key=key, help=about)
    example = next(iter(kind.get("examples", ())), None)
    placeholder = f"such as {example}" if example is not None else None
    draw_text = st.text_area if max_length and max_length > LONG_TEXT else st.text_input
    text = draw_text(label, value=default or "", max_chars=max_length, placeholder=placeholder, key=key, help=about)
    return text or None


def _plain(name: str, value: object) -> object:
    if isinstance(value, AsJson):
        try:
            return json.loads(value)
        except json.JSONDecodeError as problem:
            raise InvalidInput(
                expected=f"JSON in {name}",
                received=f"{str(value)[:40]!r}: {problem.msg} at character {problem.pos + 1}",
                advice='Write a list as ["a", "b"], an object as {"name": 1}.',
            ) from None
    return value.isoformat() if isinstance(value, date | datetime | time) else value
