"""The examples on Home's tiles, asked of the versions in service: `python -m tests.support.stills` writes them anew."""

from __future__ import annotations

import json
import os
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from core import inference
from core.contract import Prediction
from core.maps.flood import forecast_folder, pictures, views
from core.migrations import migrate
from core.settings import settings
from core.store import store
from core.systems.flood import workbench
from pages.parts.flood.words import area_text, depth_text
from pages.parts.monitoring.examples import FOLDER, Still
from pages.parts.shared.pictures import drawn_example

SIDE = 320  # px of a picture
SHOWN = 3  # likely values
RECORD = {"datetime": "2014-09-30 23:51", "district": "MISSION", "description": "STOLEN TRUCK"}
RAIN = 60.0  # mm in an hour


def answer(system: str, instance: dict[str, Any]) -> Prediction:
    """The answer of the champion."""
    (prediction,) = inference.predict(system, [instance])
    if prediction.answer is None:
        raise SystemExit(f"Expected an answer of {system}. Received: {prediction.error}")
    return prediction


def still(prediction: Prediction, question: str, value: str, picture: str = "", shows_all: bool = False) -> Still:
    """What is kept of an answer."""
    answered = prediction.answer
    assert answered is not None
    return {
        "question": question,
        "picture": picture,
        "shows_all": shows_all,
        "answer": value,
        "score": round(answered.score, 4),
        "abstained": answered.abstained,
        "likely": [(guess.value, round(guess.score, 4)) for guess in answered.alternatives[:SHOWN]],
        "version": prediction.version or "",
    }


def waste() -> tuple[Still, dict[str, bytes]]:
    """The drawn bottle."""
    from PIL import Image

    photo = drawn_example()
    prediction = answer("waste", {"image": photo})
    file = BytesIO()
    picture = Image.open(BytesIO(photo)).resize((SIDE, SIDE)).crop((0, 30, SIDE, SIDE - 30))
    picture.save(file, "JPEG", quality=80)
    assert prediction.answer is not None
    value = prediction.answer.value.capitalize()
    return still(prediction, "a drawn bottle, no photo", value, "waste.jpg", shows_all=True), {
        "waste.jpg": file.getvalue()
    }


def crime() -> tuple[Still, dict[str, bytes]]:
    """An invented record."""
    prediction = answer("crime", RECORD)
    text, when, place = RECORD["description"].lower(), RECORD["datetime"], RECORD["district"].capitalize()
    question = f"an invented record, “{text}”, {when}, {place}"
    assert prediction.answer is not None
    return still(prediction, question, prediction.answer.value.capitalize()), {}


def flood() -> tuple[Still, dict[str, bytes]]:
    """The sample valley after a storm: the greatest depth over the shaded ground."""
    from PIL import Image

    request = {"dem": {"area": workbench.SAMPLE}, "rain": workbench.storm(RAIN, 60, "block", 0.4)}
    prediction = answer("flood", {**request, "inflows": workbench.example()["inflows"]})
    folder = forecast_folder.read(inference.files(prediction.id))
    view = views.whole_grid(folder, SIDE * SIDE)
    ground = Image.open(BytesIO(pictures.hillshade_picture(folder, view))).convert("RGBA")
    water = Image.open(BytesIO(pictures.max_depth(folder, view).pictures[0])).convert("RGBA")
    file = BytesIO()
    Image.alpha_composite(ground, water).convert("RGB").save(file, "JPEG", quality=80)
    question = f"the sample valley (invented), {RAIN:.0f} mm of rain within 1 h and its river"
    summary = folder.summary
    value = f"{area_text(summary['flooded_m2'])} flood, up to {depth_text(summary['largest_depth_m'])} deep"
    return still(prediction, question, value, "flood.jpg"), {"flood.jpg": file.getvalue()}


MADE = {"crime": crime, "flood": flood, "waste": waste}


def main() -> None:
    """Write `stills/` anew."""
    FOLDER.mkdir(exist_ok=True)
    kept: dict[str, Still] = {}
    with tempfile.TemporaryDirectory(prefix="lookout-stills-") as name:
        os.environ["LOOKOUT_DATA_DIR"] = name
        settings.cache_clear()
        migrate(store())
        for system, make in MADE.items():
            kept[system], files = make()
            for file_name, data in files.items():
                (FOLDER / file_name).write_bytes(data)
            print(system, kept[system], flush=True)
        store().close()
    Path(FOLDER / "stills.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
