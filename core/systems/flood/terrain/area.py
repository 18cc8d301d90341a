"""What is known about one registered area: where it lies, how large it is, where it came from."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Area(BaseModel):
    """What a list says about an area; `area.json`, word for word.

    name: which is its folder's too.
    rows, cols: of its grid.
    dx, dy: width and height of a cell [m].
    crs: name of its projected coordinate system, such as EPSG:32631.
    bounds: left, bottom, right, top in the crs [m].
    box: west, south, east, north in WGS 84 [degrees].
    megabytes: of its terrain's file.
    added: when.
    source: where the terrain came from.
    notes: what was done to the terrain on its way in, in sentences.
    """

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
        """Longitude and latitude of its middle [degrees]."""
        west, south, east, north = self.box
        return (west + east) / 2, (south + north) / 2
