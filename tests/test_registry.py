"""Registered models: found by version or alias, checked, loaded once, and never outside their folder."""

from __future__ import annotations

import json
import threading

import pytest

from core.artefacts.hashing import sha256_of
from core.errors import DamagedArtefact, InvalidInput, UnknownVersion
from core.registry import Registry, registry
from tests.support import toys


@pytest.fixture
def models(tmp_path):
    toys.install(tmp_path, versions=("1.9.0", "1.10.0", "trial"))
    return tmp_path / "models"


def loads():
    """A loader, and the list of folders that it loaded."""
    seen = []

    def loader(folder):
        seen.append(folder.name)
        return object()

    return loader, seen


def test_versions_are_listed_with_the_newest_last(models):
    assert [found.version for found in Registry(models).versions("toy")] == ["trial", "1.9.0", "1.10.0"]
    assert Registry(models).versions("nobody") == []


def test_the_champion_is_meant_if_no_version_is_named(models):
    assert Registry(models).resolve("toy").version == "1.9.0"
    assert Registry(models).resolve("toy", "champion").version == "1.9.0"
    assert Registry(models).resolve("toy", "1.10.0").version == "1.10.0"


def test_an_unknown_version_is_told_with_those_there_are(models):
    with pytest.raises(UnknownVersion, match=r"1\.10\.0, champion.*Received '2'"):
        Registry(models).resolve("toy", "2")


def test_a_system_without_a_model_is_told_how_to_train_one(models):
    with pytest.raises(UnknownVersion, match=r"none is registered.*python -m core train crime"):
        Registry(models).resolve("crime")


TRICKS = [
    "..",
    ".",
    "../toy/trial",
    "trial/../trial",
    "/etc",
    "trial/",
    "./trial",
    "a\0b",
    "x" * 300,
    "\ud800",
    "tri*",
    " trial",
]


@pytest.mark.parametrize("name", TRICKS, ids=range(len(TRICKS)))
def test_no_name_leads_out_of_the_systems_folder(models, name):
    (models / "metadata.json").write_text("{}")  # what ".." would find
    (models / "toy" / "metadata.json").write_text("{}")  # what "." would find
    with pytest.raises(UnknownVersion) as problem:
        Registry(models).resolve("toy", name)
    problem.value.message.encode()


def test_an_alias_that_leads_out_of_the_folder_is_refused_too(models):
    (models / "metadata.json").write_text("{}")
    (models / "aliases.json").write_text(json.dumps({"toy": {"champion": ".."}}))
    with pytest.raises(UnknownVersion):
        Registry(models).resolve("toy")


def test_a_version_is_loaded_once_by_eight_threads(models):
    kept, (loader, seen) = Registry(models), loads()
    meet, engines = threading.Barrier(8), []

    def work():
        meet.wait()
        engines.append(kept.load("toy", None, loader).engine)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["1.9.0"]
    assert len(engines) == 8
    assert len(set(map(id, engines))) == 1


def test_each_version_is_loaded_on_its_own(models):
    kept, (loader, seen) = Registry(models), loads()
    for version in (None, "trial", "champion", "1.9.0", "trial"):
        kept.load("toy", version, loader)
    assert seen == ["1.9.0", "trial"]


def test_a_load_that_fails_is_tried_again(models):
    kept, (loader, seen) = Registry(models), loads()

    def broken(_folder):
        raise MemoryError

    with pytest.raises(MemoryError):
        kept.load("toy", None, broken)
    kept.load("toy", None, loader)
    assert seen == ["1.9.0"]


def test_a_changed_file_is_found_out_before_it_is_loaded(models):
    kept, (loader, seen) = Registry(models), loads()
    (models / "toy" / "trial" / "model.json").write_text('{"threshold": 0}')
    with pytest.raises(DamagedArtefact, match=r"model\.json with sha256"):
        kept.load("toy", "trial", loader)
    (models / "toy" / "trial" / "model.json").unlink()
    with pytest.raises(DamagedArtefact, match="no file"):
        kept.load("toy", "trial", loader)
    assert seen == []


@pytest.mark.parametrize("name", ["aliases.json", "toy/1.9.0/metadata.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
def test_a_damaged_list_of_versions_or_aliases_is_told_with_its_place(models, name, content):
    (models / name).write_bytes(content)
    with pytest.raises(DamagedArtefact, match=name.rpartition("/")[2]):
        Registry(models).resolve("toy")


def test_a_new_alias_is_known_at_once_also_to_those_who_already_asked(models):
    kept = Registry(models)
    assert kept.resolve("toy").version == "1.9.0"
    kept.register("toy", "trial", alias="challenger")
    kept.register("toy", "1.10.0", alias="champion")
    assert kept.aliases("toy") == {"champion": "1.10.0", "challenger": "trial"}
    assert Registry(models).resolve("toy").version == kept.resolve("toy").version == "1.10.0"
    assert list(models.glob("*.new")) == []


def test_a_damaged_version_cannot_be_registered(models):
    (models / "toy" / "trial" / "model.json").write_text("{}")
    with pytest.raises(DamagedArtefact):
        Registry(models).register("toy", "trial", alias="champion")
    assert Registry(models).aliases("toy") == {"champion": "1.9.0"}


def test_the_other_systems_aliases_stay_when_one_is_set(models):
    (models / "aliases.json").write_text(json.dumps({"waste": {"champion": "7"}, "toy": {"champion": "trial"}}))
    Registry(models).register("toy", "1.9.0", alias="champion")
    assert Registry(models).aliases("waste") == {"champion": "7"}


def test_the_processs_registry_is_in_the_folder_that_the_settings_name(models, monkeypatch):
    toys.known(monkeypatch, {"LOOKOUT_MODELS_DIR": str(models)})
    assert registry().folder == models
    assert registry() is registry()


def test_a_files_sha256_is_the_known_one(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert sha256_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_new_version_gets_a_folder_of_its_own(models):
    assert Registry(models).new_folder("toy", "2.0.0") == models / "toy" / "2.0.0"


@pytest.mark.parametrize("name", ["1.9.0", "../../elsewhere", "", "a/b", "x" * 41])
def test_a_name_that_is_taken_or_leads_elsewhere_gets_none(models, name):
    with pytest.raises(InvalidInput, match=r"taken: trial, 1\.9\.0, 1\.10\.0"):
        Registry(models).new_folder("toy", name)
