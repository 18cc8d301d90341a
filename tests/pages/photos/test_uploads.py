"""From dropped files to photos: ZIPs within limits, each photo read where it lies."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from core.errors import LookoutError
from pages.parts.photos import uploads
from pages.parts.photos.uploads import GivenFile, PhotoPlace, Refusal


def zipped(entries: dict[str, bytes], **options) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def collect(*files: tuple[str, bytes]) -> tuple[list[PhotoPlace], list[Refusal]]:
    return uploads.collect([GivenFile.of(name, data) for name, data in files])


def read(folder: Path, data: bytes, photo: PhotoPlace) -> bytes:
    """A photo's bytes, once the file that it came in lies in a folder."""
    path = folder / "given"
    path.write_bytes(data)
    return uploads.read(path, photo.entry)


def test_photos_in_nested_folders_of_a_zip_are_found_and_hidden_files_are_not(tmp_path):
    data = zipped({"a/b/one.jpg": b"1", "two.PNG": b"2", "__MACOSX/a/._one.jpg": b"x", ".hidden.jpg": b"x"})
    found, refused = collect(("walk.zip", data))
    assert {photo.name: read(tmp_path, data, photo) for photo in found} == {"a/b/one.jpg": b"1", "two.PNG": b"2"}
    assert not refused


def test_what_is_no_photo_in_a_zip_is_reported_by_name():
    found, refused = collect(("walk.zip", zipped({"one.jpg": b"1", "notes/list.txt": b"x"})))
    assert len(found) == 1
    assert [refusal.name for refusal in refused] == ["walk.zip: notes/list.txt"]
    assert "Received .txt" in refused[0].reason


def test_a_path_that_leads_out_of_the_zip_leads_nowhere():
    found, _ = collect(("evil.zip", zipped({"../../etc/passwd.jpg": b"1", "/root/x.png": b"2"})))
    assert [photo.name for photo in found] == ["etc/passwd.jpg", "root/x.png"]


def test_a_zip_with_too_many_files_is_refused_whole(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_ENTRIES", 2)
    found, refused = collect(("many.zip", zipped({f"{n}.jpg": b"1" for n in range(3)})))
    assert not found
    assert "up to 2 files. Received 3 files" in refused[0].reason


def test_a_zip_bomb_is_refused_by_what_it_would_unpack_to(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UNPACKED_MB", 5)
    bomb = zipped({f"{n}.jpg": bytes(2_000_000) for n in range(4)}, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 20_000
    found, refused = collect(("bomb.zip", bomb))
    assert not found
    assert "Received 8 MB" in refused[0].reason


def test_a_photo_over_the_limit_in_a_zip_is_refused_alone(monkeypatch):
    monkeypatch.setenv("LOOKOUT_MAX_PHOTO_MB", "1")
    data = zipped({"big.jpg": bytes(1_500_000), "small.jpg": b"1"}, compression=zipfile.ZIP_DEFLATED)
    found, refused = collect(("walk.zip", data))
    assert [photo.name for photo in found] == ["small.jpg"]
    assert "up to 1 MB. Received 1.5 MB" in refused[0].reason


def test_a_size_that_lies_does_not_unpack_more_than_it_said(tmp_path):
    data = bytearray(zipped({"a.jpg": bytes(50_000)}, compression=zipfile.ZIP_DEFLATED))
    place = data.index(b"PK\x01\x02") + 24  # the size in the list of contents
    data[place : place + 4] = (10).to_bytes(4, "little")
    (photo,), _ = collect(("lie.zip", bytes(data)))
    try:
        unpacked = read(tmp_path, bytes(data), photo)
    except LookoutError:
        unpacked = b""
    assert len(unpacked) <= 10


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(200), zipped({"one.jpg": b"1"})[:40]], ids=["zeros", "cut off"])
def test_a_damaged_zip_is_refused_in_words(data):
    found, refused = collect(("broken.zip", data))
    assert not found
    assert "Received a damaged one" in refused[0].reason


def test_an_empty_zip_says_so():
    _, refused = collect(("empty.zip", zipped({})))
    assert "without any file" in refused[0].reason


def test_a_damaged_entry_does_not_sink_the_others(tmp_path):
    data = bytearray(zipped({"one.jpg": b"11111", "two.jpg": b"22222"}))
    data[data.index(b"11111")] = 0  # its check sum no longer fits
    found, _ = collect(("walk.zip", bytes(data)))
    instances = uploads.Instances(lambda index: read(tmp_path, bytes(data), found[index]), range(2))
    assert instances[0:2] == [{"image": b""}, {"image": b"22222"}]


def test_more_photos_than_the_limit_are_named(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_PHOTOS", 2)
    found, refused = collect(*((f"{n}.jpg", b"1") for n in range(5)))
    assert len(found) == 2
    assert refused[0].name == "3 more photos"
