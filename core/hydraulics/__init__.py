"""Shallow water over terrain: solvers, flow routing and downscaling; a library that knows nothing of Lookout.

Equations, schemes, sources and a first example: `README.md` beside this file. The public names below are imported when
they are first used: the compiled loops bring Numba, which takes a second, and who needs `hazard` alone steps no water.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.hydraulics.domain import Domain, Hydrograph, Inflow, hydrograph
    from core.hydraulics.drainage.flow_accumulation import DrainageOrder, find_drainage_order, route_flow
    from core.hydraulics.local_inertial.options import SolverOptions
    from core.hydraulics.local_inertial.solver import solve
    from core.hydraulics.results import Balance, Simulation, Snapshot
    from core.hydraulics.subgrid.results import SubgridOptions, SubgridSimulation, SubgridSnapshot
    from core.hydraulics.subgrid.solver import solve_subgrid

__all__ = [
    "Balance",
    "Domain",
    "DrainageOrder",
    "Hydrograph",
    "Inflow",
    "Simulation",
    "Snapshot",
    "SolverOptions",
    "SubgridOptions",
    "SubgridSimulation",
    "SubgridSnapshot",
    "find_drainage_order",
    "hydrograph",
    "route_flow",
    "solve",
    "solve_subgrid",
]

_MODULES = {
    "domain": ("Domain", "Hydrograph", "Inflow", "hydrograph"),
    "drainage.flow_accumulation": ("DrainageOrder", "find_drainage_order", "route_flow"),
    "local_inertial.options": ("SolverOptions",),
    "local_inertial.solver": ("solve",),
    "results": ("Balance", "Simulation", "Snapshot"),
    "subgrid.results": ("SubgridOptions", "SubgridSimulation", "SubgridSnapshot"),
    "subgrid.solver": ("solve_subgrid",),
}

if not TYPE_CHECKING:  # a type checker would take every misspelt name for one that this finds

    def __getattr__(name: str) -> object:
        """A public name, from the module that defines it: imported when it is first used."""
        for module, names in _MODULES.items():
            if name in names:
                return getattr(importlib.import_module(f"{__name__}.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
