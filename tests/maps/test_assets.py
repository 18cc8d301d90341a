"""The files that maps need: each is there, those of other people are unchanged, and nothing else is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import InvalidSetting, MissingPart
from core.maps import assets, base, npm_packages
from core.settings import settings
from tests.support.places import pmtiles


@pytest.mark.parametrize("name", [*assets.FILES, *assets.OWN, *assets.FROM_NPM])
def test_every_file_that_maps_name_is_there(name: str) -> None:
    path = assets.path_of(name)
    assert path is not None
    assert path.stat().st_size > 100


def test_nothing_else_is_served() -> None:
    for name in ("../assets.py", "land-10m.json", "README.md", "leaflet.draw.js", assets.STREETS):
        assert assets.path_of(name) is None


def test_only_what_may_lie_in_the_repository_is_shipped() -> None:
    files = {str(path.relative_to(assets.SHIPPED)) for path in assets.SHIPPED.rglob("*") if path.is_file()}
    assert files == {"README.md", "font.css", "sf_police_districts.geojson"}


def test_a_file_that_was_not_fetched_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(npm_packages, "FOLDER", tmp_path)
    with pytest.raises(MissingPart, match="LOOKOUT_NPM_REGISTRY"):
        assets.path_of("draw.js")
    assert "lookout-land" not in base.standalone_page(
        base.empty_map([37.7, -122.5], [37.8, -122.3], False, height=400, max_zoom=17), "Map"
    )


def test_no_style_or_script_names_another_host_to_load_from() -> None:
    for name in (*assets.OWN, "draw.css"):
        path = assets.path_of(name)
        assert path is not None
        if path.suffix == ".css":
            assert "http" not in path.read_text(encoding="utf-8")


def test_a_file_of_streets_is_served_under_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pmtiles(tmp_path / "town.pmtiles")
    monkeypatch.setenv("LOOKOUT_BASEMAP", str(path))
    settings.cache_clear()
    assert assets.path_of(assets.STREETS) == path


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "Path does not point to a file"),
        (b"no tiles" * 20, "a PMTiles file of version 3"),
        (b"PMTiles\x03", "a PMTiles file of version 3"),
        (b"PMTiles\x03" + bytes(91) + b"\x02" + bytes(27), "not one of pictures"),
    ],
)
def test_a_file_that_a_browser_cannot_draw_is_refused_at_the_start(
    data: bytes | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "town.pmtiles"
    if data is not None:
        path.write_bytes(data)
    monkeypatch.setenv("LOOKOUT_BASEMAP", str(path))
    settings.cache_clear()
    with pytest.raises(InvalidSetting, match=f"LOOKOUT_BASEMAP: .*{said}"):
        settings()
