"""What a system provides (System, Tables), and what an answer is (Answer, Prediction, TableAnswers)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from core.progress import ProgressListener

if TYPE_CHECKING:  # the first page needs no NumPy, and it takes a fifth of a second to import
    import numpy as np
    import pandas as pd


class Alternative(BaseModel):
    """One possible value and its calibrated probability in [0, 1]."""

    model_config = ConfigDict(frozen=True)
    value: str
    score: float = Field(ge=0, le=1)


class Files(BaseModel):
    """Files that came with an answer, such as rasters: `core.artefacts.answer_files` holds them for a while."""

    model_config = ConfigDict(frozen=True)
    folder: str
    """Its name: the sha256 of what the files hold, in hex."""
    names: tuple[str, ...]


class Answer(BaseModel):
    """What a system says about one instance."""

    model_config = ConfigDict(frozen=True)
    value: str | None
    """The best guess, also when the system abstained."""
    score: float = Field(ge=0, le=1)
    """Calibrated probability that `value` is true."""
    alternatives: tuple[Alternative, ...] = ()
    """Best first, `value` included."""
    abstained: bool = False
    """True: the system is not sure, have a person look."""
    reason: str | None = None
    """Why it abstained, in a sentence for the analyst."""
    details: dict[str, JsonValue] = Field(default_factory=dict)
    """What this system alone answers (waste: `plastic`, `plastic_score`); plain JSON."""
    features: dict[str, float] = Field(default_factory=dict)
    """Numbers that describe the input for drift; never the input itself."""
    files: Files | None = None
    """What it brought; logged by name, as `details["files"]`."""
    beside: dict[str, JsonValue] = Field(default_factory=dict)
    """As `details`, but too large for the log: answered only, for the files hold it too."""


class Prediction(BaseModel):
    """An answer, or the failure to give one, with its place in the log."""

    model_config = ConfigDict(frozen=True)
    id: str
    created_at: datetime
    system: str
    version: str | None
    source: str
    actor: str
    batch: str | None = None
    status: Literal["answered", "failed"]
    answer: Answer | None = None
    error_kind: str | None = None
    error: str | None = None
    input_hash: str | None = None
    """sha256 of the input's bytes, in hex; the input itself is not kept."""
    latency_ms: float = 0.0
    """Time to validate and predict this instance [ms]: its own validation plus its share of the network's call."""


@dataclass(frozen=True)
class Explanation:
    """Why an answer came out as it did: a heat map over a picture, or the contribution of each input."""

    heat: np.ndarray | None = None
    """Shape (rows, cols), values in [0, 1]: how much each place speaks for the value. It spans the whole picture."""
    contributions: Mapping[str, float] | None = None
    """By input name: how far it moved the answer, in logits; positive speaks for the value (`flood`:
    the share of the water that each brought)."""


@runtime_checkable
class System(Protocol):
    """A folder in `core/systems/`; the folder is the registration.

    Its `__init__` imports neither TensorFlow nor Keras, and not NumPy or pandas either: the first page waits for it.
    `train.py` beside it, loaded only on demand, provides `Options` and `EvaluateOptions` (pydantic models; their fields
    become flags of the command line), `fit(options, folder, progress) -> metadata` and
    `evaluate(engine, options, progress) -> figures`. A system that answers tables has `table.py` too: see `Tables`.

    What else a system may have: if single answers may take long, `expected_seconds(inputs) -> float`; its `predict`
    then takes a third argument, a ProgressListener or None, and is asked one input at a time. If the first answer in
    a process is slow, `rehearse(engine)`. If it answers folders of files, `Folder(path, mode)`, an instance that its
    `Input` takes, and `write_sample(folder)`, which makes such a folder.

    If its own page prepares a question in steps, or looks into an answer: `workbench.py`, functions of plain data that
    the page reaches through `inference.workbench`. Only that page knows them.
    """

    NAME: str
    """Lower-case identifier, the folder's name."""
    TITLE: str
    """What navigation calls it."""
    QUESTION: str
    """One sentence: the question it answers."""
    Input: type[BaseModel]
    """Validates one instance; its errors are for the analyst."""

    def load(self, folder: Path) -> Any:
        """The engine that serves the artefacts in `folder`: models/<system>/<version>/."""

    def predict(self, engine: Any, inputs: Sequence[Any]) -> list[Answer]:
        """One answer per validated input, in order. Safe to call from several threads."""

    def explain(self, engine: Any, instance: Any) -> Explanation:
        """Why the engine answers as it does for one validated input."""


@dataclass(frozen=True)
class Preview:
    """How a table would be read, before anything is computed.

    frame: its first rows as they stand in the file. chosen: {part: column}. sentences: the same and what is left out,
    for the analyst.
    """

    frame: pd.DataFrame
    chosen: Mapping[str, str]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class TableRecords:
    """The clean records of a table.

    frame: one row per record, columns as the system keeps them; shape (records, columns).
    rows: each record's row in the file as a spreadsheet numbers it, the header being row 1; shape (records,).
    problems: one row per finding with row, column, kind, value, message and rejected (whether it cost the row).
    chosen: {part: column} as the table was read. notes: sentences on how the file was read.
    """

    frame: pd.DataFrame
    rows: np.ndarray
    problems: pd.DataFrame
    chosen: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True)
class TableAnswers:
    """The answers to n records by column, as `Answer` has them by record; each sequence has n entries.

    `alternatives`, `details` and `features` are JSON texts: a million objects would take minutes. `result` is what
    the result file says of each record, the answer first (with a column `score`), then the record; shape (n, columns).
    `ways` counts the answers by the way in which they came about, such as {"coding": 3, "context": 17}.
    """

    values: Sequence[str]
    scores: Sequence[float]
    abstained: Sequence[bool]
    reasons: Sequence[str | None]
    alternatives: Sequence[str]
    """Best first; a table's rows may list the best few alone."""
    details: Sequence[str]
    features: Sequence[str]
    hashes: Sequence[str]
    """sha256 of each record, in hex."""
    result: pd.DataFrame
    ways: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.values)


class Tables(Protocol):
    """`table.py` in a system's folder, loaded only on demand; importing it must not load TensorFlow or Keras."""

    Options: type[BaseModel]
    """How a table is read: `map` {part: column} and what else this system needs to know."""

    def preview(self, source: Path | bytes, options: Any) -> Preview:
        """The first rows and how the columns would be used; InvalidInput says what is wrong with file or options."""

    def read(self, engine: Any, source: Path | bytes, options: Any, progress: ProgressListener) -> TableRecords:
        """The records that `engine` can answer; what cannot be used is told in `problems`, never lost in silence."""

    def answer(self, engine: Any, table: TableRecords, here: slice) -> TableAnswers:
        """The answers to the records of `here`, in order."""
