"""Terrain for a box from tiles that a server on the loopback hands out, named and cut as the real ones, but coarser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio import warp

from core.errors import HostUnavailable, InvalidInput, TooLarge
from core.progress import sentence
from core.settings import settings
from core.systems.flood import remote
from core.systems.flood.terrain import areas, copernicus, terrain
from core.systems.flood.terrain.raster_files import write_raster
from core.systems.flood.terrain.terrain import Terrain
from tests.conftest import free_port
from tests.support.loopback import Answer, Asked, serving

SPAN = 1200  # cells of a tile from south to north; the real ones have 3,600


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.0)
    monkeypatch.setattr(remote, "READ", 2.0)


def height(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """A plane that falls to the south-east, everywhere above the sea [m]."""
    return 500.0 - 40.0 * (longitude + 2.0) + 60.0 * (latitude - 50.0)


def tile(folder: Path, south: int, west: int) -> bytes:
    """The first cell's centre lies on the upper left corner, as in the real ones; oblong from 50 degrees on."""
    cols = SPAN if south < 50 else SPAN * 2 // 3
    x, y = 1 / cols, 1 / SPAN
    transform = Affine(x, 0, west - x / 2, 0, -y, south + 1 + y / 2)
    col, row = np.meshgrid(np.arange(cols), np.arange(SPAN))
    numbers = height(west + col * x, south + 1 - row * y)
    numbers += np.random.default_rng(south).uniform(
        -1e-3, 1e-3, numbers.shape
    )  # so that it does not compress to nothing
    path = folder / "tile.tif"
    write_raster(path, Terrain(numbers, x, y, "EPSG:4326", transform, "EPSG:4326"), numbers, "m", ["Elevation"])
    return path.read_bytes()


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Four squares about 50 N, 1 W, without the one in the south-east."""
    folder = tmp_path_factory.mktemp("tiles")
    return {
        f"/{name}/{name}.tif": tile(folder, south, west)
        for south, west, name in (
            (50, -2, "Copernicus_DSM_COG_10_N50_00_W002_00_DEM"),
            (50, -1, "Copernicus_DSM_COG_10_N50_00_W001_00_DEM"),
            (49, -2, "Copernicus_DSM_COG_10_N49_00_W002_00_DEM"),
        )
    }


@pytest.fixture
def host(tiles: dict[str, bytes], point_at: Callable[[str], None]) -> Iterator[list[Asked]]:
    with serving(lambda asked: Answer(200, tiles[asked.path]) if asked.path in tiles else Answer(404)) as found:
        point_at(found[0])
        yield found[1]


@pytest.fixture
def point_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def point(address: str) -> None:
        monkeypatch.setenv("LOOKOUT_COPERNICUS", address)
        settings.cache_clear()

    return point


def degrees(found: Terrain) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of each cell's centre."""
    rows, cols = np.indices(found.elevation.shape) + 0.5
    x, y = found.transform @ (cols.ravel(), rows.ravel())
    longitude, latitude = warp.transform(found.crs, "EPSG:4326", x, y)
    return (np.reshape(one, found.elevation.shape) for one in (longitude, latitude))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("south", "west", "name"),
    [
        (52, -2, "Copernicus_DSM_COG_10_N52_00_W002_00_DEM"),
        (0, 0, "Copernicus_DSM_COG_10_N00_00_E000_00_DEM"),
        (-1, 179, "Copernicus_DSM_COG_10_S01_00_E179_00_DEM"),
        (-34, -71, "Copernicus_DSM_COG_10_S34_00_W071_00_DEM"),
    ],
)
def test_tiles_are_named_by_their_lower_left_corner(south: int, west: int, name: str) -> None:
    assert copernicus.tile_name(south, west) == name


def test_a_box_within_a_tile_is_read_by_ranges(host: list[Asked], tiles: dict[str, bytes]) -> None:
    found = copernicus.fetch((-1.52, 50.48, -1.48, 50.51))
    assert (found.dx, found.dy) == (30, 30)
    assert found.elevation.shape == pytest.approx((3336 / 30, 2836 / 30), rel=0.05)
    assert np.abs(found.elevation - height(*degrees(found))).max() < 0.01
    assert "EPSG:32630" in found.crs or "zone 30N" in found.crs
    assert found.notes == (copernicus.SURFACE,)
    got = [one for one in host if one.method == "GET"]
    assert {one.path for one in host} == {"/Copernicus_DSM_COG_10_N50_00_W002_00_DEM" * 2 + ".tif"}
    assert all(one.range for one in got)
    first_last = [one.range.removeprefix("bytes=").split("-") for one in got if one.range]
    read = sum(int(last) - int(first) + 1 for first, last in first_last)
    assert read < 0.5 * len(tiles[got[0].path])


def test_no_seam_shows_between_tiles_of_one_or_of_two_widths(host: list[Asked]) -> None:
    found = copernicus.fetch((-1.05, 49.97, -1.005, 50.03))  # across 50 degrees, where cells grow wider
    assert np.abs(found.elevation - height(*degrees(found))).max() < 0.05
    found = copernicus.fetch((-1.03, 50.40, -0.97, 50.43))
    assert np.abs(found.elevation - height(*degrees(found))).max() < 0.01
    assert found.notes == (copernicus.SURFACE,)


def test_each_tile_is_told_before_it_is_fetched(host: list[Asked]) -> None:
    told: list[tuple[float, str]] = []
    copernicus.fetch((-1.05, 49.97, -1.005, 50.03), lambda progress: told.append((progress.share, sentence(progress))))
    assert [said for _, said in told] == [f"Fetching tile {number} of 3." for number in (1, 2, 3)]
    assert [share for share, _ in told] == pytest.approx([0, 1 / 3, 2 / 3])


def test_a_square_without_a_tile_is_sea_and_is_named(host: list[Asked]) -> None:
    found = copernicus.fetch((-1.04, 49.96, -0.96, 50.04))
    longitude, latitude = degrees(found)
    sea = (longitude > -0.99) & (latitude < 49.99)
    land = (longitude < -1.01) | (latitude > 50.01)
    assert (found.elevation[sea] == 0).all()
    assert np.abs(found.elevation - height(longitude, latitude))[land].max() < 0.05
    assert np.isfinite(found.elevation).all()
    assert "There is no tile for N49W001: it counts as sea, at 0 m" in found.notes[1]


def test_what_was_fetched_becomes_an_area(host: list[Asked], tmp_path: Path) -> None:
    made = areas.keep("Fetched", copernicus.fetch((-1.52, 50.48, -1.48, 50.51)), tmp_path, copernicus.SOURCE)
    assert (made.crs, made.dx) == ("EPSG:32630", 30)
    assert made.source.startswith("Copernicus DEM GLO-30")
    assert made.notes == (copernicus.SURFACE,)
    assert terrain.read(areas.find("Fetched", tmp_path)).dx == 30


def test_open_sea_is_refused(host: list[Asked]) -> None:
    with pytest.raises(
        InvalidInput, match=r"a box on land that the model covers. Received -20.5 to -20.4 degrees east"
    ):
        copernicus.fetch((-20.5, 40.4, -20.4, 40.5))


@pytest.mark.parametrize(
    ("box", "kind", "sentence"),
    [
        ((-1.0, 50.0, -1.5, 50.5), InvalidInput, "from west to east"),
        ((-1.5, 50.5, -1.0, 50.0), InvalidInput, "from west to east"),
        ((179.9, 50.0, 180.1, 50.1), InvalidInput, "across 180 degrees east, draw as two"),
        ((0.0, 84.0, 1.0, 85.0), InvalidInput, "up to 84 north"),
        ((float("nan"), 50.0, 1.0, 51.0), InvalidInput, "a box in degrees"),
        ((-1.5, 50.0, -1.499, 50.001), InvalidInput, r"a box of 0.6 to 100 km to each side. Received 0\.0.* larger"),
        ((-3.0, 50.0, -1.0, 50.1), TooLarge, r"Received 14\d x .* km. Draw a smaller"),
        ((-180.0, -84.0, 180.0, 84.0), InvalidInput, "Expected"),
    ],
    ids=str,
)
def test_a_box_that_makes_no_sense_is_not_asked_for(
    host: list[Asked], box: copernicus.Box, kind: type[InvalidInput], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        copernicus.fetch(box)
    assert not host


def test_no_host_is_asked_where_none_is_set(point_at: Callable[[str], None]) -> None:
    for address in (None, ""):
        if address is not None:
            point_at(address)
        with pytest.raises(HostUnavailable, match=r"in LOOKOUT_COPERNICUS.*this server asks no other host"):
            copernicus.fetch((-1.52, 50.48, -1.48, 50.51))


def test_no_network_is_told(point_at: Callable[[str], None]) -> None:
    point_at(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(HostUnavailable, match=r"terrain tiles from 127.0.0.1:\d+\. Received no connection"):
        copernicus.fetch((-1.52, 50.48, -1.48, 50.51))


def test_a_refusal_is_told(point_at: Callable[[str], None]) -> None:
    with serving(lambda _: Answer(403)) as (address, _):
        point_at(address)
        with pytest.raises(HostUnavailable, match=r"status 403\. Check its address in the settings"):
            copernicus.fetch((-1.52, 50.48, -1.48, 50.51))


def test_a_tile_that_is_none_is_told(point_at: Callable[[str], None]) -> None:
    with serving(lambda _: Answer(200, b"<html>not a tile</html>" * 99)) as (address, _):
        point_at(address)
        with pytest.raises(HostUnavailable, match=r"a tile that is damaged"):
            copernicus.fetch((-1.52, 50.48, -1.48, 50.51))


def test_a_tile_that_breaks_off_is_told_and_found_when_it_is_whole(
    tiles: dict[str, bytes], point_at: Callable[[str], None]
) -> None:
    whole = next(iter(tiles.values()))
    state = {"body": whole[: len(whole) // 3]}
    with serving(lambda _: Answer(200, state["body"])) as (address, _):
        point_at(address)
        with pytest.raises(HostUnavailable, match=r"a tile that is damaged or breaks off"):
            copernicus.fetch((-1.12, 50.08, -1.08, 50.11))
        state["body"] = whole
        assert copernicus.fetch((-1.12, 50.08, -1.08, 50.11)).dx == 30


def test_a_raster_that_is_no_tile_is_told(tmp_path: Path, point_at: Callable[[str], None]) -> None:
    path = tmp_path / "picture.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=8, width=8, count=3, dtype="uint8", crs="EPSG:4326",
        transform=Affine(0.1, 0, -2, 0, -0.1, 51),
    ) as file:  # fmt: skip
        file.write(np.zeros((3, 8, 8), np.uint8))
    with serving(lambda _: Answer(200, path.read_bytes())) as (address, _):
        point_at(address)
        with pytest.raises(HostUnavailable, match="a raster that is no tile in degrees"):
            copernicus.fetch((-1.52, 50.48, -1.48, 50.51))
