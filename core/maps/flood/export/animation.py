"""A forecast as an animated GIF with time stamp, legend and scale, to be shown where no map can be."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from core.artefacts import forecast_files
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.export import raster_figure
from core.maps.flood.forecast_folder import ForecastFolder
from core.maps.flood.scales import DEPTH
from core.maps.flood.vectors import duration_words
from core.maps.flood.views import read_blocks, unprojected

MAX_PIXELS = 480_000  # of the map in a frame
MAX_FRAMES = 48  # of more lead times, this many are shown
FRAME_MS, LAST_FRAME_MS = 600, 2400  # how long a frame stays [ms]
MIN_WIDTH = 320  # px, so that texts fit


def gif(folder: ForecastFolder, title: str, clock: Clock = ELAPSED) -> bytes:
    """The depth at the lead times as a GIF. Raises InvalidInput for a folder that is damaged.

    clock: tells the time of each frame.
    """
    view = unprojected(folder, MAX_PIXELS)
    levels = raster_figure.ground_levels(folder, view)
    times = folder.lead_times
    indices = np.unique(np.linspace(0, len(times) - 1, min(len(times), MAX_FRAMES)).round().astype(int))
    scaling = max(1, -(-MIN_WIDTH // view.width))
    width = scaling * view.width
    legend = raster_figure.legend(width, DEPTH)
    frames = []
    with folder.raster(forecast_files.DEPTH) as dataset:
        for index in indices:
            picture = raster_figure.paint(view, levels, read_blocks(view, dataset, int(index) + 1), DEPTH)
            picture = picture.repeat(scaling, axis=0).repeat(scaling, axis=1)
            raster_figure.add_scale_bar(picture, raster_figure.metres_per_pixel(folder, view) / scaling, DEPTH)
            head = raster_figure.text_strip(width, [title, frame_time(times[index], clock)], DEPTH)
            foot = raster_figure.text_strip(width, ["Forecast. Not the only source in an emergency."], DEPTH)
            frames.append(raster_figure.picture(np.vstack([head, picture, legend, foot]), DEPTH))
    file = BytesIO()
    frame_durations = [FRAME_MS] * (len(frames) - 1) + [LAST_FRAME_MS]
    frames[0].save(
        file, "GIF", save_all=True, append_images=frames[1:], duration=frame_durations, loop=0, optimize=False
    )
    return file.getvalue()


def frame_time(seconds: float, clock: Clock) -> str:
    """What a frame is of: "28 Nov 22:15, 15 min after the start". seconds: since the start [s]."""
    after = f"{duration_words(seconds)} after the start"
    return after if clock.start is None else f"{clock.dated(seconds)}, {after}"
