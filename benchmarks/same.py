"""Whether a change of the code changed an answer: those of the shipped models, kept to the last bit and compared.

It asks by the command line, `core.inference` and the flood workbench alone, which stay when modules move.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import rasterio
from PIL import Image
from rasterio.io import MemoryFile

from core import inference
from core.systems.flood import workbench

CHECKOUT = Path(__file__).resolve().parent.parent
PHOTOS, RECORDS = 40, 2_000
THREADS = "2"  # the coarse flood solve shares its steps between two threads from 20,000 coarse cells on
MAX_TEXT, MAX_SHOWN = 4_000, 60  # characters of JSON beyond which its sha256 is kept; differences that are printed
LEFT_OUT = {"seconds": "duration", "solver_seconds": "duration", "prediction_id": "random", "file": "temporary path"}
"""Keys of answers and files whose values differ from run to run, and what they hold."""
ROUNDED = {"inflow_m3": 3, "outflow_m3": 3, "mass_error": 9}
"""Decimals kept of sums over both threads: which steps each took, by measured time, decides their last bits."""

DISTRICTS = ("BAYVIEW", "CENTRAL", "INGLESIDE", "MISSION", "NORTHERN", "PARK", "RICHMOND", "SOUTHERN", "TARAVAL")
OFFENCES = ("GRAND THEFT FROM LOCKED AUTO", "BATTERY", "STOLEN AUTOMOBILE", "LOST PROPERTY", "Words never seen before")
FIELD = [[[3.006, 0.985], [3.015, 0.985], [3.015, 0.99], [3.006, 0.985]]]  # on the sample area [degrees]
ZONE = {
    "type": "Feature",
    "properties": {"name": "Field", "n": 0.1},
    "geometry": {"type": "Polygon", "coordinates": FIELD},
}
RIVER = {"longitude": 3.0115497, "latitude": 0.9951582, "series": [[0, 20], [3600, 200], [5400, 120]]}
EVENTS: dict[str, dict[str, Any]] = {
    "river": {"rain": [[0, 0], [1800, 40], [5400, 0]], "inflows": [RIVER], "assets": ZONE, "open_edges": ["south"],
              "manning": {"default": 0.04, "zones": ZONE}, "lead_times_s": [900, 2400, 5400], "duration_s": 5400},
    "walls": {"rain": [[0, 60], [2700, 60]], "cell_size": 20, "manning": 0.06, "duration_s": 3600, "open_edges": []},
    "town": {"rain": [[0, 60], [1800, 100], [1801, 0]], "duration_s": 2700, "open_edges": ["east"]},
    "large": {"rain": [[0, 30], [3600, 30]], "duration_s": 5400},
    "holes": {"rain": [[0, 60], [3600, 60]], "duration_s": 7200},
}  # fmt: skip
TERRAINS = {"town": "merewether_1m.tif", "large": "eno_nc_10m.tif", "holes": "avkoehl_california_25m.tif"}
INVENTED = {"town": (256, 1.0), "large": (432, 10.0), "holes": (330, 25.0)}  # side [cells], size of a cell [m]
"""Terrains of events, files of flood/dems or invented; events without one are on the sample area."""


def main() -> None:
    """Write or compare; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", nargs="?", type=Path, default=CHECKOUT / "var" / "same.json", metavar="OUT.json")
    parser.add_argument("--data", type=Path, help="folder with waste, crime and flood; invented inputs if not given")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("BEFORE.json", "AFTER.json"))
    arguments = parser.parse_args()
    if arguments.compare:
        sys.exit(compare(*(json.loads(path.read_text(encoding="utf-8")) for path in arguments.compare)))
    started = time.perf_counter()
    answers = collect(arguments.data)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(answers, sort_keys=True) + "\n", encoding="utf-8")
    print(f"Written to {arguments.output}.")
    print(json.dumps({**counts(answers), "seconds": round(time.perf_counter() - started, 1)}))


def compare(before: dict[str, Any], after: dict[str, Any]) -> int:
    """Print what differs; returns the exit status."""
    old, new = dict(leaves(before)), dict(leaves(after))
    differing = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    for path in differing[:MAX_SHOWN]:
        print(f"{path}: {old.get(path, 'absent'):.100} -> {new.get(path, 'absent'):.100}")
    sizes = counts(before)
    equal = not differing and all(sizes.values())
    compared = ", ".join(f"{size} {part}" for part, size in sizes.items())
    print(f"{compared}: {'equal to the last bit' if equal else f'{len(differing)} values differ'}")
    print(json.dumps({**sizes, "differing": len(differing)}))
    return 0 if equal else 1


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each number or text by its path, as JSON: 1 is not 1.0, nor 0.0 the same as -0.0, and NaN equals NaN."""
    if not isinstance(value, dict | list) or not value:
        yield path, json.dumps(value)
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves(part, f"{path} / {key}" if path else str(key))


def counts(answers: dict[str, Any]) -> dict[str, int]:
    return {part: len(answers.get(part, {})) for part in ("photos", "records", "floods")}


def collect(data: Path | None) -> dict[str, Any]:
    """The answers to everything, with Lookout's settings at their defaults and an empty log."""
    with TemporaryDirectory(prefix="lookout-same-", ignore_cleanup_errors=True) as name:
        environment = {variable: value for variable, value in os.environ.items() if not variable.startswith("LOOKOUT_")}
        os.environ.clear()  # before `core` reads it, which it does once
        os.environ.update(environment, LOOKOUT_DATA_DIR=f"{name}/data", LOOKOUT_INFERENCE_THREADS=THREADS)
        command("migrate")
        answers = {}
        for part, ask in (("photos", ask_photos), ("records", ask_records), ("floods", ask_floods)):
            answers[part] = ask(Path(name), data)
            print(f"{len(answers[part])} {part} answered", flush=True)
    return answers


def command(*arguments: str) -> str:
    """The last line that `python -m core` prints."""
    ended = subprocess.run([sys.executable, "-m", "core", *arguments], cwd=CHECKOUT, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"Expected {arguments} to end well. It printed: {(ended.stdout + ended.stderr)[-2000:]}")
    return ended.stdout.splitlines()[-1]


def answer_of(prediction: Any, request: Any) -> dict[str, Any]:
    """All that is compared of an answer, and the digest of what was asked."""
    answer = prediction.answer
    if answer is None:
        sys.exit(f"Expected an answer of {prediction.system} to each request. One failed: {prediction.error}")
    alternatives = [[alternative.value, alternative.score] for alternative in answer.alternatives]
    parts = {name: getattr(answer, name) for name in ("value", "score", "abstained", "details", "features", "beside")}
    return lasting({"request": digest(request), "alternatives": alternatives, **parts})


def lasting(value: Any) -> Any:
    """JSON without the keys of LEFT_OUT, those of ROUNDED rounded; lists and texts that are long become digests."""
    if isinstance(value, dict):
        parts = {key: lasting(part) for key, part in value.items() if key not in LEFT_OUT}
        return parts | {key: round(parts[key], decimals) for key, decimals in ROUNDED.items() if key in parts}
    value = [lasting(part) for part in value] if isinstance(value, list) else value
    return value if len(json.dumps(value)) <= MAX_TEXT else {"sha256": digest(value)}


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def ask_photos(_scratch: Path, data: Path | None) -> dict[str, Any]:
    photos = dict(real_photos(data / "waste") if data else invented_photos())
    requests = [{"image": {"b64": base64.b64encode(photo).decode()}} for photo in photos.values()]
    return dict(zip(photos, map(answer_of, inference.predict("waste", requests), requests), strict=True))


def real_photos(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Evenly spaced over all archives."""
    archives = [folder / "trashnet.zip", folder / "wild_train.zip", *folder.glob("places/*.zip")]
    members = sorted((path, name) for path in archives for name in zipfile.ZipFile(path).namelist() if ".jpg" in name)
    for path, name in members[:: len(members) // PHOTOS][:PHOTOS]:
        yield f"{path.stem} {name}", zipfile.ZipFile(path).read(name)


def invented_photos() -> Iterator[tuple[str, bytes]]:
    """Coarse noise, made smooth: tall and wide, in three formats."""
    for seed in range(PHOTOS):
        noise = np.random.default_rng(seed).integers(0, 256, (6 + seed % 5, 8, 3), dtype=np.uint8)
        file, size = BytesIO(), (320 + 8 * seed, 560 - 7 * seed)
        Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(file, ("JPEG", "PNG", "WEBP")[seed % 3])
        yield f"invented {seed}", file.getvalue()


def ask_records(scratch: Path, data: Path | None) -> dict[str, Any]:
    """Each record as a row of a table and alone; every other one without the offence text."""
    table = pd.read_parquet(data / "crime" / "sf_incidents_2003_2014.parquet") if data else invented_records()
    records = table[:: len(table) // RECORDS][:RECORDS]
    with_text, without_text = records[::2], records[1::2].drop(columns="Descript")
    return ask_table(scratch / "text.csv", with_text) | ask_table(scratch / "context.csv", without_text)


def ask_table(table: Path, records: pd.DataFrame) -> dict[str, Any]:
    records.to_csv(table, index=False)
    command("predict", "crime", str(table), "-o", str(table.with_suffix(".parquet")))
    rows = {row["row"]: row for row in pd.read_parquet(table.with_suffix(".parquet")).to_dict("records")}
    requests = [record_request(record) for record in records.to_dict("records")]
    predictions, answers = inference.predict("crime", requests), {}
    for number, (prediction, request) in enumerate(zip(predictions, requests, strict=True), 2):
        row = {column: repr(value) for column, value in rows.get(number, {}).items()}  # row 1 is the header
        answers[f"{table.stem}, row {number}"] = answer_of(prediction, request) | {"row": lasting(row)}
    return answers


def record_request(record: dict[str, Any]) -> dict[str, Any]:
    request = {"datetime": str(record["Dates"]), "district": record["PdDistrict"], "address": record["Address"]}
    if record["Y"] < 80:  # San Francisco's table has 90 degrees north where it knows no coordinates
        request |= {"latitude": record["Y"], "longitude": record["X"]}
    return request | ({"description": record["Descript"]} if "Descript" in record else {})


def invented_records() -> pd.DataFrame:
    random = np.random.default_rng(0)
    days = pd.to_timedelta(random.integers(0, 5_500_000, RECORDS), unit="m")
    columns = {"Descript": random.choice(OFFENCES, RECORDS), "PdDistrict": random.choice(DISTRICTS, RECORDS)}
    columns["Address"] = [f"{100 * number} Block of {number}TH ST" for number in random.integers(4, 40, RECORDS)]
    places = {"X": random.normal(-122.43, 0.02, RECORDS), "Y": random.normal(37.77, 0.02, RECORDS)}
    return pd.DataFrame({"Dates": (pd.Timestamp("2004-01-01") + days).astype(str), **columns, **places})


def ask_floods(scratch: Path, data: Path | None) -> dict[str, Any]:
    """Six events, each in both modes and by the solver."""
    answers = ask_folder(scratch)
    for name, event in EVENTS.items():
        answers |= ask_event(name, {"dem": terrain(name, data), **event})
    return answers


def ask_event(name: str, event: dict[str, Any]) -> dict[str, Any]:
    answers = {}
    for request in ({**event, "mode": "fast"}, {**event, "mode": "accurate"}):
        (prediction,) = inference.predict("flood", [request])
        folder = inference.files(prediction.id)
        answers[f"{name}, {request['mode']}"] = answer_of(prediction, request) | {"files": contents(folder)}
    check = workbench.check(folder, lambda *_args: None)
    return answers | {f"{name}, solver": {"value": check.value, "files": contents(check.folder)}}


def ask_folder(scratch: Path) -> dict[str, Any]:
    """The sample's event folder, which has houses, by the command line."""
    event, answers = str(scratch / "event"), {}
    command("sample", "flood", event)
    for mode in ("fast", "accurate"):
        line = command("predict", "flood", "--event", event, "-o", f"{event} {mode}", "--mode", mode, "--json")
        answers[f"folder, {mode}"] = lasting(json.loads(line)) | {"files": contents(Path(f"{event} {mode}"))}
    return answers | {"folder, solver": lasting(json.loads(command("evaluate", "flood", "--event", event, "--json")))}


def contents(folder: Path) -> dict[str, Any]:
    """What a folder's files hold, by name."""
    return {path.name: content(path) for path in sorted(folder.glob("[!.]*"))}


def content(path: Path) -> Any:
    """A text, or the digest of a raster's numbers and place, not of its compressed bytes; the sum shows how much."""
    if path.suffix != ".tif":
        text = path.read_text(encoding="utf-8-sig")
        return lasting(json.loads(text) if path.suffix in (".json", ".geojson") else text)
    with rasterio.open(path) as file:
        numbers, head = file.read(), (file.dtypes, file.shape, file.nodata, tuple(file.transform), str(file.crs))
    digest = hashlib.sha256(repr(head).encode() + numbers.tobytes()).hexdigest()
    return {"sha256": digest, "sum": float(np.nansum(numbers, dtype=np.float64))}


def terrain(name: str, data: Path | None) -> dict[str, str]:
    """The terrain of an event in the form that a request takes."""
    if name not in TERRAINS:
        return {"area": "sample"}
    file = (data / "flood" / "dems" / TERRAINS[name]).read_bytes() if data else invented_terrain(*INVENTED[name])
    return {"b64": base64.b64encode(file).decode()}


def invented_terrain(side: int, cell_size: float) -> bytes:
    """A GeoTIFF of hills with hollows, which fall by 2 % to the south, and a corner without data."""
    row, column = np.mgrid[:side, :side]
    hills = 4 * np.sin(row / 23) * np.cos(column / 31) + np.sin(row / 7 + column / 11)
    elevation = 50 + np.sqrt(cell_size) * hills - 0.02 * cell_size * row
    elevation[row + column < side // 3] = -9999
    transform = rasterio.Affine(cell_size, 0, 500_000, 0, -cell_size, 110_000)
    size = {"count": 1, "height": side, "width": side, "dtype": "float32"}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", crs="EPSG:32631", transform=transform, nodata=-9999, **size) as file:
            file.write(elevation.astype(np.float32), 1)
        return memory.read()


if __name__ == "__main__":
    main()
