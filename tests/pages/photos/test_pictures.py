"""Small pictures, the region that decided, and the drawn example."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pages.parts.photos import pictures
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
