"""THE path of every prediction: validate -> predict -> log -> return."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from core import systems, telemetry
from core.artefacts import answer_files
from core.contract import Explanation, Prediction, System
from core.errors import InvalidInput
from core.inference.call import Call, sentence
from core.progress import Progress, ProgressListener, Stage
from core.registry import CHAMPION, registry
from core.settings import settings
from core.store import store

SCALES = {"sure": 0.90, "likely": 0.60}
"""Calibrated bounds of the words that go with a score; below them, and when it abstains, an answer is "not sure"."""

Contract = TypeVar("Contract")

_readiness: dict[str, str | None] = {"problem": "The models are still being loaded. Ask again in a few seconds."}


def predict(
    system: str,
    instances: Sequence[Any],
    *,
    actor: str = "local",
    source: str = "page",
    version: str | None = None,
    batch: str | None = None,
    logged: bool = True,
    progress: ProgressListener | None = None,
) -> list[Prediction]:
    """Answer each instance, in order; an instance that cannot be answered fails alone, with its reason.

    Each answer is committed to the log before it is returned. `logged=False` is for evaluation only.
    Raises UnknownSystem, UnknownVersion, StoreUnavailable, and Cancelled from `progress`.
    """
    return list(
        stream(
            system,
            instances,
            actor=actor,
            source=source,
            version=version,
            batch=batch,
            logged=logged,
            progress=progress,
        )
    )


def stream(
    system: str,
    instances: Sequence[Any],
    *,
    actor: str = "local",
    source: str = "page",
    version: str | None = None,
    batch: str | None = None,
    logged: bool = True,
    progress: ProgressListener | None = None,
) -> Iterator[Prediction]:
    """As `predict`, but gives each prediction as soon as it is logged, so that long work shows and keeps its parts."""
    call = Call.prepare(system, version, source=source, actor=actor, batch=batch)
    size, total = 1 if call.is_slow else settings().batch_size, len(instances)
    for start in range(0, total, size):
        if progress:
            progress(
                Progress(start / total, Stage.ANSWERING if total > 1 else Stage.PREPARING, done=start, total=total)
            )
        inner = _part_of(progress, start, total) if progress and call.is_slow else None
        predictions = call.answer(instances[start : start + size], inner)
        if logged:
            _log(predictions)
        yield from predictions
    if progress:
        progress(Progress(1.0, Stage.ANSWERING, done=total, total=total))


def _part_of(progress: ProgressListener, start: int, total: int) -> ProgressListener:
    """What one of several long answers tells, as part of the whole."""

    def report(inner: Progress) -> None:
        item, items = (start + 1, total) if total > 1 else (None, None)
        progress(replace(inner, share=(start + inner.share) / total, item=item, items=items))

    return report


@dataclass(frozen=True)
class PlannedCall:
    """Instances that are about to be predicted, and about how long that takes at the least [s]."""

    instances: Sequence[Any]
    seconds: float


def plan(system: str, instances: Sequence[Any], version: str | None, patience: float) -> PlannedCall:
    """Whether `predict` would take longer than `patience` [s]; at once for a system whose answers are fast.

    A single instance is given back validated, so that `predict` need not do it again; many are looked at one after the
    other, as far as needed, and not kept. Raises UnknownSystem, UnknownVersion.
    """
    module = systems.get(system)
    expected = getattr(module, "expected_seconds", None)
    if expected is None:
        return PlannedCall(instances, 0.0)
    registry().resolve(system, version)
    seconds, valid = 0.0, None
    for raw in instances:
        with suppress(Exception):  # whatever is wrong with it, `predict` says so and logs it
            valid = module.Input.model_validate(raw)
            seconds += float(expected([valid]))
        if seconds > patience:
            break
    return PlannedCall([valid] if len(instances) == 1 and valid is not None else instances, seconds)


def files(prediction_id: str) -> Path:
    """The folder of the files that a logged answer brought. Raises UnknownPrediction, UnknownFile."""
    return answer_files.folder(_brought(prediction_id))


def file(prediction_id: str, name: str) -> Path:
    """One of them. Raises UnknownPrediction, UnknownFile."""
    return answer_files.file(_brought(prediction_id), name)


def _brought(prediction_id: str) -> str | None:
    """The name of that folder; None if the answer brought none."""
    details = store().prediction(prediction_id)["details"] or {}
    brought = details.get("files")
    return str(brought["folder"]) if isinstance(brought, dict) and "folder" in brought else None


def workbench(system: str, contract: type[Contract]) -> Contract:
    """What a system's own page needs beside answers, as that page's protocol describes it; see `systems.workbench`.

    Pages reach systems through here alone. Raises UnknownSystem, InvalidInput where the system has no workbench.
    """
    return systems.workbench(system, contract)


def explain(system: str, instance: Any, *, version: str | None = None) -> Explanation:
    """Why the model answers as it does for one instance. Nothing is logged: it is no new prediction."""
    module = systems.get(system)
    model = registry().load(system, version, module.load)
    try:
        valid = module.Input.model_validate(instance)
    except ValidationError as problem:
        raise InvalidInput(sentence(problem)) from problem
    return module.explain(model.engine, valid)


def feedback(
    prediction_id: str,
    label: str,
    *,
    actor: str = "local",
    source: str = "feedback",
    consented: bool = False,
    kept_input: bytes | None = None,
) -> dict[str, Any]:
    """Record what the truth was. The input is kept only if the person consented and sent it.

    Raises UnknownPrediction, InvalidInput (a label that the system does not know; not the logged input).
    """
    row = store().prediction(prediction_id)
    labels = getattr(systems.get(row["system"]), "LABELS", None)
    label = label.strip()
    if not label or len(label) > 200 or (labels and label not in labels):
        raise InvalidInput(
            f"Expected a label: {', '.join(labels or ['a text of 1 to 200 characters'])}. Received {label!r:.80}."
        )
    kept = _keep(row, kept_input) if consented and kept_input else None
    outcome = store().add_outcome(
        prediction_id, label, source=source, actor=actor, consented=consented, kept_input=kept
    )
    telemetry.FEEDBACK.labels(row["system"], str(outcome["correct"]).lower()).inc()
    telemetry.log().info("feedback", prediction_id=prediction_id, label=label, correct=outcome["correct"])
    return dict(outcome)


def warm_up() -> dict[str, str]:
    """Load the champion of each system that has one; {system: version}. `not_ready` says what stands in the way.

    What a system does at its first answer alone, such as compiling, follows once all are ready.
    """
    loaded = {}
    try:
        for name, module in systems.all_systems().items():
            if CHAMPION in registry().aliases(name):
                loaded[name] = registry().load(name, None, module.load).version
    except Exception as problem:
        _readiness["problem"] = f"The models could not be loaded: {problem}"
        telemetry.log().error("warm_up_failed", exc_info=problem)
        raise
    _readiness["problem"] = None
    telemetry.READY.set(1)
    telemetry.log().info("ready", models=loaded)
    for name in loaded:
        rehearse = getattr(systems.get(name), "rehearse", None)
        if rehearse is not None:
            rehearse(registry().load(name, None, systems.get(name).load).engine)
    return loaded


def not_ready() -> str | None:
    """Why this process cannot answer at full speed yet; None once `warm_up` has finished."""
    return _readiness["problem"]


def how_sure(score: float, abstained: bool) -> str:
    """The word that goes with a calibrated score: sure, likely or not sure."""
    if abstained:
        return "not sure"
    return next((word for word, bound in SCALES.items() if score >= bound), "not sure")


@dataclass(frozen=True)
class SystemCard:
    """What a page needs to know of a system."""

    name: str
    title: str
    question: str
    labels: tuple[str, ...]
    input_schema: dict[str, Any]
    champion: str | None
    metadata: dict[str, Any]
    """The champion's metadata.json; empty without a champion."""
    often_unsure: bool = False
    """Whether "not sure" is a usual answer of this system and no sign that something is wrong."""


def catalogue() -> list[SystemCard]:
    """Every installed system, sorted by name."""
    return [_card(module) for module in systems.all_systems().values()]


def _card(module: System) -> SystemCard:
    has_champion = CHAMPION in registry().aliases(module.NAME)
    champion = registry().resolve(module.NAME) if has_champion else None
    return SystemCard(
        name=module.NAME,
        title=module.TITLE,
        question=module.QUESTION,
        labels=tuple(getattr(module, "LABELS", ())),
        input_schema=module.Input.model_json_schema(),
        champion=champion.version if champion else None,
        metadata=champion.metadata if champion else {},
        often_unsure=bool(getattr(module, "OFTEN_UNSURE", False)),
    )


def _log(predictions: Sequence[Prediction]) -> None:
    with telemetry.LOG_WRITE.time():
        store().log(predictions)
    for prediction in predictions:
        labels = (prediction.system, prediction.version or "", prediction.source, prediction.status)
        telemetry.PREDICTIONS.labels(*labels).inc()
        telemetry.LATENCY.labels(prediction.system).observe(prediction.latency_ms / 1000)
        if prediction.answer and prediction.answer.abstained:
            telemetry.ABSTENTIONS.labels(prediction.system, prediction.version or "").inc()
        telemetry.log().debug("prediction", prediction_id=prediction.id, status=prediction.status)


def _keep(row: dict[str, Any], data: bytes) -> str:
    """Keep an input that its owner agreed to share; the name is its hash, so it must be the one that was logged."""
    received = hashlib.sha256(data).hexdigest()
    if received != row["input_hash"]:
        raise InvalidInput("Expected the input that was predicted. Received another one. Send the same file again.")
    folder = settings().data_dir / "kept" / str(row["system"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / received
    fresh = path.with_suffix(".new")
    fresh.write_bytes(data)
    fresh.replace(path)
    return str(path.relative_to(settings().data_dir))
