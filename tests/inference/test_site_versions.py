"""A site teaches: a version of its own that answers there and nowhere else, checked, undone, exported, forgotten."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from core import inference, training
from core.contract import Embedding
from core.errors import DamagedArtefact, InvalidInput, UnknownVersion
from core.inference import loading
from core.inference.taught import site_versions
from core.inference.taught.site_lessons import SiteExamples
from core.registry import Registry, registry
from core.settings import settings
from tests.inference.conftest import words

SITE = "North yard"
LETTERS = "abcdefghijklmnoprstuvw"


def some_words(count: int, seed: int = 0) -> list[str]:
    """Words of three to eight letters, half of them with an x."""
    random = np.random.default_rng(seed)
    made = ["".join(random.choice(list(LETTERS), int(random.integers(2, 8)))) for _ in range(count)]
    return [word + ("x" if index % 2 else "q") for index, word in enumerate(made)]


def truth(word: str) -> str:
    """At this site whatever has an x is long."""
    return "long" if "x" in word else "short"


def examples(texts: list[str], labels: list[str] | None = None) -> SiteExamples:
    seen = site_versions.embed("toy", words(*texts), "champion")
    return SiteExamples([f"id-{text}" for text in texts], labels or [truth(text) for text in texts], seen)


def teach(count: int = 24, site: str = SITE, seed: int = 0):
    return site_versions.teach("toy", site, examples(some_words(count, seed)), actor="ada")


def answered(site: str | None, texts: list[str], version: str | None = None):
    return inference.predict("toy", words(*texts), site=site, version=version, logged=False)


def right(site: str | None, version: str | None = None) -> float:
    texts = some_words(60, seed=9)
    return float(
        np.mean([p.answer.value == truth(t) for p, t in zip(answered(site, texts, version), texts, strict=True)])
    )


def test_a_site_that_taught_is_answered_by_its_own_version_and_no_other_site_is():
    before = right(SITE)
    taught = teach()
    assert taught.used
    assert taught.version.version.startswith(f"1+{site_versions.slug(SITE)}.1-")
    assert right(SITE) > max(0.9, before + 0.2)
    assert right(None) == right("South yard") == before
    assert {p.version for p in answered(SITE, ["ax"])} == {taught.version.version}
    assert {p.version for p in answered(None, ["ax"])} == {"1"}
    assert right(SITE, "champion") == before
    assert right(None, taught.version.version) > 0.9


def test_no_record_is_read_again_for_a_site_or_a_version_that_was_asked_before(monkeypatch):
    version = teach().version.version
    questions = [(SITE, None), ("South yard", None), (None, version), (None, "1")]
    for site, named in questions:
        answered(site, ["ax"], named)
    monkeypatch.setattr(registry(), "_read", lambda *_: pytest.fail("a version's records were read again"))
    for site, named in questions:
        answered(site, ["ax"], named)


def test_the_log_names_both_versions(migrated):
    from core.store import store

    inference.predict("toy", words("ax"), site=SITE)
    teach()
    inference.predict("toy", words("ax"), site=SITE)
    rows = store().rows(site_query(), ("version", "site"))
    taught = site_versions.in_use("toy", SITE).version
    assert [(row["version"], row["site"]) for row in rows] == [(taught, SITE), ("1", SITE)]


def site_query():
    from core.store import Query

    return Query(system="toy")


@pytest.fixture
def migrated():
    from core.migrations import migrate
    from core.store import store

    migrate(store())


def test_what_was_checked_is_kept_with_the_version():
    taught = teach()
    check = site_versions.check_of(site_versions.in_use("toy", SITE))
    assert check == taught.check
    assert check.taught.n == 24
    assert check.taught.hits > check.general.hits
    metadata = taught.version.metadata
    assert metadata["site"] == SITE
    assert metadata["by"] == "ada"
    assert metadata["base"] == "1"
    assert SITE in (taught.version.folder / "card.md").read_text()


def test_labels_that_do_not_help_make_a_version_that_is_not_used():
    texts = some_words(24)
    general = [p.answer.value for p in answered(None, texts)]
    taught = site_versions.teach("toy", SITE, examples(texts, general))
    assert not taught.used
    assert site_versions.in_use("toy", SITE) is None
    assert site_versions.latest("toy", SITE).version == taught.version.version
    assert {p.version for p in answered(SITE, ["ax"])} == {"1"}


def test_later_labels_join_the_earlier_ones_and_the_last_word_counts():
    teach(12)
    again = some_words(12)[:3]
    texts = again + some_words(10, seed=5)
    second = site_versions.teach("toy", SITE, examples(texts))
    assert second.version.metadata["n"] == 22
    assert second.version.metadata["number"] == 2
    wrong = site_versions.teach("toy", SITE, examples(again, ["no word"] * 3))
    assert wrong.version.metadata["n"] == 22
    assert wrong.check.taught.n == 19  # what is no word teaches nothing


def test_undo_goes_back_one_version_at_a_time_and_then_to_the_general_answer():
    before = right(SITE)
    first = teach(24)
    second = teach(30, seed=3)
    assert site_versions.in_use("toy", SITE).version == second.version.version
    assert site_versions.undo("toy", SITE).version == first.version.version
    assert site_versions.in_use("toy", SITE).version == first.version.version
    assert site_versions.undo("toy", SITE) is None
    assert right(SITE) == before
    assert site_versions.undo("toy", SITE) is None


def test_another_process_sees_what_a_site_taught_at_once():
    other = Registry(settings().models_dir, settings().data_dir / "taught")
    assert loading.alias_of(SITE) not in other.aliases("toy")
    taught = teach()
    assert other.aliases("toy")[loading.alias_of(SITE)] == taught.version.version
    site_versions.undo("toy", SITE)
    assert loading.alias_of(SITE) not in other.aliases("toy")


def test_export_holds_head_labels_records_and_card_and_forget_leaves_nothing():
    taught = teach()
    with zipfile.ZipFile(io.BytesIO(site_versions.export("toy", SITE))) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
        metadata = json.loads(archive.read(f"{taught.version.version}/metadata.json"))
    assert names == {"head.npz", "examples.npz", "metadata.json", "card.md"}
    assert metadata["n"] == 24
    assert site_versions.forget("toy", SITE) == 1
    assert site_versions.history("toy", SITE) == []
    assert {p.version for p in answered(SITE, ["ax"])} == {"1"}
    assert list((settings().data_dir / "taught" / "toy").iterdir()) == []
    with pytest.raises(UnknownVersion, match="site that taught"):
        site_versions.export("toy", SITE)


def test_what_is_taught_after_forgetting_has_another_name_than_what_was_forgotten():
    first = teach(24).version.version
    site_versions.forget("toy", SITE)
    assert teach(30, seed=3).version.version != first
    assert right(SITE) > 0.9


def test_a_head_that_was_changed_on_the_disk_is_not_loaded():
    taught = teach()
    (taught.version.folder / "head.npz").write_bytes(b"something else")
    with pytest.raises(DamagedArtefact):
        answered(SITE, ["ax"])


def test_the_values_that_stay_open_hold_the_truth_as_often_as_is_stated():
    teach(40)
    texts = some_words(200, seed=11)
    answers = [p.answer for p in answered(SITE, texts)]
    assert all(answer.details["open_share"] == 0.9 for answer in answers)
    held = np.mean([truth(text) in answer.details["open"] for text, answer in zip(texts, answers, strict=True)])
    assert held >= 0.85
    assert "open" not in answered(None, ["ax"])[0].answer.details


def test_too_few_labels_promise_nothing_about_open_values():
    taught = teach(8)
    assert taught.version.metadata["least_open"] is None


@pytest.mark.parametrize("labels", [["long"] * 4, ["no word"] * 4, []])
def test_labels_of_one_kind_teach_nothing(labels):
    with pytest.raises(InvalidInput, match="two different kinds"):
        site_versions.teach(
            "toy",
            SITE,
            examples(["ab", "cd", "ef", "gh"][: len(labels)], labels)
            if labels
            else SiteExamples([], [], Embedding(np.zeros((0, 26)), np.zeros((0, 2)))),
        )


def test_a_version_that_a_site_taught_is_not_evaluated_as_if_it_were_the_systems_own():
    taught = teach()
    with pytest.raises(InvalidInput, match=r"Evaluate 1 with --adapt"):
        training.evaluate("toy", None, taught.version.version, lambda _progress: None)


def test_a_site_needs_a_name_and_a_system_that_can_be_taught():
    with pytest.raises(InvalidInput, match="name of a site"):
        teach(site="  ")
    with pytest.raises(InvalidInput, match="can teach"):
        loading.teachable("crime")


@pytest.mark.parametrize(
    ("site", "slug"),
    [("north", "north"), ("North yard", r"north-yard-[0-9a-f]{6}"), ("\u5317\u6d77", r"[0-9a-f]{6}"),
     ("a" * 60, r"a{14}-[0-9a-f]{6}"), ("../x", r"x-[0-9a-f]{6}")],
)  # fmt: skip
def test_the_version_of_any_site_has_a_name_that_stays_in_its_folder(site, slug):
    import re

    assert re.fullmatch(slug, site_versions.slug(site))
    taught = teach(site=site)
    assert taught.version.folder.parent == settings().data_dir / "taught" / "toy"
    assert registry().resolve("toy", taught.version.version).metadata["site"] == site


def test_sites_whose_names_look_alike_do_not_share_a_version():
    assert site_versions.slug("North yard") != site_versions.slug("north yard") != site_versions.slug("north-yard")


def test_of_a_system_that_is_no_more_nothing_can_be_taught() -> None:
    assert not loading.gives_features("gone")
    assert not loading.gives_features("crime")
