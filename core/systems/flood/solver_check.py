"""The solver on the event of a forecast: its truth, as far as a computation can be one.

The forecast's folder holds what was asked and the terrain, so that an event of years ago is solved as it was asked.
What the solver finds is kept as answers' files are; CHECKS/NAME.json says which files belong to which forecast.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from core.artefacts import answer_files, forecast_files
from core.artefacts.forecast_files import REQUEST_FILE
from core.errors import InvalidInput, UnknownFile
from core.hydraulics.local_inertial.solver import solve
from core.progress import Progress, ProgressListener, Stage, within
from core.systems.flood import intake
from core.systems.flood.forecast import of_simulation
from core.systems.flood.products import outputs
from core.systems.flood.products.judgement import class_of
from core.systems.flood.question import Question
from core.systems.flood.request import FloodRequest

SOLVED_SHARE = 0.97  # of the time, for progress


@dataclass(frozen=True)
class SolverCheck:
    """What the solver found of a forecast's event. folder: its files; value: the class that is the forecast's truth."""

    folder: Path
    value: str


def check(folder: Path, checks: Path, progress: ProgressListener) -> SolverCheck:
    """Run the solver on a forecast's event, and keep what it finds. Raises InvalidInput, Cancelled.

    folder: of the forecast.
    checks: the folder of notes on which files belong to which forecast.
    progress: is called while the solver works.
    """
    question = _question(folder)
    run = solve(
        question.domain,
        question.duration,
        question.rain,
        question.inflows,
        question.lead_times,
        progress=within(progress, 0.0, SOLVED_SHARE),
    )
    progress(Progress(SOLVED_SHARE, Stage.WRITING))
    solved = of_simulation(question.ground, run)
    about, apart = outputs.about(solved), [forecast_files.SUMMARY_FILE]
    files = answer_files.keep(lambda work: outputs.write(solved, work), apart=apart, about=about)
    value = class_of(solved.max_depth)
    checks.mkdir(parents=True, exist_ok=True)
    new = checks / f".{folder.name}.{os.getpid()}"
    new.write_text(json.dumps({"folder": files.folder, "value": value}), encoding="utf-8")
    new.replace(_note(folder, checks))  # atomic: a reader sees the old note or the new one
    return SolverCheck(answer_files.folder(files.folder), value)


def earlier_check(folder: Path, checks: Path) -> SolverCheck | None:
    """What an earlier check found; None if there was none, or its files are gone."""
    try:
        note = json.loads(_note(folder, checks).read_text(encoding="utf-8"))
        return SolverCheck(answer_files.folder(note["folder"]), str(note["value"]))
    except (OSError, ValueError, LookupError, UnknownFile):
        return None


def _note(folder: Path, checks: Path) -> Path:
    """The file that says where the check of a forecast's folder lies."""
    return checks / f"{folder.name}.json"


def _question(folder: Path) -> Question:
    """The question that a forecast's folder answers. Raises InvalidInput where it does not hold it."""
    path = folder / REQUEST_FILE
    if not path.is_file():
        raise InvalidInput(
            expected="a forecast that says what was asked",
            received="one of an event folder, which does not",
            advice="Check it with `python -m core evaluate flood --event FOLDER`.",
        )
    request: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    request.pop("cell_size", None)  # the terrain beside it has those cells
    terrain = (folder / forecast_files.raster_file(forecast_files.TERRAIN)).read_bytes()
    return intake.of_request(FloodRequest.model_validate({**request, "dem": terrain}))
