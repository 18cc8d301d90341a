"""What a batch reads: folders, ZIPs and addresses are listed the same each time, and each input is read or refused."""

from __future__ import annotations

import io
import os
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest

from core.batch.inputs import source_of
from core.batch.inputs.listing import InputListing
from core.batch.inputs.zips import _archive
from core.errors import HostUnavailable, InvalidInput, MissingPart, TooLarge


def names(source):
    return [item.name for item in source.items()]


def contents(source):
    return {item.name: source.read(item) for item in source.items()}


def write_zip(path, entries, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return str(path)


class QuietFiles(SimpleHTTPRequestHandler):
    """The files of a folder, listed and sent as Python's own server does, without a word."""

    def log_message(self, *_arguments):
        pass


@pytest.fixture(autouse=True)
def _forget_archives():
    yield
    _archive.cache_clear()


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "in"
    for name in ("b/2.txt", "b/1.txt", "a.txt", "b/c/3.txt", ".DS_Store", ".git/config", "b/Thumbs.db", "__MACOSX/x"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_a_folder_is_listed_with_all_folders_in_it_and_without_what_systems_hide(tree):
    found = contents(source_of("waste", str(tree)))
    assert found == {name: name.encode() for name in ("a.txt", "b/1.txt", "b/2.txt", "b/c/3.txt")}
    assert list(found) == ["a.txt", "b/1.txt", "b/2.txt", "b/c/3.txt"]


def test_a_single_file_is_a_batch_of_one(tree):
    assert contents(source_of("waste", str(tree / "a.txt"))) == {"a.txt": b"a.txt"}


def test_a_place_that_is_not_there_is_refused(tmp_path):
    for place in (
        str(tmp_path / "absent"),
        str(tmp_path / "absent.zip"),
        f"file://{tmp_path}/absent",
        "memory://absent",
    ):
        with pytest.raises(InvalidInput, match="that exists"):
            names(source_of("waste", place))


def test_a_file_that_cannot_be_read_fails_alone(tree):
    (tree / "leads nowhere.txt").symlink_to(tree / "absent")
    os.mkfifo(tree / "pipe.txt")
    source = source_of("waste", str(tree))
    for item in source.items():
        if item.name in ("leads nowhere.txt", "pipe.txt"):
            with pytest.raises(InvalidInput, match="which is none or is gone"):
                source.read(item)
        else:
            assert source.read(item)


def test_a_name_that_is_no_utf8_is_shown_and_found(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"cup")
    source = source_of("waste", str(tmp_path))
    (item,) = source.items()
    assert item.name == "caf\\xe9.txt"
    listing = InputListing.write([item], tmp_path / "list", None)
    ((noted,),) = listing.groups(5)
    assert source.read(noted) == b"cup"


def test_a_file_larger_than_a_request_may_be_is_not_held_in_memory(tree, monkeypatch):
    monkeypatch.setenv("LOOKOUT_MAX_REQUEST_MB", "0.001")
    (tree / "film.mp4").write_bytes(bytes(1001))
    archive = write_zip(tree / "films.zip", [("film.mp4", bytes(1_000_000))], compression=zipfile.ZIP_DEFLATED)
    for source in (source_of("waste", str(tree)), source_of("waste", archive), source_of("waste", f"file://{tree}")):
        large = [item for item in source.items() if item.name == "film.mp4"]
        with pytest.raises(TooLarge, match="LOOKOUT_MAX_REQUEST_MB"):
            source.read(large[0])


def test_a_zip_is_read_without_unpacking_it(tmp_path):
    place = write_zip(
        tmp_path / "in.zip", [("a/1.txt", "cup"), ("__MACOSX/a/._1.txt", ""), ("2.txt", "bag"), ("e/", "")]
    )
    assert contents(source_of("waste", place)) == {"a/1.txt": b"cup", "2.txt": b"bag"}
    assert [path.name for path in tmp_path.iterdir()] == ["in.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_two_inputs(tmp_path):
    source = source_of("waste", write_zip(tmp_path / "in.zip", [("1.txt", "cup"), ("1.txt", "bottle")]))
    assert [(item.name, source.read(item)) for item in source.items()] == [("1.txt", b"cup"), ("1.txt", b"bottle")]


def test_an_entry_that_leads_out_of_its_zip_is_refused_and_nothing_is_written(tmp_path):
    leading_out = ["../../evil.txt", "/etc/evil.txt", "..\\evil.txt", "C:\\evil.txt", "a/../../evil.txt"]
    source = source_of("waste", write_zip(tmp_path / "in.zip", [(name, "cup") for name in [*leading_out, "fine.txt"]]))
    items = list(source.items())
    assert source.read(items[-1]) == b"cup"
    for item in items[:-1]:
        with pytest.raises(InvalidInput, match="leads out of it"):
            source.read(item)
    assert [path.name for path in tmp_path.iterdir()] == ["in.zip"]


def test_a_zip_that_is_cut_off_is_refused_as_a_whole(tmp_path):
    write_zip(tmp_path / "in.zip", [("1.txt", "cup"), ("2.txt", "bag")])
    (tmp_path / "in.zip").write_bytes((tmp_path / "in.zip").read_bytes()[:-30])
    with pytest.raises(InvalidInput, match="damaged or cut off"):
        names(source_of("waste", str(tmp_path / "in.zip")))


def test_an_entry_that_is_damaged_or_encrypted_fails_alone(tmp_path):
    write_zip(tmp_path / "in.zip", [("1.txt", "cup-one"), ("2.txt", "bag-two"), ("3.txt", "box-three")])
    data = bytearray((tmp_path / "in.zip").read_bytes())
    data[data.index(b"cup-one")] ^= 1  # the checksum tells
    second = data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x01\x02"))  # the list's entry of 2.txt
    data[second + 8] |= 1  # its flag of encryption
    (tmp_path / "in.zip").write_bytes(data)
    source = source_of("waste", str(tmp_path / "in.zip"))
    damaged, encrypted, fine = source.items()
    assert source.read(fine) == b"box-three"
    with pytest.raises(InvalidInput, match="unpacked"):
        source.read(damaged)
    with pytest.raises(InvalidInput, match="password"):
        source.read(encrypted)


def test_an_address_is_read_as_a_folder_is(tree):
    expected = {name: name.encode() for name in ("a.txt", "b/1.txt", "b/2.txt", "b/c/3.txt")}
    assert contents(source_of("waste", f"file://{tree}")) == expected
    memory = fsspec.filesystem("memory")
    memory.put(f"{tree}/", "/store/photos/", recursive=True)
    try:
        assert contents(source_of("waste", "memory://store/photos")) == expected
        assert contents(source_of("waste", "memory://store/photos/a.txt")) == {"a.txt": b"a.txt"}
    finally:
        memory.rm("/store", recursive=True)


def test_a_zip_at_an_address_is_read_in_its_place():
    file = io.BytesIO()
    write_zip(file, [("1.txt", "cup")])
    memory = fsspec.filesystem("memory")
    memory.pipe("/store/in.zip", file.getvalue())
    try:
        assert contents(source_of("waste", "memory://store/in.zip")) == {"1.txt": b"cup"}
    finally:
        memory.rm("/store", recursive=True)


def test_a_web_server_is_read_by_its_lists_of_files_and_a_zip_though_it_is_only_sent_whole(tree):
    write_zip(tree / "in.zip", [("1.txt", "cup"), ("2.txt", "bag")])
    handler = partial(QuietFiles, directory=str(tree))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}"
            assert contents(source_of("waste", f"{address}/b/")) == {
                name: f"b/{name}".encode() for name in ("1.txt", "2.txt", "c/3.txt")
            }
            assert contents(source_of("waste", f"{address}/in.zip")) == {"1.txt": b"cup", "2.txt": b"bag"}
            with pytest.raises(InvalidInput, match="that exists"):
                contents(source_of("waste", f"{address}/absent.zip"))
        finally:
            server.shutdown()
            serving.join()


def test_a_scheme_that_nobody_knows_and_one_that_is_not_installed_say_what_to_do():
    with pytest.raises(InvalidInput, match="an address such as s3://"):
        names(source_of("waste", "nothing://photos"))
    with pytest.raises(MissingPart, match=r"Expected what reaches s3:// to be installed.*pip install s3fs"):
        names(source_of("waste", "s3://bucket/photos"))


def test_a_store_that_breaks_is_told_with_its_reason(monkeypatch):
    memory = fsspec.filesystem("memory")

    def broken(*_arguments, **_options):
        raise TimeoutError("no answer in 5 s")

    monkeypatch.setattr(type(memory), "find", broken)
    with pytest.raises(HostUnavailable, match="no answer in 5 s"):
        names(source_of("waste", "memory://photos"))


def test_a_listing_is_the_same_until_an_input_changes(tree, tmp_path):
    def listed(limit=None):
        return InputListing.write(source_of("waste", str(tree)).items(), tmp_path / "list", limit)

    first = listed()
    assert (first.count, listed().digest) == (4, first.digest)
    assert [[item.name for item in group] for group in first.groups(3)] == [
        ["a.txt", "b/1.txt", "b/2.txt"],
        ["b/c/3.txt"],
    ]
    assert listed(limit=3).count == 3
    (tree / "a.txt").write_text("other")
    os.utime(tree / "a.txt", ns=(1, 1))
    assert listed().digest != first.digest
