"""The numbers that steer the local inertial scheme, as a caller sets them and as the compiled loops take them."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InvalidInput
from core.hydraulics.hazard import WET
from core.hydraulics.local_inertial.state import SchemeParameters


@dataclass(frozen=True)
class SolverOptions:
    """Numbers that steer the local inertial scheme; the defaults are for floods on real terrain.

    theta: weight of a face's own discharge against its neighbours', in (0, 1].
    courant: share of the time in which a shallow wave crosses a cell that a step takes; stable up to sqrt(theta / 2).
    depth_threshold: depth up to which nothing flows; friction alone counts from twice that [m].
    arrival_depth: depth from which on the water has arrived [m].
    longest_step: bound on a step's length [s].
    steps_per_record: maxima and arrival are taken every so many steps, and at lead times.
    wet_only: steps active cells alone; False steps all cells, for comparison.
    """

    theta: float = 0.8
    courant: float = 0.6
    depth_threshold: float = 0.001
    arrival_depth: float = WET
    longest_step: float = 60.0
    steps_per_record: int = 4
    wet_only: bool = True


def scheme_parameters(options: SolverOptions) -> SchemeParameters:
    """The options for the compiled loops; raises InvalidInput where the scheme would be unstable or undefined."""
    theta, courant, threshold = options.theta, options.courant, options.depth_threshold
    if not (0 < theta <= 1 and 0 < courant <= (theta / 2) ** 0.5 and threshold > 0):
        raise InvalidInput(
            expected="theta above 0 and up to 1, courant above 0 and up to sqrt(theta / 2), and a depth threshold "
            "above 0 m",
            received=f"{theta}, {courant}, {threshold}",
            advice="Use the defaults.",
        )
    return SchemeParameters(
        theta,
        courant,
        threshold,
        options.arrival_depth,
        options.longest_step,
        options.steps_per_record,
        options.wet_only,
    )
