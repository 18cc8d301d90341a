"""A version's answers to its validation floods: what they are asked, and the class of each forecast."""

from __future__ import annotations

from collections.abc import Sequence

from affine import Affine

from core.systems.flood import answers
from core.systems.flood.correction.over_time import CorrectedFlood
from core.systems.flood.products.judgement import judge
from core.systems.flood.question import Question, equal_lead_times
from core.systems.flood.terrain.terrain import Terrain
from core.systems.flood.train.scenarios import Scenario


def question_of(scenario: Scenario) -> Question:
    """What a flood for training asks, as if a person had asked it; its houses count as ground."""
    domain = scenario.domain
    transform = Affine.scale(domain.dx, -domain.dy)
    ground = Terrain(domain.elevation, domain.dx, domain.dy, None, transform, None)
    times = equal_lead_times(scenario.duration, ground)
    return Question(ground, domain, scenario.duration, scenario.rain, tuple(scenario.inflows), times, "accurate")


def features_of(scenarios: Sequence[Scenario]) -> dict[str, list[float]]:
    """The features of the answers to n floods, by name, shape (n,); units in the names."""
    described = [answers.features(question_of(scenario)) for scenario in scenarios]
    return {name: [features[name] for features in described] for name in described[0]}


def class_of(flood: CorrectedFlood) -> str:
    """The class that stands for a forecast."""
    return judge(flood).value


def about(floods: int, terrains: int) -> str:
    """What was answered, for the card."""
    return f"the {floods} random floods on {terrains} validation terrains that set its intervals, in accurate mode"
