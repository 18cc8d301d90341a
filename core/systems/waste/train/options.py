"""What can be set for training and for an evaluation; the fields become flags of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

UNCLEAR_LICENCE = ("imagenet_sample", "pdoodp")
ADDED = ("tuxpaint", "wallpaper")
"""Sources that `benchmarks/_debian_photos.py` adds: they teach what is no waste, and would flatter a test."""


class WasteTrainingOptions(BaseModel):
    """What can be set for training."""

    model_config = ConfigDict(frozen=True)

    data: Path = Field(
        description="Folder or ZIP of class folders or of images with a labels.csv, or a folder of these."
    )
    backbone: str = Field("imagenet", description="imagenet (downloads weights), none, or a weights file without top.")
    split: Literal["grouped", "random"] = Field(
        "grouped", description="grouped keeps near-duplicates together; random divides single photos, as published."
    )
    seed: int = Field(0, ge=0, description="Decides the split, the order and the drawing of views.")
    train_share: float = Field(0.7, gt=0, lt=1, description="Share of the photos that train.")
    validation_share: float = Field(0.1, gt=0, lt=1, description="Share that calibrates; the rest tests.")
    exclude: list[str] = Field(list(UNCLEAR_LICENCE), description="Sources that never train, only test.")
    leave_out: list[str] = Field([], description="Sources whose every photo tests in this run.")
    only_train: list[str] = Field(list(ADDED), description="Sources that train and neither calibrate nor test.")
    image_size: int = Field(192, ge=32, multiple_of=32, description="Side of the network's input when serving [px].")
    upper_size: int = Field(160, ge=32, multiple_of=32, description="The same in the first phase of training [px].")
    whole_size: int = Field(160, ge=32, multiple_of=32, description="The same in the second phase of training [px].")
    view_size: int = Field(192, ge=32, description="Side of the views that are made of each photo [px].")
    upper_epochs: int = Field(8, ge=0, description="Epochs in which the trunk keeps its features.")
    whole_epochs: int = Field(3, ge=0, description="Epochs in which the whole network learns.")
    polish_epochs: int = Field(6, ge=0, description="Further epochs of the whole network, half on photos as they are.")
    polish_rounds: int = Field(1, ge=0, description="Times that these further epochs are gone through.")
    views: int = Field(8, ge=1, description="Random views made of each photo; rarer kinds get nearly twice as many.")
    width: float = Field(1.0, description="Width of MobileNetV2: 0.35, 0.5, 0.75 or 1.0 (pretrained: 1.0).")
    networks: int = Field(
        1, ge=1, description="Networks trained apart from the same backbone; what serves is the mean of their weights."
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
