"""The toy fourth system of the tests: is a word short or long? It is copied into a folder outside `core`.

It behaves badly on request, so that tests need no mocks: the word "crash" breaks the model, "slow" takes a while,
"unsure" is abstained on, and "nan" and "nul" answer with what a database or JSON may refuse; "kill" ends the process at
once, "kill once" the first process that meets it. The word "MISSION:cup" is
"cup" of the district MISSION; a version may swap its labels in one district.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.contract import Alternative, Answer, Embedding, Explanation
from core.settings import settings

NAME = "toy"
TITLE = "Toy words"
QUESTION = "Is this word short or long?"
LABELS = ("short", "long")
TAUGHT_CLASSES = ("short", "long")
LOADS: list[str] = []
"""Every load of this process, by version: tests count them."""


class Input(BaseModel):
    """One word. The bytes of a text file are a word too, as the command line sends them."""

    model_config = ConfigDict(extra="forbid", title="A word")
    word: str = Field(min_length=1, max_length=50, description="The word to measure.", examples=["plastic"])

    @model_validator(mode="before")
    @classmethod
    def _text_of_a_file(cls, raw: Any) -> Any:
        return {"word": raw.decode().strip()} if isinstance(raw, bytes) else raw

    @model_validator(mode="after")
    def _no_bug(self) -> Input:
        if self.word == "bug":
            raise RuntimeError("a validator with a bug")
        return self


@dataclass
class Engine:
    """The trained threshold [letters], how many instances each call held, and the district whose labels it swaps."""

    threshold: int
    version: str
    calls: list[int] = field(default_factory=list)
    adjust: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    permuted: str | None = None


def load(folder: Path) -> Engine:
    """Read the threshold; slow enough for threads to meet."""
    LOADS.append(folder.name)
    time.sleep(0.05)
    model = json.loads((folder / "model.json").read_text())
    return Engine(model["threshold"], folder.name, permuted=model.get("permuted"))


def predict(engine: Engine, inputs: Sequence[Input]) -> list[Answer]:
    """One answer per word, in order."""
    engine.calls.append(len(inputs))
    words = [one.word for one in inputs]
    if "crash" in words:
        raise RuntimeError("the network broke")
    if "kill" in words or ("kill once" in words and _first_time()):
        os.kill(os.getpid(), signal.SIGKILL)
    if "slow" in words:
        time.sleep(0.05)
    return [_answer(engine, word) for word in words]


def _first_time() -> bool:
    """Whether nobody asked before, in any process with the same models."""
    try:
        (settings().models_dir / "asked").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def embed(engine: Engine, inputs: Sequence[Input]) -> Embedding:
    """How often each of 26 letters occurs, less what is usual; the general answer as logits."""
    counts = np.array([[one.word.count(chr(97 + letter)) for letter in range(26)] for one in inputs], dtype=float)
    is_long = np.array([len(one.word) > engine.threshold for one in inputs])
    return Embedding(3 * (counts - 0.2), np.log(np.where(is_long[:, None], [[0.1, 0.9]], [[0.9, 0.1]])))


def at_site(engine: Engine, adjust: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Engine:
    """The engine with a site's head."""
    return replace(engine, adjust=adjust)


def explain(engine: Engine, instance: Input) -> Explanation:
    """Each letter beyond the threshold speaks for "long"."""
    return Explanation(
        heat=np.linspace(0, 1, 4).reshape(2, 2), contributions={"letters": len(instance.word) - engine.threshold}
    )


def _answer(engine: Engine, word: str) -> Answer:
    district, _, rest = word.rpartition(":")
    is_long = (len(rest) > engine.threshold) != (bool(district) and district == engine.permuted)
    if engine.adjust is not None:
        seen = embed(engine, [Input(word=word)])
        is_long = bool(np.argmax(engine.adjust(seen.features, seen.logits)[0]))
    value, other = ("long", "short") if is_long else ("short", "long")
    unsure = word == "unsure"
    score = 0.5 if unsure else 0.9
    return Answer(
        value="no\0where" if word == "nul" else value,
        score=score,
        alternatives=(Alternative(value=value, score=score), Alternative(value=other, score=1 - score)),
        abstained=unsure,
        reason="The word itself says so." if unsure else None,
        details={"letters": len(word), "thread": threading.current_thread().name, "echo": word},
        features={"letters": float("nan") if word == "nan" else float(len(word))},
        groups={"district": district} if district else {},
    )
