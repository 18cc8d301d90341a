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


def draw(schema: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Draw the fields of an object; {property: value}, without those that are optional and were left empty."""
    required = set(schema.get("required", ()))
    given = {}
    for name, part in schema.get("properties", {}).items():
        kind, nullable = resolve(part, schema.get("$defs", {}))
        value = _field(name, kind, name in required and not nullable, f"{key}-{name}")
        if value is not None:
            given[name] = value
    return given


def parsed(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values as an instance: JSON read, dates as text. Raises InvalidInput for text that is no JSON."""
    return {name: _plain(name, value) for name, value in given.items()}


def resolve(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """A property with its references followed, and whether it may be null."""
    whole = dict(part)
    if reference := whole.pop("$ref", None):
        whole = {**definitions[str(reference).rpartition("/")[2]], **whole}
    choices = whole.get("anyOf") or whole.get("allOf")
    if not choices:
        return whole, False
    kinds = [resolve(choice, definitions)[0] for choice in choices]
    known = [kind for kind in kinds if kind.get("type") != "null"]
    rest = {name: value for name, value in whole.items() if name not in ("anyOf", "allOf")}
    simple = known[0] if len(known) == 1 else {"type": "object"}
    return {**simple, **rest}, len(known) < len(kinds)


def _field(name: str, kind: Mapping[str, Any], needed: bool, key: str) -> Any:
    """The widget for one property; None where nothing was entered."""
    label = str(kind.get("title") or name.replace("_", " ").capitalize())
    label += "" if needed or kind.get("default") is not None else " (optional)"
    common = {"label": label, "key": key, "help": kind.get("description")}
    default = kind.get("default")
    options = kind.get("enum") or ([kind["const"]] if "const" in kind else None)
    if options:
        place = options.index(default) if default in options else None
        return st.selectbox(options=options, index=place, placeholder="Choose", **common)
    if kind.get("type") == "boolean" and (needed or isinstance(default, bool)):
        return st.checkbox(value=bool(default), **common)
    if kind.get("type") == "boolean":
        chosen = st.selectbox(options=["yes", "no"], index=None, placeholder="Choose", **common)
        return None if chosen is None else chosen == "yes"
    if kind.get("type") in ("integer", "number"):
        return _number(kind, default, common)
    if kind.get("type") == "string":
        return _text(kind, default, common)
    text = st.text_area(value="" if default is None else json.dumps(default), placeholder="JSON", **common)
    return AsJson(text) if text.strip() else None


def _number(kind: Mapping[str, Any], default: Any, common: Mapping[str, Any]) -> int | float | None:
    """A number within its bounds; an exclusive bound is left to the system's own check."""
    whole = kind["type"] == "integer"
    cast: Any = int if whole else float
    low, high = kind.get("minimum"), kind.get("maximum")
    value = st.number_input(
        min_value=None if low is None else cast(low),
        max_value=None if high is None else cast(high),
        value=None if default is None else cast(default),
        step=1 if whole else None,
        format=None if whole else "%.8g",  # coordinates keep their decimals
        placeholder=_bounds(low, high),
        **common,
    )
    return None if value is None else cast(value)


def _bounds(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}" if high is not None else "A number"


def _text(kind: Mapping[str, Any], default: Any, common: Mapping[str, Any]) -> Any:
    shape, longest = kind.get("format"), kind.get("maxLength")
    if shape == "date":
        return st.date_input(value=default, **common)
    if shape == "time":
        return st.time_input(value=default, **common)
    if shape == "date-time":
        return st.datetime_input(value=default, **common)
    example = next(iter(kind.get("examples", ())), None)
    placeholder = f"such as {example}" if example is not None else None
    draw_text = st.text_area if longest and longest > LONG_TEXT else st.text_input
    return draw_text(value=default or "", max_chars=longest, placeholder=placeholder, **common) or None


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, AsJson):
        try:
            return json.loads(value)
        except json.JSONDecodeError as problem:
            raise InvalidInput(
                f"Expected JSON in {name}. Received {str(value)[:40]!r}: {problem.msg} at character {problem.pos + 1}. "
                'Write a list as ["a", "b"], an object as {"name": 1}.'
            ) from None
    return value.isoformat() if isinstance(value, date | datetime | time) else value
