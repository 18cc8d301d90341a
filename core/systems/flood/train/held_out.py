"""The figures of a version on held-out terrains, urban ones apart, by mode and by terrain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.progress import ProgressListener
from core.systems.flood.correction.over_time import CorrectedFlood
from core.systems.flood.correction.residual import ResidualNetwork
from core.systems.flood.physics import MODES, Physics
from core.systems.flood.train import measuring, preparing
from core.systems.flood.train.examples import Example, TerrainModel
from core.systems.flood.train.measuring import FiguresOverFloods

MAX_URBAN_CELL = 1.5  # cell size up to which a terrain is judged apart [m]
FIRST_URBAN = 1_000  # number of the first flood on urban terrain


def is_urban(terrain: TerrainModel) -> bool:
    """Whether a terrain is judged apart."""
    return terrain.cell_size <= MAX_URBAN_CELL


def measure(
    residual: ResidualNetwork,
    terrains: Sequence[TerrainModel],
    floods: int,
    urban_floods: int,
    work: Path,
    progress: ProgressListener,
) -> tuple[dict[str, FiguresOverFloods], dict[str, dict[str, FiguresOverFloods]]]:
    """The figures of a version on floods that it never saw.

    residual: the version's network.
    terrains: of the test split.
    floods, urban_floods: number of floods on other and on urban terrain.
    work: folder of all that training keeps.

    Returns figures by mode ("fast" or "fast, urban"), and by mode and terrain.
    """
    groups = {
        "": ([terrain for terrain in terrains if not is_urban(terrain)], range(floods)),
        ", urban": (
            [terrain for terrain in terrains if is_urban(terrain)],
            range(FIRST_URBAN, FIRST_URBAN + urban_floods),
        ),
    }
    figures: dict[str, FiguresOverFloods] = {}
    by_terrain: dict[str, dict[str, FiguresOverFloods]] = {}
    for label, (group, numbers) in groups.items():
        rows: dict[str, list[tuple[str, dict[str, float | None]]]] = {mode: [] for mode in MODES}
        for example in preparing.solved_examples(group, "test", numbers, work, progress) if group else ():
            for mode in MODES:
                rows[mode].append((example.terrain, _figures(example, mode, residual)))
        for mode, measured in rows.items():
            if measured:
                figures[mode + label] = measuring.summarise([row for _, row in measured])
                by_terrain[mode + label] = {
                    name: measuring.summarise([row for terrain, row in measured if terrain == name])
                    for name in dict.fromkeys(terrain for terrain, _ in measured)
                }
    return figures, by_terrain


def _figures(example: Example, mode: str, residual: ResidualNetwork) -> dict[str, float | None]:
    return measuring.corrected_figures(*forecast(example, mode, residual), example)


def forecast(example: Example, mode: str, residual: ResidualNetwork) -> tuple[CorrectedFlood, Physics]:
    """The forecast of an example, and the physics that it started from. mode: one of MODES."""
    physics = preparing.run_physics(example, mode)
    return residual.correct(example.scenario.domain, physics, example.scenario.rain), physics


def checked(metrics: Mapping[str, FiguresOverFloods]) -> dict[str, dict[str, float | int]]:
    """What the version was checked on, in the words and names that pages show of every system; metrics: by mode."""
    return {
        f"floods on terrain never seen, {mode}: agreement of extents (CSI at 0.05 m)": {
            "accuracy": figures["csi_005"]["mean"],
            "n": figures["events"],
        }
        for mode, figures in metrics.items()
    }
