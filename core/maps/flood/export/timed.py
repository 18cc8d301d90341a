"""Files of a forecast with the clock time beside each time since the start: GeoJSON and the table of assets."""

from __future__ import annotations

import csv
import io
import json

from core.artefacts import forecast_files
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.forecast_folder import ForecastFolder

ARRIVAL, SECONDS, CLOCK = "arrival", "_s", "_time"
"""What the name of a property with a time since the start [s] holds and ends with, and the end of the one beside it."""


def geojson(folder: ForecastFolder, layer: str, clock: Clock = ELAPSED) -> bytes:
    """A layer, such as `forecast_files.ROUTES`, as it is kept, with clock times where the start is known.

    Raises InvalidInput for a damaged file.
    """
    path = folder.path / forecast_files.layer_file(layer)
    if clock.start is None:
        return path.read_bytes()
    features = [
        {**feature, "properties": with_times(feature["properties"], clock)} for feature in folder.features(layer)
    ]
    collection = {**json.loads(path.read_bytes()), "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False).encode()


def assets_csv(folder: ForecastFolder, clock: Clock = ELAPSED) -> bytes:
    """The table of assets as it is kept, with clock times where the start is known."""
    table = (folder.path / forecast_files.ASSETS_TABLE_FILE).read_bytes()
    if clock.start is None:
        return table
    rows = [with_times(row, clock) for row in csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline=""))]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["name"], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def with_times(properties: dict[str, object], clock: Clock) -> dict[str, object]:
    """Properties with `arrival_time` after `arrival_s` and so on; a list of times becomes a list, None stays None."""
    timed: dict[str, object] = {}
    for name, value in properties.items():
        timed[name] = value
        if ARRIVAL in name and name.endswith(SECONDS):
            timed[name.removesuffix(SECONDS) + CLOCK] = _told(value, clock)
    return timed


def _told(value: object, clock: Clock) -> object:
    """A time, or a list of them, as ISO 8601 with its zone, to the second."""
    if isinstance(value, list):
        return [_told(entry, clock) for entry in value]
    if value is None or value == "":
        return value
    return clock.moment(round(float(str(value)))).isoformat()
