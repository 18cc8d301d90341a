"""Multipart bodies: what HTTP libraries write is read as they meant it, and no bytes whatever break the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import encode_multipart_formdata
from urllib3.fields import RequestField

from core.api.bodies import form
from core.errors import InvalidInput

BOUNDARY = "----a-boundary"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
names = st.text(st.characters(min_codepoint=32, exclude_characters='"\\', exclude_categories=["Cs"]), min_size=1)
files = st.none() | st.just("a photo.jpg") | st.just("größer.csv")
fields = st.lists(st.tuples(names, st.binary(max_size=200), files), min_size=1, max_size=5)


def encoded(parts):
    """The fields as urllib3 writes them."""
    written = []
    for name, content, file_name in parts:
        field = RequestField(name, content, filename=file_name)
        field.make_multipart(content_type="image/jpeg" if file_name else None)
        written.append(field)
    return encode_multipart_formdata(written, BOUNDARY)


@given(fields)
def test_what_a_library_writes_is_read_as_it_was_meant(parts):
    body, kind = encoded(parts)
    read = [(part.name, part.content, part.file_name) for part in form.parts_of(body, kind)]
    assert read == [(name, content, file_name) for name, content, file_name in parts]


@given(fields, st.data())
def test_a_body_that_was_cut_or_changed_is_read_or_refused(parts, data):
    body, kind = encoded(parts)
    at = data.draw(st.integers(0, len(body)))
    changed = body[:at] + data.draw(st.sampled_from([b"", b"\r\n", b"--", b"\0", f"--{BOUNDARY}".encode()]))
    changed += body[at + data.draw(st.integers(0, 30)) :] if data.draw(st.booleans()) else b""
    try:
        form.parts_of(changed, kind)
    except InvalidInput as refusal:
        assert "multipart/form-data" in refusal.message


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", f"{KIND}; boundary=other"])
def test_a_body_without_its_boundary_is_refused(kind):
    with pytest.raises(InvalidInput):
        form.parts_of(b"--other--" if "=other" not in kind else b"--none--", kind)


def test_a_preamble_and_an_empty_form_are_nothing():
    assert form.parts_of(f"preamble\r\n--{BOUNDARY}--\r\n".encode(), KIND) == []


def test_a_boundary_inside_a_file_is_part_of_it_unless_it_begins_a_line():
    content = f"x--{BOUNDARY} and more".encode()
    body, _ = encode_multipart_formdata({"file": ("a", content)}, BOUNDARY)
    [part] = form.parts_of(body, KIND)
    assert part.content == content
