"""What can be set for training and for evaluation of the crime model; the fields become flags of the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from core.systems.crime.cleaning.incident_tables import CrimeTableOptions


class LabelledTableOptions(CrimeTableOptions):
    """A table of labelled incidents; what training and evaluation share."""

    data: Path = Field(description="CSV, Parquet or Excel file with one incident per row.")


class CrimeTrainingOptions(LabelledTableOptions):
    """What can be set for training."""

    city: str = Field("", description="Name of the city for the card; the file's name if not said.")
    train_until: date | None = Field(None, description="Last day that trains the measured network.")
    validate_until: date | None = Field(None, description="Last day that calibrates it; later ones test.")
    epochs: int = Field(6, ge=1, description="Epochs of the context network.")
    text_epochs: int = Field(60, ge=1, description="Epochs of the coding network.")
    refit: bool = Field(True, description="After measuring, train on all rows what is written.")
    seed: int = Field(0, ge=0, description="Decides weights, order and folds.")


class CrimeEvaluationOptions(LabelledTableOptions):
    """What can be set for an evaluation."""

    mode: Literal["coding", "context"] = Field("context", description="From the offence text, or from place and time.")
