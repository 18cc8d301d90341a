"""The size of AV1 pictures as their coded data says it, of any encoder's options, and of files that are none."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.security.av1_header import UnreadableHeader, coded_sizes
from tests.support import bad_photos

AVIF = bad_photos.avif()


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (97, 63), (1000, 37), (3, 2049)])
@pytest.mark.parametrize(
    "options", [{}, {"quality": 100}, {"subsampling": "4:0:0"}, {"subsampling": "4:4:4", "speed": 9}], ids=str
)
def test_the_coded_size_is_read_whatever_the_encoder_was_told(size, options):
    assert coded_sizes(bad_photos.encode(Image.new("RGB", size, bad_photos.BLUE), "AVIF", **options)) == [size]


def test_the_size_is_that_of_the_coded_picture_and_not_what_the_container_says():
    assert coded_sizes(bad_photos.avif_that_lies(300, 200)) == [(300, 200)]


def test_transparency_and_the_first_picture_of_an_animation_are_pictures_too():
    assert coded_sizes(bad_photos.ODD["an AVIF with transparency"]) == [(40, 40)] * 2
    assert coded_sizes(bad_photos.ODD["an animated AVIF"]) == [(96, 64)] * 2


@pytest.mark.parametrize(
    "data", [b"", bad_photos.jpeg(1), bad_photos.heic(), AVIF[:200]], ids=["0", "JPEG", "HEIC", "cut"]
)
def test_what_does_not_say_its_size_is_refused(data):
    with pytest.raises(UnreadableHeader):
        coded_sizes(data)


@given(st.integers(0, len(AVIF)), st.binary(min_size=1, max_size=40))
def test_damaged_files_give_sizes_or_are_refused(place, junk):
    damaged = bytearray(AVIF)
    damaged[place : place + len(junk)] = junk
    with contextlib.suppress(UnreadableHeader):
        assert coded_sizes(bytes(damaged))


def test_items_that_overlap_without_end_are_refused_and_not_copied():
    count = 60_000
    item = b"\0\1\0\0\0\1" + (0).to_bytes(4, "big") + len(AVIF).to_bytes(4, "big")
    iloc = b"\0\0\0\0\x44\0" + count.to_bytes(2, "big") + item * count
    box = (len(iloc) + 8).to_bytes(4, "big") + b"iloc" + iloc
    meta = (len(box) + 12).to_bytes(4, "big") + b"meta\0\0\0\0" + box
    with pytest.raises(UnreadableHeader, match="more than the file"):
        coded_sizes(meta)
