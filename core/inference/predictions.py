"""The path itself: instances are predicted, each answer is committed to the log, then it is returned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec

from pydantic import ValidationError

from core import systems, telemetry
from core.certainty import NOT_SURE, how_sure
from core.contract import Explanation, Prediction
from core.errors import InvalidInput, StoreUnavailable
from core.inference import loading, sites
from core.inference.call import Call, first_problem
from core.inference.log_check import log_check
from core.progress import Progress, ProgressListener, Stage
from core.registry import registry
from core.settings import settings
from core.store import store

Parameters = ParamSpec("Parameters")


def stream(
    system: str,
    instances: Sequence[Any],
    *,
    actor: str = "local",
    source: str = "page",
    version: str | None = None,
    batch: str | None = None,
    site: str | None = None,
    logged: bool = True,
    progress: ProgressListener | None = None,
) -> Iterator[Prediction]:
    """Answer each instance, in order, and give each prediction as soon as it is logged: long work keeps its parts.

    An instance that cannot be answered fails alone, with its reason. Each answer is committed to the log before it is
    given; `logged=False` is for evaluation only.

    system: name of the system. instances: what its `Input` validates. actor: who asks. source: page, api, cli.
    version: a version or alias; the champion if None. batch: an id that these instances share in the log.
    site: name of the place that they all come from, in any form that `sites.checked` takes.
    Raises UnknownSystem, UnknownVersion, InvalidInput (the site), StoreUnavailable, and Cancelled from `progress`.
    """
    call = Call.prepare(system, version, source=source, actor=actor, batch=batch, site=sites.checked(site))
    size, total = 1 if call.takes_long else settings().batch_size, len(instances)
    for start in range(0, total, size):
        if progress:
            stage = Stage.ANSWERING if total > 1 else Stage.PREPARING
            progress(Progress(start / total, stage, done=start, total=total))
        inner = _progress_of_one(progress, start, total) if progress and call.takes_long else None
        predictions = call.answer(instances[start : start + size], inner)
        if logged:
            _log(predictions)
        yield from predictions
    if progress:
        progress(Progress(1.0, Stage.ANSWERING, done=total, total=total))


def _collected(
    give: Callable[Parameters, Iterator[Prediction]],
) -> Callable[Parameters, list[Prediction]]:
    """`give` as a function that returns the list of all its predictions once the last is there."""

    @wraps(give)
    def collect(*args: Parameters.args, **kwargs: Parameters.kwargs) -> list[Prediction]:
        return list(give(*args, **kwargs))

    return collect


predict = _collected(stream)
"""`stream` in one go: the list of all predictions, in order."""


def _progress_of_one(progress: ProgressListener, start: int, total: int) -> ProgressListener:
    """The listener for one of several long answers, as a part of the whole."""

    def report(inner: Progress) -> None:
        item, items = (start + 1, total) if total > 1 else (None, None)
        progress(replace(inner, share=(start + inner.share) / total, item=item, items=items))

    return report


@dataclass(frozen=True)
class PlannedCall:
    """Instances that are about to be predicted, and about how long that takes at the least [s]."""

    instances: Sequence[Any]
    seconds: float


def plan(
    system: str, instances: Sequence[Any], version: str | None, patience: float, site: str | None = None
) -> PlannedCall:
    """Whether `predict` would take longer than `patience` [s]; at once for a system whose answers are fast.

    A single instance is given back validated, so that `predict` need not do it again; many are looked at one after the
    other, as far as needed, and not kept. Raises UnknownSystem, UnknownVersion, and InvalidInput for a site that
    `stream` would refuse.
    """
    slow = systems.offers(system).takes_long
    if slow is None:
        return PlannedCall(instances, 0.0)
    sites.checked(site)  # before a job begins that would end with it
    registry().resolve(system, version)
    seconds, valid = 0.0, None
    for raw in instances:
        with suppress(Exception):  # whatever is wrong with it, `predict` says so and logs it
            valid = systems.get(system).Input.model_validate(raw)
            seconds += float(slow.expected_seconds([valid]))
        if seconds > patience:
            break
    return PlannedCall([valid] if len(instances) == 1 and valid is not None else instances, seconds)


def explain(system: str, instance: Any, *, version: str | None = None) -> Explanation:
    """Why the model answers as it does for one instance. Nothing is logged: it is no new prediction.

    Raises InvalidInput, UnknownSystem, UnknownVersion.
    """
    module = systems.get(system)
    model = loading.load(module, version)
    try:
        valid = module.Input.model_validate(instance)
    except ValidationError as problem:
        raise InvalidInput(first_problem(problem)) from problem
    with telemetry.stage("explain", system):
        return module.explain(model.engine, valid)


def _log(predictions: Sequence[Prediction]) -> None:
    """Commit to the log, then count."""
    system, version = predictions[0].system, predictions[0].version
    try:
        with telemetry.stage("log", system), telemetry.LOG_WRITE.time():
            store().log(predictions)
    except StoreUnavailable:
        log_check.suspect()  # until it is back, the API takes nothing on
        raise
    telemetry.note_predictions(system, version, (prediction.id for prediction in predictions))
    for prediction in predictions:
        labels = (prediction.system, prediction.version or "", prediction.source, prediction.status)
        telemetry.PREDICTIONS.labels(*labels).inc()
        if answer := prediction.answer:
            kind = labels[:2]
            telemetry.LATENCY.labels(*kind).observe(prediction.latency_ms / 1000)
            telemetry.ABSTENTIONS.labels(*kind).inc(answer.abstained)
            telemetry.NOT_SURE.labels(*kind).inc(how_sure(answer.score, answer.abstained) == NOT_SURE)
        telemetry.log().debug("prediction", prediction_id=prediction.id, status=prediction.status)
