"""From raw instances to predictions that are not yet logged: what fails, fails alone and says why."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pydantic import JsonValue, ValidationError

from core import systems, telemetry
from core.contract import Answer, HasContent, Prediction, System, TakesLong
from core.errors import Cancelled, InvalidInput, LookoutError
from core.inference import loading
from core.progress import ProgressListener
from core.registry import LoadedModel


@dataclass(frozen=True)
class Call:
    """What all instances of one call share."""

    module: System
    model: LoadedModel
    source: str
    actor: str
    batch: str | None
    site: str | None = None

    @staticmethod
    def prepare(
        system: str, version: str | None, *, source: str, actor: str, batch: str | None, site: str | None = None
    ) -> Call:
        """Find the system and load its model. site: as `sites.checked` gives it."""
        module = systems.get(system)
        return Call(module, loading.load(module, version, site), source, actor, batch, site)

    @property
    def takes_long(self) -> TakesLong | None:
        """The system as one whose answer may take long, so that each is asked for alone and tells how far it is."""
        return systems.offers(self.module.NAME).takes_long

    def answer(self, chunk: Sequence[Any], progress: ProgressListener | None = None) -> list[Prediction]:
        """One prediction per raw instance of the chunk, in order, not yet logged. Raises Cancelled from `progress`."""
        with telemetry.stage("validate", self.module.NAME):
            attempts = [Attempt(self.module, raw) for raw in chunk]
        if valid := [attempt for attempt in attempts if attempt.problem is None]:
            with telemetry.stage("predict", self.module.NAME):
                self._ask(valid, progress)
        return [self._prediction(attempt) for attempt in attempts]

    def _ask(self, attempts: Sequence[Attempt], progress: ProgressListener | None) -> None:
        """Ask the model about all at once; if that breaks, one by one, so that only the culprit fails."""
        started = time.perf_counter()
        try:
            answers = self._predict([attempt.valid for attempt in attempts], progress)
            for attempt, answer in zip(attempts, answers, strict=True):
                attempt.answer = answer
        except Cancelled:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever breaks in a network, the rows are logged
            if len(attempts) > 1:
                for attempt in attempts:
                    self._ask([attempt], progress)
                return
            telemetry.log().error("model_failed", system=self.module.NAME, exc_info=problem)
            attempts[0].answer, attempts[0].problem = None, problem
        share = (time.perf_counter() - started) / len(attempts)
        for attempt in attempts:
            attempt.seconds += share

    def _predict(self, valid: Sequence[Any], progress: ProgressListener | None) -> list[Answer]:
        if self.takes_long:
            return self.takes_long.predict(self.model.engine, valid, progress)
        return self.module.predict(self.model.engine, valid)

    def _prediction(self, attempt: Attempt) -> Prediction:
        kind, message = _describe(attempt.problem)
        return Prediction(
            id=str(uuid4()),
            created_at=datetime.now(UTC),
            system=self.module.NAME,
            version=self.model.version,
            source=self.source,
            actor=self.actor,
            batch=self.batch,
            status="answered" if attempt.answer else "failed",
            answer=_with_open_values(attempt.answer, self.model),
            error_kind=kind,
            error=message,
            input_hash=attempt.input_hash,
            latency_ms=attempt.seconds * 1000,
            site=self.site,
        )


class Attempt:
    """One instance on its way: validated, then answered or failed."""

    def __init__(self, module: System, raw: Any) -> None:
        self.valid: Any = None
        self.answer: Answer | None = None
        self.problem: Exception | None = None
        started = time.perf_counter()
        try:
            self.valid = module.Input.model_validate(raw)
        except (ValidationError, LookoutError) as problem:
            self.problem = problem
        except Exception as problem:  # noqa: BLE001 - a validator's bug costs its own instance, not its batch
            telemetry.log().error("validation_failed", system=module.NAME, exc_info=problem)
            self.problem = problem
        self.input_hash = _hash(self.valid, raw)
        self.seconds = time.perf_counter() - started


def _with_open_values(answer: Answer | None, model: LoadedModel) -> Answer | None:
    """The answer with the values that stay open at a site that taught enough to promise the truth among them."""
    least = model.metadata.get("least_open")
    if answer is None or least is None:
        return answer
    still = [other.value for other in answer.alternatives if other.score >= least] or [answer.value or ""]
    details: dict[str, JsonValue] = {**answer.details, "open": list(still), "open_share": model.metadata["open_share"]}
    return answer.model_copy(update={"details": details})


def first_problem(problem: ValidationError) -> str:
    """The first thing that is wrong with an input, in one sentence with the field that it is about."""
    first = problem.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{field}: {message}" if field else message


def _describe(problem: Exception | None) -> tuple[str | None, str | None]:
    if problem is None:
        return None, None
    if isinstance(problem, ValidationError):
        return InvalidInput.kind, first_problem(problem)
    if isinstance(problem, LookoutError):
        return problem.kind, problem.message
    return "internal", "The model could not answer this one. The failure is logged; report its prediction id."


def _hash(valid: Any, raw: Any) -> str | None:
    """sha256 of what was sent: a system's Input may offer `content()`; else its JSON; None for what has no JSON."""
    try:
        if isinstance(valid, HasContent):
            data = valid.content()
        else:
            data = raw if isinstance(raw, bytes) else json.dumps(raw, sort_keys=True, default=str).encode()
    except (RecursionError, TypeError, ValueError):
        return None
    return hashlib.sha256(data).hexdigest()
