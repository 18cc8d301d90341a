"""The shipped version: small enough, agreeing with its network, and serving without TensorFlow."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.errors import UnreadablePhoto
from core.systems.waste import WasteInput, explain, predict
from core.systems.waste.data.photos import read_photos
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.engine import WasteEngine
from core.systems.waste.labels import MATERIALS
from tests.systems.waste.conftest import CHECKOUT, invented, jpeg

LARGEST_FILE = 15_000_000  # bytes
AGREE = 1e-3
COUNT = 200


@pytest.fixture(scope="module")
def engine(shipped: Path) -> WasteEngine:
    return WasteEngine.load(shipped, threads=2)


def test_serving_imports_neither_tensorflow_nor_keras(shipped: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from core.systems import waste
from core.systems.waste import train
engine = waste.load(Path({str(shipped)!r}))
"""
    code += """
import io
from PIL import Image
buffer = io.BytesIO()
Image.new("RGB", (80, 60), "red").save(buffer, "JPEG")
photo = waste.WasteInput(image=buffer.getvalue())
assert waste.predict(engine, [photo])[0].value
assert waste.explain(engine, photo).heat is not None
print(sorted({name.partition(".")[0] for name in sys.modules} & {"tensorflow", "keras", "sklearn", "imagehash"}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_its_files_are_small_and_its_records_complete(shipped: Path) -> None:
    metadata = json.loads((shipped / "metadata.json").read_text())
    assert metadata["files"].keys() == {"model.h5", "model.tflite", "checked_photos.npz"}
    assert all((shipped / name).stat().st_size <= LARGEST_FILE for name in metadata["files"])
    assert metadata["labels"] == list(MATERIALS)
    assert not {"pdoodp", "imagenet_sample"} & metadata["data"]["photos"].keys()
    assert metadata["metrics"]["trashnet"]["intervals"]["accuracy"]
    assert (shipped / "card.md").read_text().startswith("# Waste")


def test_answers_from_several_threads_are_those_of_one(engine: WasteEngine) -> None:
    photos = [WasteInput(image=jpeg(invented(seed, 320, 240))) for seed in range(12)]
    alone = [predict(engine, [photo])[0] for photo in photos]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda photo: predict(engine, [photo])[0], photos))
    assert [one.score for one in together] == pytest.approx([one.score for one in alone], abs=1e-6)
    assert [one.value for one in together] == [one.value for one in alone]


@pytest.mark.parametrize("shape", ["text", "spaced", "prefixed", "b64", "bytes"])
def test_a_photo_may_come_in_many_forms(engine: WasteEngine, shape: str) -> None:
    data = jpeg(invented(1))
    text = base64.b64encode(data).decode()
    forms = {
        "text": text,
        "spaced": "\n".join(text[start : start + 60] + " " for start in range(0, len(text), 60)),
        "prefixed": f"data:image/jpeg;base64,{text}",
        "b64": {"b64": text},
        "bytes": data,
    }
    photo = WasteInput.model_validate({"image": forms[shape]})
    assert photo.content() == data
    assert predict(engine, [photo])[0].value in MATERIALS


def test_what_is_no_photo_is_refused_in_words() -> None:
    with pytest.raises(UnreadablePhoto, match="Expected"):
        WasteInput(image=b"plain text, renamed to .jpg")
    with pytest.raises(ValueError, match="Expected a photo as base64"):
        WasteInput.model_validate({"image": 7})


def test_the_heat_map_spans_the_photo_in_0_to_1(engine: WasteEngine) -> None:
    heat = explain(engine, WasteInput(image=jpeg(invented(1, 300, 200)))).heat
    assert heat is not None
    assert heat.shape == (-(-engine.size // 32), -(-engine.size // 32))
    assert 0 <= heat.min() <= heat.max() <= 1


def _differ_by(shipped: Path, engine: WasteEngine, photos: list[np.ndarray]) -> float:
    """The largest difference between the two files' logits and features."""
    pytest.importorskip("keras", reason="needs the training packages")
    from core.artefacts import keras_files

    network = keras_files.load(shipped / "model.h5")
    reference, served = network.predict(np.stack(photos), verbose=0), engine.run(photos)
    assert served.features is not None
    assert len(served.logits) == len(served.features) == len(photos)
    return max(
        float(np.abs(reference["logits"] - served.logits).max()),
        float(np.abs(reference["features"] - served.features).max()),
    )


def test_litert_and_tensorflow_agree_on_invented_photos(shipped: Path, engine: WasteEngine) -> None:
    photos = [preprocess(invented(seed, 300, 200), engine.size) for seed in range(8)]
    assert _differ_by(shipped, engine, photos) <= AGREE


def test_litert_and_tensorflow_agree_on_200_photos(shipped: Path, engine: WasteEngine, shared_photos: Path) -> None:
    every = read_photos(shared_photos)
    chosen = [every[place] for place in np.linspace(0, len(every) - 1, COUNT).astype(int)]
    assert len(chosen) == COUNT
    assert _differ_by(shipped, engine, [preprocess(photo.decode(), engine.size) for photo in chosen]) <= AGREE
