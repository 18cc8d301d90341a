"""The areas that floods are forecast for: a folder for each, which holds its terrain and what is known about it.

| file | holds |
|---|---|
| NAME/terrain.tif | elevation as a cloud-optimised GeoTIFF of float32 [m], in a projected system of metres |
| NAME/area.json | where it lies, how large it is, where it came from, what was done to it |
| NAME/design_rain.csv | depth of rain by duration and return period, if somebody gave it: see `design_rain` |
| .sample-*/ | the invented valley of `sample`, an event folder, written when it is first asked for |

A folder appears, changes its name or goes as a whole, so that others never see half an area. What is done to a file on
its way in stands in `terrain_file` and `projection`, and in the area's notes.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from core.errors import Busy, DamagedArtefact, InvalidInput, LookoutError, TooLarge
from core.systems.flood.terrain import area_names, projection, sample, terrain_file
from core.systems.flood.terrain.area import Area
from core.systems.flood.terrain.raster_files import write_raster
from core.systems.flood.terrain.raster_part import Box
from core.systems.flood.terrain.terrain import Terrain

SAMPLE = "sample"  # the invented valley's name, which no other area takes
TERRAIN, ABOUT = "terrain.tif", "area.json"
MAX_AREAS = 1_000
SECONDS_TO_KEEP = 86_400.0  # a folder that another process may be writing still [s]
SECONDS_TO_WAIT = 60.0  # for another process that changes the folder [s]


def names(folder: Path) -> list[str]:
    """Every area's name: the sample first, then the others by the alphabet."""
    own = [path.parent.name for path in folder.glob(f"*/{ABOUT}") if not path.parent.name.startswith(".")]
    return [SAMPLE, *sorted(own, key=str.casefold)]


def listing(folder: Path) -> list[Area]:
    """What is known about each area, in the order of `names`; one whose files are damaged is left out."""
    areas = []
    for name in names(folder):
        try:
            areas.append(about(name, folder))
        except DamagedArtefact:
            continue  # `about` and `find` say what is wrong with it
    return areas


def about(name: str, folder: Path) -> Area:
    """What is known about an area. Raises InvalidInput for a name that there is not, DamagedArtefact."""
    home = home_of(name, folder)
    try:
        area = Area.model_validate_json((home / ABOUT).read_bytes())
    except (OSError, ValidationError) as problem:
        raise DamagedArtefact(
            expected=f"what is known about the area {name!r} in {home / ABOUT}",
            received=f"something else: {problem!s:.80}",
            advice="Remove the area and add it again.",
        ) from None
    return area if home.name.startswith(".") else area.model_copy(update={"name": home.name})  # it may be renamed


def find(name: str, folder: Path) -> Path:
    """The area's terrain. Raises InvalidInput for a name that there is not, DamagedArtefact."""
    path = home_of(name, folder) / TERRAIN
    if not path.is_file():
        raise DamagedArtefact(
            expected=f"the terrain of the area {name!r} at {path}", received="no file", advice="Add it again."
        )
    return path


def home_of(name: str, folder: Path) -> Path:
    """The folder of an area; that of the sample is an event folder. Raises InvalidInput for a name there is not."""
    if area_names.key(name) == SAMPLE:
        return _sample(folder)
    by_key = {area_names.key(own): own for own in names(folder)[1:]}
    folder_name = by_key.get(area_names.key(name))
    if folder_name is None:
        raise InvalidInput(
            expected=f"the name of an area: {', '.join(names(folder)):.200}",
            received=f"{name!r:.60}",
            advice="Choose one of those, or add it.",
        )
    return folder / folder_name


def add(
    name: str,
    data: bytes,
    folder: Path,
    *,
    cell_size: float | None = None,
    crs: str | None = None,
    box: Box | None = None,
    source: str = "uploaded",
) -> Area:
    """Keep the terrain in a GeoTIFF or ASCII grid under a name. Raises InvalidInput, TooLarge.

    data: the file's bytes.
    folder: of all areas.
    cell_size: averages the terrain into cells of that width, in the file's units.
    crs: the file's coordinate system, if the file names none.
    box: the part that is kept: west, south, east, north [degrees, WGS 84]; None for all.
    source: where it came from, for the list.
    """
    _check_free(area_names.checked(name), folder)  # before minutes of work
    return keep(name, terrain_file.read(data, cell_size, crs, box), folder, source)


def keep(name: str, ground: Terrain, folder: Path, source: str) -> Area:
    """Keep a terrain under a name. Raises InvalidInput for a name that is unfit or taken, and for a terrain nowhere."""
    name = area_names.checked(name)
    ground = projection.on_true_metres(ground)
    with _new_folder(folder) as work:
        write_raster(work / TERRAIN, ground, ground.elevation, "m", ["Elevation above datum"])
        _describe(work, name, ground, source)
        with _turn(folder):
            _check_free(name, folder)
            work.rename(folder / name)
    return about(name, folder)


def rename(name: str, new_name: str, folder: Path) -> Area:
    """Give an area another name. Raises InvalidInput for a name that is unfit, taken, or not there."""
    new_name = area_names.checked(new_name)
    _refuse_sample(name)
    with _turn(folder):
        home = home_of(name, folder)
        if area_names.key(new_name) != area_names.key(home.name):
            _check_free(new_name, folder)
        home.rename(folder / new_name)
    return about(new_name, folder)


def remove(name: str, folder: Path) -> None:
    """Forget an area. Raises InvalidInput for a name that is not there, and for the sample."""
    _refuse_sample(name)
    with _turn(folder):
        home = home_of(name, folder)
        removed = Path(tempfile.mkdtemp(prefix=".gone-", dir=folder))
        home.rename(removed / "area")
    shutil.rmtree(removed, ignore_errors=True)


def _describe(home: Path, name: str, ground: Terrain, source: str) -> None:
    """Write what is known about the area whose terrain lies in `home`."""
    from rasterio import warp

    rows, cols = ground.elevation.shape
    left, top = ground.transform @ (0, 0)
    right, bottom = ground.transform @ (cols, rows)
    box = warp.transform_bounds(ground.crs, "EPSG:4326", left, bottom, right, top)
    if box[0] > box[2]:
        raise InvalidInput(
            expected="an area on one side of 180 degrees east",
            received="one across it, which no map shows in one piece",
            advice="Cut it in two.",
        )
    area = Area(
        name=name,
        rows=rows,
        cols=cols,
        dx=ground.dx,
        dy=ground.dy,
        crs=projection.crs_name(ground.crs),
        bounds=(left, bottom, right, top),
        box=box,
        megabytes=(home / TERRAIN).stat().st_size / 1e6,
        added=datetime.now(UTC),
        source=source,
        notes=ground.notes,
    )
    (home / ABOUT).write_text(area.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _sample(folder: Path) -> Path:
    """The invented valley's event folder, written anew where this version of it is not there yet."""
    version = hashlib.sha256(Path(sample.__file__).read_bytes()).hexdigest()[:12]
    home = folder / f".sample-{version}"
    if not home.is_dir():
        with _new_folder(folder) as work:
            sample.write(work)
            _describe(work, SAMPLE, terrain_file.read(work / TERRAIN), "invented, comes with Lookout")
            with _turn(folder):
                if not home.is_dir():
                    work.rename(home)
    return home


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which the caller moves to its name; if it did not, it is removed at the end."""
    work = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        new = work / "area"
        new.mkdir()
        yield new
    except OSError as problem:
        raise LookoutError(
            f"The area could not be written to {folder} ({problem.strerror or problem}). Make room, or have the "
            "folder's rights checked; nothing of it was kept."
        ) from problem
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove the folders of processes that were killed."""
    for left in (*folder.glob(".new-*"), *folder.glob(".gone-*")):
        with suppress(FileNotFoundError):  # another process takes it away
            if time.time() - left.stat().st_mtime > SECONDS_TO_KEEP:
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """A lock on the folder of all areas. Raises Busy if another process holds it for SECONDS_TO_WAIT."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=SECONDS_TO_WAIT):  # given back by the system, also after a kill
            yield
    except Timeout:
        raise Busy(
            expected=f"the areas to be free to change within {SECONDS_TO_WAIT:g} s",
            received="none: another process changes them still",
            advice="Nothing was changed; try again in a minute.",
        ) from None


def _check_free(name: str, folder: Path) -> None:
    taken = names(folder)
    if area_names.key(name) in {area_names.key(own) for own in taken}:
        raise InvalidInput(
            expected="a new name", received=f"{name!r}, which is taken", advice="Choose another, or remove that."
        )
    if len(taken) > MAX_AREAS:
        raise TooLarge(
            expected=f"up to {MAX_AREAS:,} areas", received="one more", advice="Remove some that are not needed."
        )


def _refuse_sample(name: str) -> None:
    if area_names.key(name) == SAMPLE:
        raise InvalidInput(
            expected="an area of your own", received="the sample, which comes with Lookout", advice="Leave it be."
        )
