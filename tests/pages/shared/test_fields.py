"""A form from a schema: each kind of property gets the field that fits it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import pytest
from pydantic import BaseModel, Field
from streamlit.testing.v1 import AppTest

from core.errors import InvalidInput
from pages.parts.shared import fields


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Everything(BaseModel):
    name: str = Field(max_length=50, description="What it is called.")
    story: str = Field(max_length=2000)
    count: int = Field(ge=0, le=9)
    weight: float = 1.5
    fresh: bool
    colour: Colour
    size: Literal["small", "large"] | None = None
    note: str | None = None
    tags: list[str] = []


def page(schema):
    import streamlit as st

    from pages.parts.shared import fields

    st.session_state["given"] = fields.draw(schema, key="test")


def drawn() -> AppTest:
    return AppTest.from_function(page, args=(Everything.model_json_schema(),), default_timeout=30).run()


def test_each_property_gets_the_field_that_fits():
    at = drawn()
    assert not at.exception
    assert [field.label for field in at.text_input] == ["Name", "Note (optional)"]
    assert [field.label for field in at.text_area] == ["Story", "Tags"]
    assert [field.label for field in at.number_input] == ["Count", "Weight"]
    assert [field.label for field in at.checkbox] == ["Fresh"]
    assert [field.label for field in at.selectbox] == ["Colour", "Size (optional)"]


def test_what_is_entered_is_a_valid_instance():
    at = drawn()
    at.text_input[0].input("cup")
    at.text_area[0].input("found on the beach")
    at.number_input[0].set_value(3)
    at.selectbox[0].select("blue")
    at.text_area[1].input('["a"]')
    at.run()
    given = fields.parsed(at.session_state["given"])
    assert Everything.model_validate(given) == Everything(
        name="cup", story="found on the beach", count=3, fresh=False, colour=Colour.BLUE, tags=["a"]
    )


def test_what_is_left_empty_is_left_out():
    assert set(drawn().session_state["given"]) == {"weight", "fresh", "tags"}


def test_text_that_is_no_json_is_refused_with_its_place():
    with pytest.raises(InvalidInput, match="Expected JSON in tags"):
        fields.parsed({"tags": fields.AsJson("[1,")})
