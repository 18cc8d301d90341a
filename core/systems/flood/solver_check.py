"""The solver on the event of a forecast that was made: its truth, as far as a computation can be one.

The forecast's folder holds what was asked and the terrain, so that an event of years ago is solved as it was asked.
What the solver finds is kept as answers' files are; CHECKS/NAME.json says which files belong to which forecast.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from core.artefacts import answer_files, forecast_files
from core.errors import InvalidInput, UnknownFile
from core.hydraulics.local_inertial.solver import solve
from core.progress import Progress, ProgressListener, Stage, within
from core.systems.flood.forecast import of_simulation
from core.systems.flood.products import outputs
from core.systems.flood.products.judgement import class_of
from core.systems.flood.question import Question

WRITING = 0.97  # of the time, for progress


def check(folder: Path, checks: Path, progress: ProgressListener) -> tuple[Path, str]:
    """Solve, keep, and note; the folder of what was found, and the forecast's true class."""
    asked = _asked(folder)

    run = solve(
        asked.domain,
        asked.duration,
        asked.rain,
        asked.inflows,
        asked.lead_times,
        progress=within(progress, 0.0, WRITING),
    )
    progress(Progress(WRITING, Stage.WRITING))
    solved = of_simulation(asked.ground, run)
    about = outputs.about(solved)
    files = answer_files.keep(
        lambda made: outputs.write(solved, made), apart=[forecast_files.SUMMARY_FILE], about=about
    )
    value = class_of(solved.max_depth)
    checks.mkdir(parents=True, exist_ok=True)
    fresh = checks / f".{folder.name}.{os.getpid()}"
    fresh.write_text(json.dumps({"folder": files.folder, "value": value}), encoding="utf-8")
    fresh.replace(checks / f"{folder.name}.json")
    return answer_files.folder(files.folder), value


def found(folder: Path, checks: Path) -> tuple[Path, str] | None:
    """What an earlier check found; None if there was none, or its files are gone."""
    try:
        known = json.loads((checks / f"{folder.name}.json").read_text(encoding="utf-8"))
        return answer_files.folder(known["folder"]), str(known["value"])
    except (OSError, ValueError, LookupError, UnknownFile):
        return None


def _asked(folder: Path) -> Question:
    """The question that a forecast's folder answers. Raises InvalidInput where it does not hold it."""
    from core.systems.flood import FloodInput

    path = folder / forecast_files.REQUEST_FILE
    if not path.is_file():
        raise InvalidInput(
            "Expected a forecast that says what was asked. Received one of an event folder, which does not. Check it "
            "with `python -m core evaluate flood --event FOLDER`."
        )
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    said.pop("cell_size", None)  # the terrain beside it has those cells
    dem = (folder / forecast_files.raster_file(forecast_files.TERRAIN)).read_bytes()
    question: Question = FloodInput.model_validate({**said, "dem": dem}).question
    return question
