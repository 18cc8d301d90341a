"""Landlab's OverlandFlow on a terrain from a file; started by a Python 3.12 of its own, which knows nothing of Lookout.

`python landlab_overland_flow.py FILE.npz`: the file holds ground [m], width [m], manning, seconds and rain [m/s].
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from landlab import RasterModelGrid  # type: ignore[import-not-found]
from landlab.components import OverlandFlow  # type: ignore[import-not-found]


def main() -> None:
    inputs = np.load(sys.argv[1])
    ground = np.pad(inputs["ground"], 1, mode="edge")  # Landlab's outermost nodes hold no water
    width, seconds = float(inputs["width"]), float(inputs["seconds"])
    grid = RasterModelGrid(ground.shape, xy_spacing=width)
    grid.add_field("topographic__elevation", ground[::-1].ravel().copy(), at="node")
    depth = grid.add_zeros("surface_water__depth", at="node")
    grid.set_closed_boundaries_at_grid_edges(True, True, True, True)
    flow = OverlandFlow(
        grid, mannings_n=float(inputs["manning"]), rainfall_intensity=float(inputs["rain"]), theta=0.8, alpha=0.6
    )
    started, now, steps = time.process_time(), 0.0, 0
    while now < seconds:
        step = min(flow.calc_time_step(), seconds - now)
        flow.overland_flow(dt=step)
        now += step
        steps += 1
    took = time.process_time() - started
    final = depth.reshape(ground.shape)[::-1][1:-1, 1:-1]
    np.save(sys.argv[1] + ".npy", final)
    print(json.dumps({"seconds": took, "steps": steps}))


if __name__ == "__main__":
    main()
