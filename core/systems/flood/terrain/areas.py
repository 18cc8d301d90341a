"""The areas that floods are forecast for: a folder for each, which holds its terrain and what is known about it.

| file | holds |
|---|---|
| NAME/terrain.tif | elevation as a cloud-optimised GeoTIFF of float32 [m], in a projected system of metres |
| NAME/area.json | where it lies, how large it is, where it came from, what was done to it |
| NAME/design_rain.csv | depth of rain by duration and return period, if somebody gave it: see `design_rain` |
| .sample-*/ | the invented valley of `sample`, an event folder, written when it is first asked for |

A folder appears, changes its name or goes as a whole, so that others never see half an area. What is done to a file on
its way in stands in `terrain` and `projecting`, and in the area's notes.
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
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import Busy, DamagedArtefact, InvalidInput, LookoutError, TooLarge
from core.systems.flood.terrain import area_names, projection, sample, terrain
from core.systems.flood.terrain.terrain import Terrain

SAMPLE = "sample"  # the invented valley's name, which no other area takes
TERRAIN, ABOUT = "terrain.tif", "area.json"
MOST_AREAS = 1_000
SECONDS_TO_KEEP = 86_400.0  # what another process may be writing still
SECONDS_TO_WAIT = 60.0  # for another process that changes the folder


class Area(BaseModel):
    """What a list says about an area; bounds: left, bottom, right, top in the crs [m]; box: the same in WGS 84."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    cols: int
    dx: float
    dy: float
    crs: str
    bounds: tuple[float, float, float, float]
    box: tuple[float, float, float, float]
    megabytes: float
    added: datetime
    source: str
    notes: tuple[str, ...] = ()

    @property
    def cells(self) -> int:
        """How many cells it has, those without data too."""
        return self.rows * self.cols

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of its middle."""
        west, south, east, north = self.box
        return (west + east) / 2, (south + north) / 2


def names(folder: Path) -> list[str]:
    """Every area's name: the sample first, then the others by the alphabet."""
    found = [path.parent.name for path in folder.glob(f"*/{ABOUT}") if not path.parent.name.startswith(".")]
    return [SAMPLE, *sorted(found, key=str.casefold)]


def listing(folder: Path) -> list[Area]:
    """What is known about each, in the order of `names`; an area whose files are damaged is left out."""
    made = []
    for name in names(folder):
        try:
            made.append(about(name, folder))
        except DamagedArtefact:
            continue  # `about` and `find` say what is wrong with it
    return made


def about(name: str, folder: Path) -> Area:
    """What is known about one. Raises InvalidInput for a name that there is not, DamagedArtefact."""
    home = home_of(name, folder)
    try:
        known = Area.model_validate_json((home / ABOUT).read_bytes())
    except (OSError, ValidationError) as problem:
        raise DamagedArtefact(
            f"Expected what is known about the area {name!r} in {home / ABOUT}. Received something else: "
            f"{problem!s:.80}. Remove the area and add it again."
        ) from None
    return known if home.name.startswith(".") else known.model_copy(update={"name": home.name})  # it may be renamed


def find(name: str, folder: Path) -> Path:
    """The area's terrain. Raises InvalidInput for a name that there is not, DamagedArtefact."""
    path = home_of(name, folder) / TERRAIN
    if not path.is_file():
        raise DamagedArtefact(f"Expected the terrain of the area {name!r} at {path}. Received no file. Add it again.")
    return path


def home_of(name: str, folder: Path) -> Path:
    """The folder of one area; that of the sample is an event folder. Raises InvalidInput for a name there is not."""
    if area_names.key(name) == SAMPLE:
        return _sample(folder)
    known = {area_names.key(one): one for one in names(folder)[1:]}
    found = known.get(area_names.key(name))
    if found is None:
        raise InvalidInput(
            f"Expected the name of an area: {', '.join(names(folder)):.200}. Received {name!r:.60}. Choose one of "
            "those, or add it."
        )
    return folder / found


def add(
    name: str,
    data: bytes,
    folder: Path,
    *,
    cell_size: float | None = None,
    crs: str | None = None,
    source: str = "uploaded",
) -> Area:
    """Keep the terrain in a GeoTIFF's or ASCII grid's bytes under a name.

    cell_size: averages it into cells of that width, in the file's units. crs: the file's coordinate system, if the file
    names none. source: where it came from, for the list. Raises InvalidInput, TooLarge: the message says what to do.
    """
    _check_free(area_names.checked(name), folder)  # before minutes of work
    return keep(name, terrain.read(data, cell_size, crs), folder, source)


def keep(name: str, ground: Terrain, folder: Path, source: str) -> Area:
    """Keep a terrain under a name. Raises InvalidInput for a name that is unfit or taken, and for a terrain nowhere."""
    from core.systems.flood.terrain.raster_files import write_raster

    name = area_names.checked(name)
    ground = projection.on_true_metres(ground)
    with _new_folder(folder) as made:
        write_raster(made / TERRAIN, ground, ground.elevation, "m", ["Elevation above datum"])
        _describe(made, name, ground, source)
        with _turn(folder):
            _check_free(name, folder)
            made.rename(folder / name)
    return about(name, folder)


def rename(name: str, new: str, folder: Path) -> Area:
    """Give an area another name. Raises InvalidInput for a name that is unfit, taken, or not there."""
    new = area_names.checked(new)
    _refuse_sample(name)
    with _turn(folder):
        home = home_of(name, folder)
        if area_names.key(new) != area_names.key(home.name):
            _check_free(new, folder)
        home.rename(folder / new)
    return about(new, folder)


def remove(name: str, folder: Path) -> None:
    """Forget an area. Raises InvalidInput for a name that is not there, and for the sample."""
    _refuse_sample(name)
    with _turn(folder):
        home = home_of(name, folder)
        gone = Path(tempfile.mkdtemp(prefix=".gone-", dir=folder))
        home.rename(gone / "area")
    shutil.rmtree(gone, ignore_errors=True)


def _describe(home: Path, name: str, ground: Terrain, source: str) -> None:
    from rasterio import warp

    rows, cols = ground.elevation.shape
    left, top = ground.transform @ (0, 0)
    right, bottom = ground.transform @ (cols, rows)
    box = warp.transform_bounds(ground.crs, "EPSG:4326", left, bottom, right, top)
    if box[0] > box[2]:
        raise InvalidInput(
            "Expected an area on one side of 180 degrees east. Received one across it, which no map shows in one "
            "piece. Cut it in two."
        )
    known = Area(
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
    (home / ABOUT).write_text(known.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _sample(folder: Path) -> Path:
    """The invented valley's event folder, written anew where this version of it is not there yet."""
    version = hashlib.sha256(Path(sample.__file__).read_bytes()).hexdigest()[:12]
    home = folder / f".sample-{version}"
    if not home.is_dir():
        with _new_folder(folder) as made:
            sample.write(made)
            _describe(made, SAMPLE, terrain.read(made / TERRAIN), "invented, comes with Lookout")
            with _turn(folder):
                if not home.is_dir():
                    made.rename(home)
    return home


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into and to move away; what is left of it at the end goes."""
    work = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        made = work / "area"
        made.mkdir()
        yield made
    except OSError as problem:
        raise LookoutError(
            f"The area could not be written to {folder} ({problem.strerror or problem}). Make room, or have the "
            "folder's rights checked; nothing of it was kept."
        ) from problem
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Take away what a process that was killed left behind."""
    for left in (*folder.glob(".new-*"), *folder.glob(".gone-*")):
        with suppress(FileNotFoundError):  # another process takes it away
            if time.time() - left.stat().st_mtime > SECONDS_TO_KEEP:
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Nobody else changes the folder meanwhile. Raises Busy if another process does for SECONDS_TO_WAIT."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=SECONDS_TO_WAIT):  # given back by the system, also after a kill
            yield
    except Timeout:
        raise Busy(
            f"Expected the areas to be free to change within {SECONDS_TO_WAIT:g} s. Received none: another process "
            "changes them still. Nothing was changed; try again in a minute."
        ) from None


def _check_free(name: str, folder: Path) -> None:
    taken = names(folder)
    if area_names.key(name) in {area_names.key(one) for one in taken}:
        raise InvalidInput(f"Expected a new name. Received {name!r}, which is taken. Choose another, or remove that.")
    if len(taken) > MOST_AREAS:
        raise TooLarge(f"Expected up to {MOST_AREAS:,} areas. Received one more. Remove some that are not needed.")


def _refuse_sample(name: str) -> None:
    if area_names.key(name) == SAMPLE:
        raise InvalidInput("Expected an area of your own. Received the sample, which comes with Lookout. Leave it be.")
