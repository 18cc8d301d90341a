"""What a system provides (System, and what it may offer beyond), and what an answer is (Answer, Prediction)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from core.progress import ProgressListener

if TYPE_CHECKING:  # the first page needs no NumPy, and it takes a fifth of a second to import
    import numpy as np
    import pandas as pd


PREDICTION_SET = "set90"
"""The detail of an answer that lists the values which hold the truth nine times in ten."""
UNLIKE_CHECKED = "unlike_checked"
"""Name of the feature of an answer by which a system says how unlike all inputs that it was checked on this one is:
above 1, no score of it was ever checked on its like."""
EXPECTED_UNLIKE = 0.05
"""Share of inputs above 1 that a version is expected to meet, by how its bound was set."""


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
    groups: dict[str, str] = Field(default_factory=dict)
    """What answers are also judged apart by, such as {"district": "MISSION"}; few, and none leads back to a person."""
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
    site: str | None = None
    """Name of the place that the input comes from, such as a yard or a sorting line; None where none was given."""


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
    """The least that a folder in `core/systems/` provides; the folder is the registration.

    Its `__init__` imports neither TensorFlow nor Keras, and not NumPy or pandas either: the first page waits for it.
    Beside it, loaded on demand only: `train` (a `Trainer`), and if it answers tables `table` (a `Tables`). What its own
    page asks beyond answers is its `workbench`: a module whose functions that page describes by a protocol of its own.

    What else a system may offer are the protocols below; `core.systems` checks once, when it is found, which it keeps.
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


class TakesLong(Protocol):
    """A system whose single answer may take long: it is asked for one at a time, tells its progress, can be stopped."""

    def expected_seconds(self, inputs: Sequence[Any]) -> float:
        """About how long `predict` will take for these validated inputs [s]."""

    def predict(self, engine: Any, inputs: Sequence[Any], progress: ProgressListener | None) -> list[Answer]:
        """One answer per validated input, in order, reporting to `progress`; raises Cancelled from it."""


class Rehearses(Protocol):
    """A system whose first answer in a process is slow, for it compiles loops, say."""

    def rehearse(self, engine: Any) -> None:
        """Do now what the first answer would wait for; called once every champion is loaded."""


class Labelled(Protocol):
    """A system that knows every true value that a person can give; others take any text."""

    LABELS: tuple[str, ...]


class OftenUnsure(Protocol):
    """A system that says whether "not sure" is a usual answer of it, and no sign that something is wrong."""

    OFTEN_UNSURE: bool


@dataclass(frozen=True)
class Embedding:
    """What a network makes of n inputs, for a head that a site teaches (`core.teaching`).

    features: about unit variance, shape (n, d). logits: the general answer, shape (n, classes); their softmax is what
    it gives each class.
    """

    features: np.ndarray
    logits: np.ndarray


class Teachable(Protocol):
    """A system whose answers at one site a few labels can make better, by a head on its network's features."""

    TAUGHT_CLASSES: tuple[str, ...]
    """What the head tells apart, in the order of `Embedding.logits`; labels beside these teach nothing."""

    def embed(self, engine: Any, inputs: Sequence[Any]) -> Embedding:
        """Features and general logits of validated inputs; InvalidInput of a version that gives no features."""

    def at_site(self, engine: Any, adjust: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Any:
        """The engine as it answers at a site. adjust: from features and general logits to those of the site."""


class AnswersFolders(Protocol):
    """A system that answers folders of files on this machine: events, for the command line."""

    Folder: Callable[..., object]
    """`Folder(path)` or `Folder(path, mode)`: an instance that its `Input` takes."""
    FOLDER_FILE: str
    """Name of the file by which such a folder is known."""

    def write_sample(self, folder: Path) -> Mapping[str, str]:
        """Write such a folder for a first look; {file name: path}. InvalidInput if `folder` holds something."""


@runtime_checkable
class HasContent(Protocol):
    """A validated input that says by which bytes it is known in the log; else its JSON is."""

    def content(self) -> bytes:
        """The bytes whose sha256 the log keeps."""


class Trainer(Protocol):
    """`train` in a system's folder; importing it must not load TensorFlow or Keras."""

    Options: type[BaseModel]
    """What can be set for training; each field becomes a flag of the command line."""
    EvaluateOptions: type[BaseModel]
    """What can be set for evaluating."""

    def fit(self, options: Any, folder: Path, progress: ProgressListener) -> dict[str, Any]:
        """Train a version, write artefacts, card and reference (`monitoring.references`); returns its metadata."""

    def evaluate(self, engine: Any, options: Any, progress: ProgressListener) -> dict[str, Any]:
        """Figures of an engine on labelled data."""


@dataclass(frozen=True)
class Preview:
    """How a table would be read, before anything is computed.

    frame: its first rows as they stand in the file. chosen: {part: column}. sentences: the same and what is left out,
    for the analyst. certainties: {part: share of the values that fit} of columns that were guessed from values.
    """

    frame: pd.DataFrame
    chosen: Mapping[str, str]
    sentences: tuple[str, ...]
    certainties: Mapping[str, float] = field(default_factory=dict)


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

    `alternatives`, `details`, `features` and `groups` are JSON texts: a million objects would take minutes. `result` is
    what the result file says of each record, the answer first (with a column `score`), then the record; shape (n,
    columns).
    `counts_by_method` counts the answers by how they came about, such as {"coding": 3, "context": 17}.
    """

    values: Sequence[str]
    scores: Sequence[float]
    abstained: Sequence[bool]
    reasons: Sequence[str | None]
    alternatives: Sequence[str]
    """Best first; a table's rows may list the best few alone."""
    details: Sequence[str]
    features: Sequence[str]
    groups: Sequence[str]
    hashes: Sequence[str]
    """sha256 of each record, in hex."""
    result: pd.DataFrame
    counts_by_method: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.values)


class Tables(Protocol):
    """`table` in a system's folder, loaded on demand only; importing it must not load TensorFlow or Keras."""

    Options: type[BaseModel]
    """How a table is read: `map` {part: column} and what else this system needs to know."""

    def preview(self, source: Path | bytes, options: Any) -> Preview:
        """The first rows and how the columns would be used; InvalidInput says what is wrong with file or options."""

    def read(self, engine: Any, source: Path | bytes, options: Any, progress: ProgressListener) -> TableRecords:
        """The records that `engine` can answer; what cannot be used is told in `problems`, never lost in silence."""

    def answer(self, engine: Any, table: TableRecords, rows: slice) -> TableAnswers:
        """The answers to the records in `rows`, in order."""
