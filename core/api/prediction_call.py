"""What every protocol asks of the path, and the one way in which it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core import inference
from core.api import model_fields
from core.contract import Prediction
from core.errors import InvalidInput, TooLarge
from core.settings import settings

SOURCE = "api"  # what the log says of predictions that came through any of the protocols


@dataclass(frozen=True)
class Named:
    """What a request names beside its instances; each None where it does not."""

    model: str | None = None
    version: str | None = None
    site: str | None = None

    def joined(self, other: Named) -> Named:
        """Both together. Raises InvalidInput where they name different things."""
        return Named(
            _agreed("model", self.model, other.model),
            _agreed("version", self.version, other.version),
            _agreed("site", self.site, other.site),
        )

    def call(self, instances: Sequence[Any], otherwise: str | None = None) -> PredictionCall:
        """The call; a list among the instances means the fields in their order.

        otherwise: the system where neither the request nor the settings name one. Raises InvalidInput without any,
        TooLarge, UnknownSystem.
        """
        system = self.system(otherwise)
        _check_count(len(instances))
        return PredictionCall(
            system, [model_fields.instance_of(system, value) for value in instances], self.version, self.site
        )

    def system(self, otherwise: str | None = None) -> str:
        """The system that is meant; see `call`."""
        system = self.model or otherwise or settings().default_model
        if not system:
            raise InvalidInput(
                expected="model, the system's name, in the body or as ?model=",
                received="none",
                advice="Name it, or set LOOKOUT_DEFAULT_MODEL where the server runs.",
            )
        return system


@dataclass(frozen=True)
class PredictionCall:
    """Instances for one version of one system, from one site."""

    system: str
    instances: Sequence[Any]
    version: str | None = None
    site: str | None = None

    def planned(self) -> inference.PlannedCall:
        """Whether it takes longer than a request may. Raises UnknownSystem, UnknownVersion, InvalidInput."""
        return inference.plan(self.system, self.instances, self.version, settings().job_seconds, self.site)

    def answered(self, planned: inference.PlannedCall, actor: str) -> list[Prediction]:
        """One prediction for each instance, in order, all of them in the log."""
        return inference.predict(
            self.system,
            planned.instances,
            actor=actor,
            source=SOURCE,
            version=self.version,
            batch=None,
            site=self.site,
        )

    def planned_at_once(self) -> inference.PlannedCall:
        """As `planned`, for protocols that know no jobs. Raises TooLarge for what would have to be one."""
        planned = self.planned()
        if planned.seconds > settings().job_seconds:
            raise TooLarge(
                expected=f"what is answered within {settings().job_seconds:g} s",
                received=f"what takes about {planned.seconds:.0f} s",
                advice="Send it to POST /predict, which takes it on as a job.",
            )
        return planned

    def answered_at_once(self, actor: str) -> list[Prediction]:
        """As `answered`, for protocols that know no jobs. Raises TooLarge for what would have to be one."""
        return self.answered(self.planned_at_once(), actor)


def _agreed(name: str, first: str | None, second: str | None) -> str | None:
    if first is not None and second is not None and first != second:
        raise InvalidInput(expected=f"one {name}", received=f"{first!r:.60} in the body and {second!r:.60} beside it")
    return second if first is None else first


def _check_count(count: int) -> None:
    limit = settings().max_instances
    if not 1 <= count <= limit:
        raise TooLarge(expected=f"1 to {limit} instances", received=f"{count}", advice="Send them in several requests.")
