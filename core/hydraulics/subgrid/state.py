"""What the sub-grid scheme works on: coarse ground, the water on it, and one of its steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class SubgridTerrain(NamedTuple):
    """Coarse ground; shape (rows + 2, cols + 2), with a rim; float32 unless said.

    lowest: ground of each cell, float64 [m]. curve: mean elevation of the k lowest fine cells above it, shape
    (rows + 2, terms, cols + 2) [m]; shares: 1 / k. kept, film: see coarse_storage.depths. rise_x, rise_y: lowest ground
    of the cell before the left and the upper face above the own [m]. beds_x, beds_y: higher ground beside each sub-face
    above the own lowest, shape (rows + 2, f, cols + 2) [m]; friction_x, friction_y: g n2 of the face. caught: number of
    fine cells with data. dx, dy: of a fine cell [m]. Outlets and inlets, float64: see GridTerrain; outlet_bed: ground
    of the fine cell that lets out, above its coarse cell's lowest [m]. They are ordered by row: outlets_from and
    inlets_from, shape (rows + 3,), say which is the first of a row or of one below it.
    """

    lowest: np.ndarray
    curve: np.ndarray
    shares: np.ndarray
    kept: np.ndarray
    film: np.ndarray
    rise_x: np.ndarray
    rise_y: np.ndarray
    beds_x: np.ndarray
    beds_y: np.ndarray
    friction_x: np.ndarray
    friction_y: np.ndarray
    caught: np.ndarray
    dx: float
    dy: float
    outlets: np.ndarray
    outlets_from: np.ndarray
    outlet_bed: np.ndarray
    outlet_normal: np.ndarray
    outlet_critical: np.ndarray
    inlets: np.ndarray
    inlets_from: np.ndarray
    inlet_share: np.ndarray


class SubgridState(NamedTuple):
    """What a step changes; float32, shape with a rim, unless said.

    volume: float64 [m]. depth, highest: above the cell's lowest ground [m]. share: level gained per volume. flow_x,
    flow_y [m2/s]. strongest [m3/s]. arrival: of a depth of Pace.arrived_at [s]. rooms: to work in, shape (threads, 3,
    cols + 2); held: the same, float64, shape (threads, cols + 2). before: old flows through the upper faces of two
    rows, for each step of a plan, shape (steps, 2, cols + 2). clock: see state.
    """

    volume: np.ndarray
    depth: np.ndarray
    share: np.ndarray
    flow_x: np.ndarray
    flow_y: np.ndarray
    highest: np.ndarray
    strongest: np.ndarray
    arrival: np.ndarray
    rooms: np.ndarray
    held: np.ndarray
    before: np.ndarray
    clock: np.ndarray


class SubgridStep(NamedTuple):
    """One of the shortest steps, its place in the plan and up to which level all is due.

    now: its start [s]; seconds: its length; likening: how quickly flows become like their neighbours' [1/s]. hand: the
    thread that takes it.
    """

    number: int
    due: int
    now: float
    seconds: float
    likening: float
    hand: int
