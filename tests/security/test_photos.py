"""What may be decoded of what strangers send as photos."""

from __future__ import annotations

import base64
import io
import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import LookoutError, TooLarge, UnreadablePhoto
from core.security.encoded_files import decode_base64
from core.security.photos import decode_photo
from core.settings import settings
from tests.support import bad_photos


def set_to(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(f"LOOKOUT_{name}".upper(), value)
    settings.cache_clear()


@pytest.mark.parametrize("data", bad_photos.UNREADABLE.values(), ids=bad_photos.UNREADABLE.keys())
def test_what_is_no_photo_is_refused_in_words(data):
    with pytest.raises(UnreadablePhoto, match=r"Expected .* Received .*\."):
        decode_photo(data)


@pytest.mark.parametrize("data", bad_photos.ODD.values(), ids=bad_photos.ODD.keys())
def test_an_odd_photo_is_decoded_to_rgb(data):
    photo = decode_photo(data)
    assert photo.mode == "RGB"
    photo.load()


def test_a_decompression_bomb_is_refused_by_its_header_without_unpacking_it():
    bomb = bad_photos.bomb_png()
    assert len(bomb) < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="megapixels"):
            decode_photo(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_a_photo_just_over_the_limit_of_pixels_is_refused_too(monkeypatch):
    set_to(monkeypatch, max_photo_megapixels="0.01")
    with pytest.raises(TooLarge, match="101 x 100"):
        decode_photo(bad_photos.encode(Image.new("L", (101, 100)), "PNG"))
    assert decode_photo(bad_photos.encode(Image.new("L", (100, 100)), "PNG")).size == (100, 100)


def test_a_file_over_the_limit_of_bytes_is_refused_before_it_is_opened(monkeypatch):
    set_to(monkeypatch, max_photo_mb="0.001")
    with pytest.raises(TooLarge, match=r"up to 0.001 MB"):
        decode_photo(bytes(1001))


@pytest.mark.parametrize(("size", "words"), [(1, "1 byte"), (16, "16 bytes"), (30_204, "30 kB"), (4_200_000, "4.2 MB")])
def test_the_size_of_what_is_no_photo_is_told_in_words_of_its_own_scale(size, words):
    with pytest.raises(UnreadablePhoto, match=f"of another kind, {words}[.] Export"):
        decode_photo(bytes(size))


@pytest.mark.parametrize("orientation", bad_photos.UNDO)
def test_all_eight_exif_orientations_give_the_same_upright_picture(orientation):
    upright = np.asarray(bad_photos.flag(), np.int16)
    received = np.asarray(decode_photo(bad_photos.turned_jpeg(orientation)), np.int16)
    assert received.shape == upright.shape
    assert np.abs(received - upright).max() <= 4  # JPEG at its best quality


def test_an_orientation_that_does_not_exist_is_ignored():
    exif = Image.Exif()
    exif[bad_photos.ORIENTATION] = 77
    assert decode_photo(bad_photos.encode(bad_photos.flag(), "JPEG", exif=exif)).size == (96, 64)


def test_sixteen_bits_are_scaled_and_not_cut():
    ramp = np.asarray(decode_photo(bad_photos.sixteen_bit_tiff()))[..., 0]
    assert (int(ramp.min()), int(ramp.max())) == (0, 255)
    assert abs(float(ramp.mean()) - 127.5) < 1


def test_an_animation_gives_its_first_frame():
    assert np.abs(np.asarray(decode_photo(bad_photos.animated_gif()), int) - bad_photos.RED).max() < 8


@pytest.mark.parametrize("kind", ["an AVIF", "an AVIF with the container's own brand", "a HEIC"])
def test_photos_of_phones_keep_their_picture(kind):
    upright = np.asarray(bad_photos.flag(), np.int16)
    assert np.abs(np.asarray(decode_photo(bad_photos.ODD[kind]), np.int16) - upright).mean() < 8


def test_an_animated_avif_gives_its_first_frame():
    first = np.asarray(decode_photo(bad_photos.ODD["an animated AVIF"]), np.int16)
    assert np.abs(first - np.asarray(bad_photos.flag(), np.int16)).mean() < 12


def test_an_avif_turned_by_exif_is_upright():
    exif = Image.Exif()
    exif[bad_photos.ORIENTATION] = 6
    stored = bad_photos.flag().transpose(Image.Transpose.ROTATE_90)
    photo = decode_photo(bad_photos.encode(stored, "AVIF", quality=90, exif=exif))
    assert photo.size == (96, 64)
    assert np.abs(np.asarray(photo, np.int16) - np.asarray(bad_photos.flag(), np.int16)).mean() < 8


def test_an_avif_over_the_limit_of_pixels_is_refused_by_its_header(monkeypatch):
    set_to(monkeypatch, max_photo_megapixels="0.006")
    with pytest.raises(TooLarge, match="96 x 64"):
        decode_photo(bad_photos.avif())


def test_an_avif_that_is_larger_than_its_container_says_is_refused_before_it_is_decoded(monkeypatch):
    set_to(monkeypatch, max_photo_megapixels="0.1")
    liar = bad_photos.avif_that_lies(400, 300)
    with Image.open(io.BytesIO(liar)) as image:
        assert image.size == (16, 16)  # what Pillow is told
    with pytest.raises(TooLarge, match="400 x 300"):
        decode_photo(liar)


def test_cmyk_keeps_its_colour():
    assert np.abs(np.asarray(decode_photo(bad_photos.cmyk_jpeg()), int) - bad_photos.RED).max() < 12


def test_transparency_lies_on_white():
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert np.asarray(decode_photo(bad_photos.encode(clear, "PNG"))).min() == 255


def test_a_large_jpeg_is_decoded_at_a_smaller_scale_but_large_enough():
    photo = decode_photo(bad_photos.encode(Image.new("RGB", (4000, 3000), bad_photos.RED)), enough=512)
    assert 512 <= min(photo.size) < 1500


def decoded_or_refused(data: bytes) -> bool:
    try:
        return decode_photo(data).mode == "RGB"
    except LookoutError as refusal:
        return "Expected" in refusal.message


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "I;16"])
def test_a_large_photo_of_any_kind_is_kept_small_but_large_enough(mode):
    photo = decode_photo(bad_photos.encode(Image.new(mode, (5000, 4000)), "PNG"), enough=512)
    assert 512 <= min(photo.size) < 2 * 1024
    assert photo.width / photo.height == pytest.approx(5 / 4, rel=0.01)


@given(st.binary(max_size=2000))
def test_no_bytes_whatever_end_in_anything_but_words(data):
    assert decoded_or_refused(data)


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=40))
def test_a_photo_with_some_bytes_overwritten_is_decoded_or_refused_in_words(place, junk):
    photo = bytearray(PHOTO)
    photo[place : place + len(junk)] = junk
    assert decoded_or_refused(bytes(photo))


PHOTO = bad_photos.jpeg(0, 96, 64)
AVIF = bad_photos.avif()


@given(st.integers(0, len(AVIF)), st.binary(min_size=1, max_size=40))
def test_an_avif_with_some_bytes_overwritten_is_decoded_or_refused_in_words(place, junk):
    photo = bytearray(AVIF)
    photo[place : place + len(junk)] = junk
    assert decoded_or_refused(bytes(photo))


spaces = st.text(st.sampled_from(" \n\r\t"), max_size=3)


@given(
    st.binary(max_size=300),
    st.data(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "data:image/jpeg;base64,", " data:;base64,", "DATA:image/png;base64,"]),
)
def test_base64_is_read_with_spaces_and_newlines_without_padding_url_safe_and_as_data_url(
    content, data, url_safe, padded, prefix
):
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(content).decode()
    text = text if padded else text.rstrip("=")
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=5))
    for place in sorted(places, reverse=True):
        text = text[:place] + data.draw(spaces) + text[place:]
    assert decode_base64(prefix + text) == content


def test_base64_with_lines_of_76_characters_is_read():
    assert decode_base64(base64.encodebytes(PHOTO).decode()) == PHOTO


@pytest.mark.parametrize(
    "text", ["not base64!", "ä" * 40, "\ud800", "\0", "AAAAA", "https://example.org/a.jpg", "data:image/png,<svg>"]
)
def test_text_that_is_not_base64_is_refused_in_words_that_can_be_sent(text):
    with pytest.raises(UnreadablePhoto, match="base64") as refusal:
        decode_base64(text)
    refusal.value.message.encode()
    assert "\0" not in refusal.value.message


def test_photos_are_decoded_by_many_threads_at_once():
    received: list[int] = []
    threads = [threading.Thread(target=lambda: received.append(decode_photo(PHOTO).width)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert received == [96] * 8
