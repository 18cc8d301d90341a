"""Small pictures, the region that decided, and the drawn example."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pages.parts.shared import pictures
from tests.support import bad_photos


def test_a_small_picture_keeps_its_shape_and_an_unreadable_one_has_none():
    assert pictures.small(bad_photos.jpeg(1)).size == (480, 360)
    assert pictures.small(b"no photo") is None


def test_the_deciding_region_stays_bright_and_the_rest_turns_dim_and_grey():
    picture = Image.new("RGB", (200, 200), (200, 40, 40))
    heat = np.zeros((4, 4))
    heat[0, 0] = 0.5  # the strongest place counts as 1
    shown = np.asarray(pictures.deciding_region(picture, heat)).astype(int)
    assert abs(shown[5, 5] - [200, 40, 40]).max() < 12
    assert np.ptp(shown[190, 190]) == 0
    assert shown[190, 190].max() < 60


def test_a_flat_heat_map_is_drawn_without_complaint():
    pictures.deciding_region(Image.new("RGB", (50, 40)), np.zeros((7, 7)))


def test_the_example_is_a_photo_that_can_be_decoded():
    assert pictures.small(pictures.drawn_example()).size == (480, 480)


def test_each_of_several_things_gets_a_numbered_frame():
    picture = Image.new("RGB", (320, 240), (90, 90, 90))
    framed = np.asarray(pictures.numbered(picture, [(0.1, 0.1, 0.4, 0.5), (0.5, 0.5, 1.0, 1.0)])).astype(int)
    frame = np.abs(framed - pictures.EDGE_COLOUR).max(axis=2) == 0
    assert frame[60, 32]  # left edge of the first
    assert frame[239, 240]  # lower edge of the second
    assert not frame[100, 60]  # inside the first
    assert (framed[24:40, 32:44] == 0).all(axis=2).any()  # its number, black on the frame's colour
    assert np.asarray(picture).max() == 90  # the picture itself is left alone
