"""What can be set for training and for an evaluation; the fields become flags of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

UNCLEAR_LICENCE = ("imagenet_sample", "pdoodp", "realwaste", "sneakers", "ming", "mductran")
ADDED = ("tuxpaint", "wallpaper")
"""Sources that `benchmarks/support/debian_photos.py` adds: they teach what is no waste, and would flatter a test."""


class WasteTrainingOptions(BaseModel):
    """What can be set for training."""

    model_config = ConfigDict(frozen=True)

    data: Path = Field(
        description="Folder or ZIP of class folders or of images with a labels.csv, or a folder of these."
    )
    backbone: str = Field(description="A weights file of EfficientNet-Lite2 without its head, or none.")
    split: Literal["grouped", "random"] = Field(
        "grouped", description="grouped keeps near-duplicates together; random divides single photos, as published."
    )
    seed: int = Field(0, ge=0, description="Decides the split, the order and the drawing of views.")
    train_share: float = Field(0.7, gt=0, lt=1, description="Share of the photos that train.")
    validation_share: float = Field(0.1, gt=0, lt=1, description="Share that calibrates; the rest tests.")
    exclude: list[str] = Field(list(UNCLEAR_LICENCE), description="Sources that never train, only test.")
    leave_out: list[str] = Field([], description="Sources whose every photo tests in this run.")
    only_train: list[str] = Field(list(ADDED), description="Sources that train and neither calibrate nor test.")
    image_size: int = Field(184, ge=32, multiple_of=8, description="Side of the network's input when serving [px].")
    training_size: int = Field(144, ge=32, multiple_of=8, description="The same in training [px].")
    view_size: int = Field(192, ge=32, description="Side of the views that are made of each photo [px].")
    blend_epochs: int = Field(8, ge=0, description="Epochs on blended views.")
    polish_epochs: int = Field(4, ge=0, description="Further epochs, half on photos as they are.")
    tuned_share: float = Field(0.9, gt=0, le=1, description="Share of the trained weights in the mean with the first.")
    views: int = Field(8, ge=1, description="Random views made of each photo; rarer kinds get nearly twice as many.")
    scenes: int = Field(
        8000, ge=0, description="Scenes of several things on which it learns to find them; 0 leaves that out."
    )
    width: float = Field(1.0, gt=0, description="Multiplier of the network's channels (a weights file needs 1).")
    unseen: list[Path] = Field(
        [],
        description="Tables of runs that left sources out, for the calibration; given once for each, or with commas.",
    )
    work: Path | None = Field(
        None, description="Folder for views and checkpoints; by default waste/ in the data folder."
    )
    resume: bool = Field(True, description="Go on from this run's checkpoint, if there is one.")


class WasteEvaluationOptions(BaseModel):
    """What can be set for an evaluation."""

    model_config = ConfigDict(frozen=True)

    data: Path = Field(description="Folder or ZIP of class folders, or of images with a labels.csv.")
    out_of_scope: Path | None = Field(None, description="Folder or ZIP of photos that show no waste.")
    adapt: int = Field(0, ge=0, description="Photos of each label that teach the place, drawn by group.")
    seeds: int = Field(5, ge=1, le=100, description="How often they are drawn, with --adapt.")
