"""What is downloaded opens in the programs that it is for, and says the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pypdfium2
import pytest
import rasterio
from fpdf import FPDF
from PIL import Image

from core.errors import InvalidInput
from core.maps.flood import forecast_folder
from core.maps.flood.clock import Clock
from core.maps.flood.export import animation, asset_table, briefing, files
from core.papers import typeset
from core.papers.fonts import font_file
from core.systems.flood.products.exposure import Exposure
from tests.maps.flood.conftest import BRITISH, LEAD_TIMES, UTM, Write, pool

NAMES = ["School", "Ωδείο, Школа", "東京 مدرسة", "<b>&\x0b</b>", "=1+1", "x" * 200]


def found(names: list[str] = NAMES) -> list[Exposure]:
    """Assets in the pool, and one beside it."""
    wet = [
        Exposure(name, 15.005, 45.15, "flooded", depth=0.7, low=0.5, high=0.9, arrival=600.0, speed=1.0, hazard=1.6)
        for name in names
    ]
    hill = Exposure("Hill", 15.009, 45.152, "dry", depth=0.0, low=0.0, high=0.04, hazard=0.0)
    return [*wet, hill, Exposure("Far", 3.0, 4.0, "outside")]


def about(**change: Any) -> briefing.BriefingText:
    """What a page would say."""
    given = {
        "title": "An invented valley",
        "created_at": datetime(2026, 11, 21, 18, 30, tzinfo=UTC),
        "checked": "Version 1.2.0 was checked on 2026-11-20 on 40 areas that it had not seen.",
        "limits": ("Drains are not in the terrain.",),
        "rain": ((0.0, 1800.0, 3600.0), (0.0, 40.0, 0.0)),
        "link": "http://127.0.0.1:8501/flood?id=abc",
    }
    return briefing.BriefingText(**{**given, **change})


def text(pdf: bytes) -> str:
    """All that a PDF says, in one line."""
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)


@pytest.mark.parametrize("crs", [UTM, BRITISH, None])
@pytest.mark.parametrize(("name", "step", "unit"), [("depth", 2, "m"), ("max_depth", 1, "m"), ("arrival", 1, "s")])
def test_a_geotiff_is_the_band_with_its_place_and_unit(
    written: Write, crs: str | None, name: str, step: int, unit: str
) -> None:
    opened = written(pool(), crs)
    with rasterio.MemoryFile(files.geotiff(opened, name, step)) as memory, memory.open() as made:
        with rasterio.open(opened.path / f"{name}.tif") as truth:
            assert made.crs == truth.crs
            assert made.transform == truth.transform
            assert np.array_equal(made.read(1), truth.read(step), equal_nan=True)
            assert made.descriptions == (truth.descriptions[step - 1],)
        assert made.units == (unit,)
        assert made.count == 1
        assert np.isnan(made.nodata)
        assert made.tags()["FORECAST"] == "network 1.2.0, accurate"


@pytest.mark.parametrize("step", [0, -1, len(LEAD_TIMES) + 1])
def test_a_step_that_is_not_there_is_refused(written: Write, step: int) -> None:
    with pytest.raises(InvalidInput, match="Expected a step of 1 to 3"):
        files.geotiff(written(pool()), "depth", step)


def test_a_raster_that_is_not_there_is_refused(written: Write) -> None:
    with pytest.raises(InvalidInput, match=r"Expected max_depth_low\.tif"):
        files.geotiff(written(pool()), "max_depth_low")


def test_kml_opens_in_gdal_with_all_that_there_is(written: Write, tmp_path: Path) -> None:
    opened = written(pool(), found=found())
    path = tmp_path / "flood.kml"
    path.write_bytes(files.kml(opened, "Valley <&> Долина"))
    assert [name for name, _ in pyogrio.list_layers(path)] == [
        "Edge of the water", "Extent by depth", "Routes of the water", "Assets",
    ]  # fmt: skip
    names = [one["properties"]["name"] for one in opened.features("assets")]
    about_assets, _, shapes, fields = pyogrio.raw.read(path, layer="Assets")
    assert len(shapes) == len(names) == len(NAMES) + 2
    read = dict(zip((one.lower() for one in about_assets["fields"]), fields, strict=True))["name"]
    assert list(read) == [one.replace("\x0b", "") for one in names]  # which XML cannot hold
    about_extent = pyogrio.read_info(path, layer="Extent by depth")
    assert about_extent["crs"] == "EPSG:4326"
    assert about_extent["features"] == len(opened.features("extents")) == 5
    bounds = pyogrio.read_info(path, layer="Extent by depth", force_total_bounds=True)["total_bounds"]
    extents = pyogrio.read_info(opened.path / "extents.geojson", force_total_bounds=True)["total_bounds"]
    assert bounds == pytest.approx(extents, abs=1e-6)


def test_an_empty_forecast_makes_files_too(written: Write, tmp_path: Path) -> None:
    opened = written(np.zeros((20, 20)), found=[])
    (tmp_path / "dry.kml").write_bytes(files.kml(opened, "Dry"))
    assert files.geotiff(opened)
    assert Image.open(BytesIO(animation.gif(opened, "Dry"))).n_frames == len(LEAD_TIMES)
    assert "No place gets 0.05 m of water or more." in text(briefing.pdf(opened, about(rain=None)))


def test_kml_of_too_many_points_is_refused(written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_POINTS", 10)
    with pytest.raises(InvalidInput, match="Download the GeoJSON"):
        files.kml(written(pool()), "Valley")


def test_an_animation_moves_through_the_lead_times(written: Write) -> None:
    made = Image.open(BytesIO(animation.gif(written(pool()), "Valley")))
    assert made.format == "GIF"
    assert made.n_frames == len(LEAD_TIMES)
    assert made.info["loop"] == 0
    frames = []
    for number in range(made.n_frames):
        made.seek(number)
        frames.append(np.asarray(made.convert("RGB")).copy())
    assert (frames[0] != frames[-1]).any()
    assert made.width >= animation.MIN_WIDTH


def test_an_animation_of_many_steps_stays_short_and_small(written: Write) -> None:
    depth = np.stack([pool(300, 300) * share for share in np.linspace(0.01, 1, 90)]).astype(np.float32)
    still = np.zeros_like(depth)
    opened = written(
        pool(300, 300), depth=depth, east=still, south=still, lead_times=tuple(60.0 * one for one in range(1, 91))
    )
    made = animation.gif(opened, "Valley")
    assert Image.open(BytesIO(made)).n_frames == animation.MAX_FRAMES
    assert len(made) < 8e6


@pytest.mark.parametrize("names", [NAMES, [], [f"House {number}" for number in range(200)]])
def test_a_briefing_says_what_an_officer_needs(written: Write, names: list[str]) -> None:
    said = text(briefing.pdf(written(pool(), found=found(names)), about()))
    for needed in (
        "An invented valley", "2026-11-21 18:30 UTC", "network 1.2.0, accurate", "Not the only source in an emergency",
        "was checked on 2026-11-20", "Drains are not in the terrain.", "Rain: 20.0 mm in 1 h", "over the head",
        f"{len(names)} of {len(names) + 1} assets flood", "http://127.0.0.1:8501/flood?id=abc",
    ):  # fmt: skip
        assert needed in said
    if names and names[0] == "School":
        assert "School" in said
        assert "Школа" in said
    if len(names) == 200:
        assert "And 140 more" in said


def test_a_briefing_says_who_when_by_the_clock_and_what_stays_dry(written: Write) -> None:
    start = datetime(2026, 11, 28, 22, 0, tzinfo=UTC)
    opened = written(pool(), found=found(["School"]), low=0.9 * pool(), high=1.2 * pool())
    said = text(briefing.pdf(opened, about(issuer="Duty officer Eno", clock=Clock(start), identifier="f-1")))
    for needed in (
        "Issued by Duty officer Eno.", "Rain starts on 2026-11-28 at 22:00 UTC", "Forecast f-1 in Lookout.",
        "It comes first at 22:", "22:10 (10 min)", "Depth at 22:15 (15 min)", "Depth at 23:30 (1 h 30 min)",
        "Hazard to people by depth and speed", "Stay dry: Hill (5 % chance of water)", "in four cases of five",
        "An invented valley; issued by Duty officer Eno", "http://127.0.0.1:8501/flood?id=abc",
    ):  # fmt: skip
        assert needed in said.replace("\N{NO-BREAK SPACE}", " "), needed


def test_each_page_of_a_briefing_has_its_number(written: Write) -> None:
    document = pypdfium2.PdfDocument(briefing.pdf(written(pool(), found=found()), about(title="Long " * 60)))
    assert len(document) >= 2
    for number, page in enumerate(document, 1):
        assert f"Page {number} of {len(document)}" in page.get_textpage().get_text_range()


def test_assets_that_flood_are_numbered_on_the_briefings_map_where_they_lie(written: Write) -> None:
    class Paper(FPDF):
        def circle(self, x: float, y: float, radius: float, **_: Any) -> None:
            drawn.append((x, y))

    drawn: list[tuple[float, float]] = []
    opened = written(pool(), found=found(["School"]))
    rows, cols = opened.shape
    east, north = opened.transformer("EPSG:4326").transform(15.005, 45.15)
    col, row = ~opened.transform @ (east, north)
    page = Paper()
    page.add_font(typeset.FONT, fname=font_file())
    page.add_page()
    asset_table.draw_markers(page, opened, (10.0, 20.0, 100.0, 50.0))
    assert drawn == [pytest.approx((10 + 100 * col / cols, 20 + 50 * row / rows))]
    assert 0 < col < cols
    assert 0 < row < rows
    page.fonts[typeset.FONT].ttfont.close()
    assert "1 School" in text(briefing.pdf(opened, about()))


def test_a_briefing_looks_like_one(written: Write) -> None:
    """There is water on its map: pixels of the deepest colour, and of the box around the warning."""
    document = pypdfium2.PdfDocument(briefing.pdf(written(pool(), found=found()), about()))
    assert 1 <= len(document) <= 4
    page = np.asarray(document[0].render(scale=1.0).to_pil().convert("RGB")).astype(int)
    deepest = np.abs(page - (4, 36, 61)).max(axis=2) < 30
    warning = np.abs(page - (252, 240, 214)).max(axis=2) < 6
    assert deepest.sum() > 20
    assert warning.sum() > 500


@pytest.mark.parametrize(
    "rain", [((0.0,), (1.0,)), ((0.0, 1.0), (1.0,)), ((0.0, 0.0), (1.0, 1.0)), ((0, 1), (0, np.nan))]
)
def test_rain_that_is_none_is_refused(written: Write, rain: Any) -> None:
    with pytest.raises(InvalidInput, match="Expected times that ascend"):
        briefing.pdf(written(pool()), about(rain=rain))


def test_no_rain_at_all_is_drawn_too(written: Write) -> None:
    assert "Rain: 0.0 mm" in text(briefing.pdf(written(pool()), about(rain=((0, 600), (0, 0)))))


def test_a_long_strip_of_land_fits_the_paper(written: Write) -> None:
    for shape in ((4, 300), (300, 4)):
        opened = written(np.full(shape, 0.5), None)
        assert pypdfium2.PdfDocument(briefing.pdf(opened, about()))
        assert Image.open(BytesIO(animation.gif(opened, "Strip"))).width >= animation.MIN_WIDTH


def test_damaged_assets_are_no_crash(written: Write) -> None:
    opened: forecast_folder.ForecastFolder = written(pool(), found=found())
    (opened.path / "assets.geojson").write_text(json.dumps([1]))
    with pytest.raises(InvalidInput, match="Make the forecast again"):
        files.kml(opened, "Valley")
