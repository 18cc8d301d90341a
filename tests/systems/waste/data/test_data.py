"""Reading labelled photos, grouping near-duplicates and splitting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import InvalidInput
from core.systems.waste.data import duplicates
from core.systems.waste.data.photos import (
    MATERIALS,
    LabelledPhoto,
    manifest_hash,
    read_out_of_scope,
    read_photos,
)
from core.systems.waste.data.preprocessing import preprocess, scaled, squared
from core.systems.waste.data.splits import split
from core.systems.waste.train.options import WasteTrainingOptions
from core.systems.waste.train.preparing import prepare
from tests.systems.waste.conftest import invented, jpeg


def test_class_folders_and_the_same_in_a_zip_read_alike(class_folders: Path, as_zip: Callable[[Path], Path]) -> None:
    from_folder, from_zip = read_photos(class_folders), read_photos(as_zip(class_folders))
    assert Counter(photo.material for photo in from_folder) == dict.fromkeys(MATERIALS, 12)
    assert [photo.key for photo in from_folder] == [photo.key for photo in from_zip]
    assert manifest_hash(from_folder) == manifest_hash(from_zip)


def test_the_manifest_changes_with_a_label_and_with_a_byte(class_folders: Path) -> None:
    before = manifest_hash(read_photos(class_folders))
    photo = class_folders / "glass" / "glass0.jpg"
    photo.write_bytes(photo.read_bytes() + b"\0")
    changed = manifest_hash(read_photos(class_folders))
    photo.rename(class_folders / "metal" / "glass0.jpg")
    assert len({before, changed, manifest_hash(read_photos(class_folders))}) == 3


def test_a_table_says_material_plastic_and_group(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg"):
        (tmp_path / name).write_bytes(jpeg(invented(1)))
    table = "path,material,plastic,group\na.jpg,plastic,,g1\nb.jpg,textile,1,g1\nc.jpg,textile,0,\nd.jpg,none,,\n"
    (tmp_path / "labels.csv").write_text(table)
    read = {photo.name: photo for photo in read_photos(tmp_path)}
    assert (read["a.jpg"].material, read["a.jpg"].plastic, read["a.jpg"].group) == ("plastic", True, "g1")
    assert (read["b.jpg"].material, read["b.jpg"].plastic, read["b.jpg"].in_scope) == (None, True, True)
    assert (read["c.jpg"].material, read["c.jpg"].plastic) == (None, False)
    assert (read["d.jpg"].material, read["d.jpg"].plastic, read["d.jpg"].in_scope) == (None, None, False)


def test_a_folder_of_several_trees_reads_them_all(class_folders: Path, as_zip: Callable[[Path], Path]) -> None:
    packed = as_zip(class_folders)
    both = class_folders.parent / "both"
    (both / "table").mkdir(parents=True)
    packed.rename(both / "trashnet.zip")
    (both / "table" / "x.jpg").write_bytes(jpeg(invented(7)))
    (both / "table" / "labels.csv").write_text("path,material\nx.jpg,metal\n")
    assert Counter(photo.source for photo in read_photos(both)) == {"trashnet": 72, "table": 1}


def test_a_table_that_names_a_missing_file_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("path,material\nnowhere.jpg,glass\n")
    with pytest.raises(InvalidInput, match=r"nowhere.jpg.*line 2"):
        read_photos(tmp_path)


@pytest.mark.parametrize(
    "make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_bytes(b"no zip")]
)
def test_a_path_without_photos_is_refused_in_words(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "data"
    make(path)
    with pytest.raises(InvalidInput, match="Expected"):
        read_photos(path)


def test_any_folder_of_photos_can_be_out_of_scope(tmp_path: Path, class_folders: Path) -> None:
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "cat.jpg").write_bytes(jpeg(invented(5)))
    assert [photo.in_scope for photo in read_out_of_scope(tmp_path / "cats")] == [False]
    assert not any(photo.in_scope or photo.material for photo in read_out_of_scope(class_folders))


def test_training_and_serving_see_the_same_numbers() -> None:
    photo = invented(3, wide=300, high=200)
    served = preprocess(photo, 96)
    trained = scaled(squared(photo, 96))  # as fitting reads plain photos
    assert served.dtype == np.float32
    assert served.shape == (96, 96, 3)
    np.testing.assert_array_equal(served, trained)
    assert scaled(Image.new("RGB", (1, 1), "white")).max() == 1.0
    assert scaled(Image.new("RGB", (1, 1), "black")).min() == -1.0


def _photos(folder: Path, pictures: dict[str, Image.Image]) -> list[LabelledPhoto]:
    folder.mkdir()
    for name, picture in pictures.items():
        (folder / name).write_bytes(jpeg(picture))
    return [LabelledPhoto(folder, name, "glass", False, True, "invented") for name in sorted(pictures)]


def test_turned_and_recompressed_copies_share_a_group_and_others_do_not(tmp_path: Path) -> None:
    one = invented(1, 256, 256)
    copies = {
        "a0.jpg": one,
        "b20.jpg": one.rotate(90),
        "c40.jpg": one.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "d60.jpg": one.resize((128, 128)),
    }
    others = {f"x{100 * seed}.jpg": invented(seed, 256, 256) for seed in range(2, 8)}
    photos = _photos(tmp_path / "p", copies | others)
    groups = {photo.name: photo.group for photo in duplicates.grouped(photos, duplicates.fingerprints(photos))}
    assert len({groups[name] for name in copies}) == 1
    assert len(set(groups.values())) == 1 + len(others)


def test_identical_bytes_under_two_materials_are_found(class_folders: Path) -> None:
    twin = class_folders / "metal" / "metal999.jpg"
    twin.write_bytes((class_folders / "glass" / "glass0.jpg").read_bytes())
    same_label = class_folders / "paper" / "paper999.jpg"
    same_label.write_bytes((class_folders / "paper" / "paper0.jpg").read_bytes())
    photos = read_photos(class_folders)
    found = duplicates.contradictory(photos, duplicates.fingerprints(photos))
    assert found == {"photos:glass/glass0.jpg", "photos:metal/metal999.jpg"}


def _labelled(groups: dict[str, int], material: str, source: str = "s") -> list[LabelledPhoto]:
    return [
        LabelledPhoto(Path(), f"{material}-{group}-{number}", material, False, True, source, group)
        for group, count in groups.items()
        for number in range(count)
    ]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_split_is_disjoint_complete_and_never_tears_a_group(seed: int) -> None:
    photos = _labelled({f"g{number}": 1 + number % 4 for number in range(80)}, "glass")
    photos += _labelled({"": 50}, "paper")
    parts = split(photos, seed)
    keys = [{photo.key for photo in part} for part in (parts.train, parts.validation, parts.test)]
    assert set.union(*keys) == {photo.key for photo in photos}
    assert sum(len(part) for part in keys) == len(photos)
    groups = [{photo.group for photo in part if photo.group} for part in (parts.train, parts.validation, parts.test)]
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]


def test_a_split_is_stratified_by_material_and_depends_on_the_seed() -> None:
    photos = _labelled({"": 200}, "glass") + _labelled({"": 40}, "trash")
    first, again, other = split(photos, 0), split(photos, 0), split(photos, 1)
    assert Counter(photo.material for photo in first.train) == {"glass": 140, "trash": 28}
    assert Counter(photo.material for photo in first.test) == {"glass": 40, "trash": 8}
    assert first == again
    assert first.test != other.test


def test_a_source_left_out_only_tests() -> None:
    photos = _labelled({"": 50}, "glass", "here") + _labelled({"": 50}, "glass", "there")
    parts = split(photos, 0, leave_out=["there"])
    assert {photo.source for photo in parts.train + parts.validation} == {"here"}
    assert sum(photo.source == "there" for photo in parts.test) == 50


def test_a_source_that_only_trains_changes_nothing_for_the_others() -> None:
    photos = _labelled({"": 50}, "glass", "here")
    alone, beside = split(photos, 0), split(photos + _labelled({"": 9}, "glass", "there"), 0, only_train=["there"])
    assert sum(photo.source == "there" for photo in beside.train) == 9
    assert (beside.validation, beside.test) == (alone.validation, alone.test)


def test_photos_that_only_train_pull_no_near_duplicate_along(tmp_path: Path) -> None:
    for folder in ("tuxpaint", "trashnet"):
        for number in range(12):
            path = tmp_path / folder / "glass" / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(invented(number)))
    parts = prepare(
        WasteTrainingOptions(data=tmp_path, split="grouped", backbone="none"), tmp_path / "work", lambda *_: None
    ).parts
    assert {photo.source for photo in parts.test + parts.validation} == {"trashnet"}
    assert sum(photo.source == "tuxpaint" for photo in parts.train) == 12
