"""The model card (Mitchell et al. 2019) in Markdown: what was measured, on what, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIGURES = (
    ("csi_005", "CSI at 0.05 m", 3),
    ("csi_030", "CSI at 0.3 m", 3),
    ("rmse_wet_m", "RMSE where wet [m]", 3),
    ("arrival_mae_s", "arrival off by [s]", 0),
    ("volume_error", "volume error", 3),
)
"""Name in the metadata, title in the tables, and decimals."""

Figures = Mapping[str, Any]
"""Figures over many floods, as `measuring.summarise` returns them and JSON holds them."""


def card(metadata: Mapping[str, Any]) -> str:
    """The card of a version from its metadata."""
    metrics = metadata["metrics"]
    return CARD.format(
        examples=metadata["examples"]["train"],
        validation=metadata["examples"]["validation"],
        terrains=len(metadata["terrains"]["train"]),
        unseen=", ".join(metadata["terrains"]["test"]),
        urban=", ".join(metadata["terrains"]["urban"]) or "none",
        epochs=metadata["options"]["epochs"],
        hours=f"{metadata['seconds'] / 3600:.1f}",
        heads=" | ".join(title for _, title, _ in FIGURES),
        table="\n".join(_mode_rows(mode, figures) for mode, figures in metrics.items()),
        groups="\n".join(
            _terrain_row(mode, terrain, figures)
            for mode, by_terrain in metadata["by_terrain"].items()
            for terrain, figures in by_terrain.items()
        ),
        held="; ".join(_coverage(mode, figures) for mode, figures in metrics.items()),
        arrival="; ".join(_arrival_coverage(mode, figures) for mode, figures in metrics.items()),
        notes=" ".join(metadata.get("notes", [])),
    )


def _coverage(mode: str, figures: Figures) -> str:
    """What share of the solver's depths the intervals hold."""
    return f"{mode} {_number(figures['held80_wet'], 3)} (of all cells {_number(figures['held80_all'], 3)})"


def _arrival_coverage(mode: str, figures: Figures) -> str:
    """What share of the solver's arrivals the intervals hold; of the first arrivals with the number of floods."""
    first, events = _number(figures.get("held80_first"), 2), figures["events"]
    return f"{mode} {_number(figures.get('held80_arrival'), 3)} (of the first in each of {events} floods {first})"


def _mode_rows(mode: str, figures: Figures) -> str:
    """Two rows of the table: with the network, and without."""
    cells = [_cell(figures, name, digits) for name, _, digits in FIGURES]
    without = [_cell(figures, f"{name}_without_network", digits) for name, _, digits in FIGURES]
    events = figures["events"]
    return (
        f"| {mode} | {events} | "
        + " | ".join(cells)
        + f" |\n| {mode}, no network | {events} | "
        + " | ".join(without)
        + " |"
    )


def _cell(figures: Figures, name: str, digits: int) -> str:
    """A mean with its interval and spread; a dash where no flood has the figure."""
    figure = figures[name]
    if figure["mean"] is None:
        return "-"
    mean, low, high, spread = (_number(figure[part], digits) for part in ("mean", "low", "high", "sd"))
    return f"{mean} ({low} to {high}; sd {spread})"


def _terrain_row(mode: str, terrain: str, figures: Figures) -> str:
    cells = " | ".join(_number(figures[name]["mean"], digits) for name, _, digits in FIGURES)
    return f"| {mode} | {terrain} | {figures['events']} | {cells} |"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


CARD = """# Flood: where the water goes

**Answers** how deep rain and inflow will stand on a terrain, when they arrive, and how far that may be off. **Meant
for** a civil-protection officer who wants a first map within seconds, with the solver to check it by. **Not meant
for** the only source in an emergency, for dam breaks and steep torrents (the solver it learnt from has no
advection), for water below the ground, sewers, culverts and bridges that the terrain does not show, for the sea, or
for insurance rating of single houses.

## How it works
A sub-grid solve on cells of 2 x 2 (accurate) or 3 x 3 (fast) fine ones, brought back onto the fine terrain, then a
residual U-Net that corrects the greatest depth and says between which depths 80 % of the solver's lie. The interval of
the arrival is fitted to errors on validation terrains, by classes of depth. Depths about
0.05 m are raised by as much as brought extents nearest to the solver's on validation terrains. Depth over time
follows the coarse solve's proportions; films below 0.05 m are made thicker or thinner (by up to 3 times) so that
all water is there. Every answer states what share of the water is still unaccounted for.

## Data
{examples} random floods on {terrains} training terrains, {validation} on validation terrains that set the
intervals; crops of 128 x 128 cells, rain and inflow, one to four hours; about half with another cell size (1 to 100
m), some with cut channels and houses. Truth is our own solver. Tested on terrains never seen, at their own cell
size: {unseen}; urban, apart: {urban}. {epochs} epochs, {hours} h in all. Terrain models are public, see the
manifest of the data for each one's source and licence.

## Measured on terrains never trained or calibrated on
Means over random floods (95 % interval of the mean; spread over floods), against the solver:

| | floods | {heads} |
|---|---|---|---|---|---|---|
{table}

80 % intervals hold, of the solver's depths where either is 0.05 m or deeper: {held}.

80 % intervals of the arrival hold, of the solver's arrivals where both have water: {arrival}.

## By terrain
| mode | terrain | floods | {heads} |
|---|---|---|---|---|---|---|---|
{groups}

## Known weaknesses
Truth is a solver, itself off by what its tests state (Merewether 2007: levels off by 0.10 m). On small cells the
coarse solve is nearly right and the network made deep water worse: beyond 0.1 to 0.2 m of water on cells of 8 m or
less the physics keep the word, from 20 m on the network has it (chosen on validation terrains); intervals there are
wider than they need be. Arrival comes from the coarse solve and tends to be early. Thin flow on steep slopes is hard;
1 m urban terrain was hardly trained on; there are few test terrains: the intervals above are over floods, not over
landscapes. What is not in the terrain model (culverts, walls thinner than a cell) is not in the answer. {notes}
"""
