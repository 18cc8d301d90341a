"""The Flood page on its first visit, with a version that answers by physics alone."""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.migrations import migrate
from core.settings import settings
from core.store import store
from pages.parts.flood.workbench import bench
from tests.support import floods, toys
from tests.support.flood_app import AREA, opened


@pytest.fixture(scope="session")
def sample_area(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of areas that holds the sample, which takes a second to make."""
    from core.systems.flood.terrain import areas

    folder = tmp_path_factory.mktemp("sample") / "areas"
    areas.home_of(areas.SAMPLE, folder)
    return folder


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample_area: Path) -> AppTest:
    """The page with a small area of its own chosen."""
    toys.known(monkeypatch, floods.install(tmp_path / "models-of-flood"))
    migrate(store())
    shutil.copytree(sample_area, settings().data_dir / "areas")
    bench().add_area(AREA, floods.geotiff())
    return opened(**{"flood-area": AREA})


@pytest.fixture(scope="module", autouse=True)
def rested_objects() -> None:
    """What earlier tests left in memory is not gone through again after every run of a page, as Streamlit asks for."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def one_search_for_components() -> Iterator[None]:
    """The installed packages are searched for components of pages once, as by a server, and not for every page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """A page that is run takes the place of `__main__`; left there, a process that is spawned would run it again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
