"""The flood as a GIF that moves in time, to be shown where no map can be: time stamp, legend, scale."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from core.maps.flood.export import paper
from core.maps.flood.folder import Folder
from core.maps.flood.scales import DEPTH
from core.maps.flood.vectors import duration
from core.maps.flood.views import plain, read

MOST_PIXELS = 480_000  # of the map in a frame
MOST_FRAMES = 48  # of more lead times, so many are shown
FRAME, LAST = 600, 2400  # that a frame stays [ms]
NARROWEST = 320  # px, so that texts fit


def gif(folder: Folder, title: str) -> bytes:
    """A GIF of the depth at the lead times. Raises InvalidInput for a folder that is damaged."""
    view = plain(folder, MOST_PIXELS)
    levels = paper.ground_and_water(folder, view)
    times = folder.lead_times
    chosen = np.unique(np.linspace(0, len(times) - 1, min(len(times), MOST_FRAMES)).round().astype(int))
    enlarged = max(1, -(-NARROWEST // view.width))
    width = enlarged * view.width
    legend = paper.legend(width, DEPTH)
    frames = []
    with folder.raster("depth") as dataset:
        for one in chosen:
            shown = paper.painted(view, levels, read(view, dataset, int(one) + 1), DEPTH)
            shown = shown.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
            paper.add_scale_bar(shown, paper.metres_per_pixel(folder, view) / enlarged, DEPTH)
            head = paper.written(width, [title, f"{duration(times[one])} after the start"], DEPTH)
            foot = paper.written(width, ["Forecast. Not the only source in an emergency."], DEPTH)
            frames.append(paper.picture(np.vstack([head, shown, legend, foot]), DEPTH))
    made = BytesIO()
    stay = [FRAME] * (len(frames) - 1) + [LAST]
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:], duration=stay, loop=0, optimize=False)
    return made.getvalue()
