"""Files of npm packages: fetched once, checked, and told where they cannot be had."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace

import pytest

from core.errors import HostUnavailable
from core.maps import npm_packages
from core.maps.npm_packages import PACKAGES, NpmPackage
from core.settings import settings
from tests.support.loopback import Answer, serving


def tarball(**files: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


CONTENT = tarball(**{"tool.js": "let tool;", "other.js": "let other;"})
PACKAGE = NpmPackage("tool", "1.0.0", hashlib.sha512(CONTENT).hexdigest(), ("tool.js",))


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry that holds one package; gives the paths that were asked for."""

    def answer(asked):
        return Answer(200, CONTENT) if asked.path == "/tool/-/tool-1.0.0.tgz" else Answer(404)

    monkeypatch.setattr(npm_packages, "FOLDER", tmp_path / "npm")
    with serving(answer) as (address, asked):
        monkeypatch.setenv("LOOKOUT_NPM_REGISTRY", address)
        settings.cache_clear()
        yield asked


def test_the_files_that_are_needed_are_fetched_once(registry):
    npm_packages.fetch(PACKAGE)
    npm_packages.fetch(PACKAGE)
    assert PACKAGE.fetched
    assert PACKAGE.path("tool.js").read_text() == "let tool;"
    assert not PACKAGE.path("other.js").exists()
    assert len(registry) == 1


def test_a_tarball_of_another_content_is_refused(registry):
    with pytest.raises(HostUnavailable, match="hash"):
        npm_packages.fetch(replace(PACKAGE, sha512="0" * 128))
    assert not PACKAGE.fetched


def test_a_registry_without_the_package_is_told(registry):
    with pytest.raises(HostUnavailable, match="LOOKOUT_NPM_REGISTRY"):
        npm_packages.fetch(replace(PACKAGE, name="unknown"))


def test_a_registry_that_does_not_answer_is_told_and_what_can_be_fetched_is(registry, monkeypatch, capsys):
    gone = replace(PACKAGE, name="unknown")
    monkeypatch.setattr(npm_packages, "PACKAGES", (gone, PACKAGE))
    npm_packages.main()
    assert "Maps go without unknown" in capsys.readouterr().err
    assert PACKAGE.fetched


def test_what_maps_need_is_in_this_environment():
    missing = [package.name for package in PACKAGES if not package.fetched]
    assert not missing, f"`make setup` fetches {missing}; LOOKOUT_NPM_REGISTRY names another registry"
