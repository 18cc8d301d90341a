"""A site is taught on the page: asked for the labels that teach most, used, undone, forgotten; a stand-in network."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from core import work
from core.artefacts.hashing import sha256_of
from core.contract import Embedding
from core.inference.taught import site_versions
from core.registry import registry
from core.store import Query, store
from core.systems import waste
from core.systems.waste.labels import MATERIALS
from pages.parts.photos import batch as batches
from pages.parts.photos.uploads import GivenFile
from tests.pages.photos.conftest import finish, photo
from tests.pages.photos.test_page import press, visit, words

SITE = "Yard 3"
PHOTOS = 14
DIRECTIONS = 200  # of the features: among few, all photos of one kind would look like views of one thing
KINDS = ("plastic", "glass")


def champion(tmp_path, monkeypatch, gives_features: bool) -> None:
    """Put a stand-in for a version of waste in service."""
    folder = tmp_path / "models" / "waste" / "1.1.0"
    folder.mkdir(parents=True)
    (folder / "model.tflite").write_bytes(b"a stand-in")
    metadata = {"gives_features": gives_features, "files": {"model.tflite": sha256_of(folder / "model.tflite")}}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    (tmp_path / "models" / "aliases.json").write_text(json.dumps({"waste": {"champion": "1.1.0"}}))
    monkeypatch.setattr(registry(), "folder", tmp_path / "models")
    monkeypatch.setattr(registry(), "_roots", [tmp_path / "models", registry().taught])
    monkeypatch.setattr(waste, "load", lambda _folder: "engine")


@pytest.fixture
def teachable(fake, tmp_path, monkeypatch):
    """A champion that gives features: what a photo shows stands in its size; the general answer is often wrong."""
    champion(tmp_path, monkeypatch, gives_features=True)

    def embed(_engine, inputs):
        sizes = np.array([len(one.image) for one in inputs])
        random = np.random.default_rng(sizes[0])
        features = random.normal(0, 0.3, (len(inputs), DIRECTIONS))
        features[:, 0] = [6.0 if SIZES[int(size)] == "plastic" else -6.0 for size in sizes]
        logits = np.full((len(inputs), len(MATERIALS)), -3.0)
        logits[:, MATERIALS.index("paper")] = 1.0
        return Embedding(features, logits)

    monkeypatch.setattr(waste, "embed", embed)


SIZES: dict[int, str] = {}


def batch_of_a_site(site: str | None = SITE):
    """Photos of two kinds in turn; each is as large as no other."""
    files = []
    for number in range(PHOTOS):
        content = photo("doubt", number) + b" " * (3000 + 200 * number)
        content = content.replace(b"answer:doubt", b"") + b"answer:doubt"
        SIZES[len(content)] = KINDS[number % 2]
        files.append(GivenFile.of(f"{KINDS[number % 2]}-{number}.jpg", content))
    return finish(batches.give(files, site))


def test_a_site_of_a_version_without_features_is_not_offered_to_teach(fake, tmp_path, monkeypatch):
    champion(tmp_path, monkeypatch, gives_features=False)
    at = visit(batch_of_a_site().id)
    assert "Teach this site" not in [button.label for button in at.button]


def test_photos_without_a_site_have_no_line_about_one(teachable):
    at = visit(batch_of_a_site(None).id)
    assert "Teach this site" not in [button.label for button in at.button]


def label(at, count: int):
    """Answer what is asked, by the photo's name; the names in the order in which they came."""
    asked = []
    for _ in range(count):
        heading = next(caption.value for caption in at.caption if "teaches most" in caption.value)
        kind = re.search("plastic|glass", heading)[0]
        asked.append(heading.partition(":")[0])
        at = press(at, kind)
    return at, asked


def taught(batch, count: int = 10):
    at = press(visit(batch.id), "Teach this site")
    at, asked = label(at, count)
    return press(at, f"Use at {SITE}"), asked


def test_what_teaches_most_is_asked_and_used_where_it_is_better(teachable):
    batch = batch_of_a_site()
    at = visit(batch.id)
    assert f"Answers at {SITE} are not checked there yet." in words(at).replace("*", "")
    at = press(at, "Teach this site")
    assert next(button for button in at.button if button.label == f"Use at {SITE}").disabled
    at, asked = label(at, 10)
    assert len(set(asked)) == 10
    assert "10 labels" in words(at).replace("*", "")
    assert "right in general 0 %" in words(at)
    at = press(at, f"Use at {SITE}")
    assert f"In use at {SITE} from now on, as version 1.1.0+yard-3-" in words(at)
    assert f"Answers at {SITE} rest on 10 labels" in words(at).replace("*", "")
    assert "here 100 % (n = 10, 72 to 100 %)" in words(at)
    assert site_versions.in_use("waste", SITE).metadata["n"] == 10
    rows = store().rows(Query(system="waste"), ("site",))
    assert {row["site"] for row in rows} == {SITE}


def test_too_few_labels_and_labels_of_one_kind_say_what_is_missing(teachable):
    at = press(visit(batch_of_a_site().id), "Teach this site")
    assert "5 more to see whether they help" in words(at)
    for _ in range(6):
        at = press(at, "plastic")
    assert "all of one kind" in words(at)
    assert next(button for button in at.button if button.label == f"Use at {SITE}").disabled


def test_undo_and_forget_give_the_general_answers_back(teachable):
    at, _ = taught(batch_of_a_site())
    at = press(at, "Undo: the answers before")
    assert "Undone: the general version answers at Yard 3 again." in words(at)
    assert site_versions.in_use("waste", SITE) is None
    at = press(at, "Forget what it taught")
    assert "Forgotten: 1 version of Yard 3." in words(at)
    assert site_versions.history("waste", SITE) == []
    assert "are not checked there yet" in words(at)


def test_the_photos_can_be_answered_again_under_an_address_of_their_own(teachable):
    batch = batch_of_a_site()
    at, _ = taught(batch)
    at = press(at, "Answer these photos again")
    address = at.query_params["work"]
    again = address if isinstance(address, str) else address[0]
    assert again != batch.id
    answered = finish(again)
    assert [place.name for place in answered.photos] == [place.name for place in batch.photos]
    assert batches.site_of(work.find(again)) == SITE
    assert store().count(Query(system="waste")) == 2 * PHOTOS


def test_a_photo_that_taught_is_not_asked_about_again_however_often_it_is_answered(teachable):
    at, asked = taught(batch_of_a_site())
    assert next(button for button in at.button if button.label == f"Use at {SITE}").disabled  # nothing new to use
    at = press(at, "Answer these photos again")
    address = at.query_params["work"]
    finish(again := address if isinstance(address, str) else address[0])
    at = press(visit(again), "Teach this site")
    at, more = label(at, PHOTOS - len(asked))
    assert not set(asked) & set(more)
    assert f"{PHOTOS} labels" in words(at).replace("*", "")


def test_photos_that_the_disk_does_not_take_again_are_told_and_leave_nothing(teachable, monkeypatch):
    batch = batch_of_a_site()
    at, _ = taught(batch)

    def full(*_arguments):
        raise OSError("no space left")

    monkeypatch.setattr(batches.shutil, "copytree", full)
    at = press(at, "Answer these photos again")
    assert "room in the data folder" in words(at)
    assert at.query_params["work"] in (batch.id, [batch.id])


def test_all_photos_come_back_with_one_click(teachable):
    at = press(visit(batch_of_a_site().id), "Teach this site")
    assert "Download CSV" not in [element.label for element in at.get("download_button")]
    at = press(at, "All photos")
    assert "Download CSV" in [element.label for element in at.get("download_button")]


def test_when_every_photo_was_looked_at_the_page_says_so(teachable):
    at = press(visit(batch_of_a_site().id), "Teach this site")
    at, asked = label(at, PHOTOS)
    assert len(set(asked)) == PHOTOS
    assert "Every photo of this batch was looked at." in words(at)
