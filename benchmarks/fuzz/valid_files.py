"""Small valid files of every kind that Lookout reads, made in memory: what mutations begin from."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from benchmarks.fuzz.workbooks import ods, xlsx, zipped

SIDE = 40  # px
ORIENTATION = 0x0112  # EXIF tag
HEADER = "Date,Category,Descript,District,X,Y,Address\n"
CSV = HEADER + "".join(
    f"2014-0{1 + row % 9}-{10 + row} 0{row % 10}:15:00,LARCENY,Theft from car {row},PARK,"
    f'{-122.4 - row / 1000},37.7{row},"{row} ASH ST, rear"\n'
    for row in range(12)
)
RAIN = "time_s,rain_mm_per_h,rain_b\n0,0,1\n900,40,20\n1800,12.5,3\n3600,0,0\n"
TIMES = "time;rain_mm\n2024-05-01T10:00+02:00;1,5\n2024-05-01T11:00+02:00;0,5\n2024-05-01T12:00+02:00;0\n"
INFLOW = "time_s,discharge_m3_per_s\n0,20\n1800,180\n9000,60\n"
DESIGN = "return_period_years,duration_min,depth_mm\n2,15,10\n2,60,20\n10,15,16\n10,60,30\n"
ASSETS = "name,longitude,latitude\nSchool,3.012,0.985\nBridge,3.013,0.986\n"
SQUARE = [[[3.0, 0.9], [3.1, 0.9], [3.1, 1.0], [3.0, 1.0], [3.0, 0.9]]]


def photos() -> dict[str, list[bytes]]:
    """{kind: files} of photos."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    random = np.random.default_rng(0)
    rgb = Image.fromarray(random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
    grey = Image.fromarray(np.linspace(0, 65535, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint16))
    floats = Image.fromarray(np.linspace(0, 1, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE))
    clear = Image.new("RGBA", (SIDE, SIDE), (9, 8, 7, 100))
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    more = [rgb.rotate(90), rgb.rotate(180)]
    return {
        "jpeg": [
            _photo(rgb, "JPEG"),
            _photo(rgb, "JPEG", progressive=True, exif=turned),
            _photo(rgb.convert("CMYK"), "JPEG"),
            _photo(rgb.convert("L"), "JPEG", restart_marker_blocks=2),
        ],
        "png": [
            _photo(rgb, "PNG"),
            _photo(clear, "PNG"),
            _photo(grey, "PNG"),
            _photo(rgb.convert("P"), "PNG", transparency=0),
            _photo(rgb, "PNG", save_all=True, append_images=more),
        ],
        "webp": [
            _photo(rgb, "WEBP"),
            _photo(clear, "WEBP", lossless=True),
            _photo(rgb, "WEBP", save_all=True, append_images=more),
        ],
        "avif": [
            _photo(rgb, "AVIF", speed=10),
            _photo(clear, "AVIF", speed=10),
            _photo(rgb, "AVIF", speed=10, save_all=True, append_images=more),
        ],
        "heic": [_photo(rgb, "HEIF")],
        "gif": [_photo(rgb.convert("P"), "GIF"), _photo(rgb, "GIF", save_all=True, append_images=more)],
        "bmp": [_photo(rgb, "BMP"), _photo(rgb.convert("P"), "BMP"), _photo(rgb.convert("1"), "BMP")],
        "tiff": [
            _photo(rgb, "TIFF", compression="tiff_lzw"),
            _photo(rgb, "TIFF", compression="jpeg"),
            _photo(rgb, "TIFF", compression="tiff_deflate"),
            _photo(rgb.convert("1"), "TIFF", compression="group4"),
            _photo(grey, "TIFF"),
            _photo(floats, "TIFF"),
        ],
    }


def tables() -> dict[str, list[bytes]]:
    """{kind: files} of tables."""
    frame = pd.read_csv(io.StringIO(CSV))
    typed = frame.assign(Date=pd.to_datetime(frame["Date"]), flag=True, n=range(len(frame)))
    rows = [HEADER.strip().split(","), *frame.astype(str).to_numpy().tolist()]
    return {
        "csv": [
            CSV.encode(),
            CSV.replace(",", ";").encode("utf-8-sig"),
            CSV.replace("LARCENY", "ÖFFENTLICH").encode("latin-1"),
            CSV.encode("utf-16"),
            CSV.replace("\n", "\r\n").replace(",", "\t").encode(),
        ],
        "parquet": [
            _parquet(typed),
            _parquet(typed, compression="zstd"),
            _parquet(typed.assign(l=[[1, 2]] * len(typed))),
        ],
        "xlsx": [xlsx(rows)],
        "ods": [ods(rows)],
    }


def rasters() -> dict[str, list[bytes]]:
    """{kind: files} of terrain models."""
    ground = 50 + np.add.outer(np.arange(24), np.arange(30)) * 0.25
    head = "ncols 30\nnrows 24\nxllcorner 500000\nyllcorner 5000000\ncellsize 10\nNODATA_value -9999\n"
    grid = head + "\n".join(" ".join(f"{value:.2f}" for value in row) for row in ground)
    utm = {"crs": "EPSG:32633", "transform": (10, 0, 500_000, 0, -10, 5_000_000)}
    degrees = {"crs": "EPSG:4326", "transform": (0.001, 0, 3.0, 0, -0.001, 1.0)}
    return {
        "geotiff": [
            _geotiff(ground.astype(np.float32), utm, nodata=-9999.0),
            _geotiff(
                ground.astype(np.float32),
                utm,
                compress="deflate",
                predictor=3,
                tiled=True,
                blockxsize=16,
                blockysize=16,
            ),
            _geotiff(ground.astype(np.int16), degrees, compress="lzw"),
            _geotiff(ground.astype(np.float64), utm, compress="zstd", BIGTIFF="YES"),
        ],
        "asc": [grid.encode(), b"\xef\xbb\xbf" + grid.replace("\n", "\r\n").encode()],
    }


def places() -> dict[str, list[bytes]]:
    """{kind: files} of areas, assets, rain and rivers."""
    feature = {
        "type": "Feature",
        "properties": {"name": "North"},
        "geometry": {"type": "Polygon", "coordinates": SQUARE},
    }
    point = {"type": "Feature", "properties": {"name": "A"}, "geometry": {"type": "Point", "coordinates": [3.0, 0.9]}}
    collections = [
        {"type": "FeatureCollection", "features": features} for features in ([feature] * 2, [point, feature])
    ]
    return {
        "geojson": [json.dumps(each).encode() for each in (*collections, feature, point["geometry"])],
        "shapefile": [_areas(collections[0], "ESRI Shapefile")],
        "geopackage": [_areas(collections[0], "GPKG")],
        "photo_zip": [zipped({"a.png": photos()["png"][0], "two/b.jpg": photos()["jpeg"][0], "notes.txt": b"words"})],
        "series": [text.encode() for text in (RAIN, TIMES, INFLOW, DESIGN, ASSETS)],
    }


def _photo(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _parquet(frame: pd.DataFrame, **options: Any) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, **options)
    return file.getvalue()


def _geotiff(values: np.ndarray, place: dict[str, Any], **options: Any) -> bytes:
    import rasterio
    from affine import Affine

    rows, cols = values.shape
    profile = {"driver": "GTiff", "count": 1, "height": rows, "width": cols, "dtype": values.dtype, **options}
    with rasterio.MemoryFile() as memory:
        with memory.open(crs=place["crs"], transform=Affine(*place["transform"]), **profile) as file:
            file.write(values, 1)
        return bytes(memory.read())


def _areas(collection: dict[str, Any], driver: str) -> bytes:
    """A file of areas that GDAL wrote; a shapefile's parts in a ZIP."""
    import pyogrio
    import shapely

    shapes = np.array(
        [shapely.to_wkb(shapely.from_geojson(json.dumps(each["geometry"]))) for each in collection["features"]]
    )
    names = np.array([each["properties"]["name"] for each in collection["features"]], dtype=object)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / ("areas.gpkg" if driver == "GPKG" else "areas.shp")
        pyogrio.raw.write(path, shapes, [names], ["name"], driver=driver, geometry_type="Polygon", crs="EPSG:4326")
        if driver == "GPKG":
            return path.read_bytes()
        return zipped({part.name: part.read_bytes() for part in sorted(Path(name).iterdir())})
