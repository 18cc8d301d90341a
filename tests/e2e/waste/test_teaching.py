"""A place that the version in service never saw is taught in a real browser, used, seen by a second server, undone."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from core.systems.waste.data.backgrounds import invent
from tests.conftest import Server
from tests.support import bad_photos, settling

pytestmark = pytest.mark.e2e

SITE = "north yard"
PHOTOS, LABELS = 60, 10
KEYS = {"glass": "2", "plastic": "5"}
SIDE = 320  # of a photo [px]
COLOURS = {
    "glass": ((20, 90, 40), (90, 50, 15), (60, 130, 60), (40, 70, 40)),
    "plastic": ((225, 235, 245), (150, 200, 240), (240, 240, 200), (250, 180, 200)),
}
SECONDS_TO_AGREE = 10


def bottle(seed: int, material: str) -> bytes:
    """A drawn photo: a narrow dark bottle (glass), or a wide pale one with label and cap (plastic), on any ground."""
    random = np.random.default_rng(seed)
    layer = Image.new("RGBA", (SIDE, SIDE))
    draw = ImageDraw.Draw(layer)
    body, scale, middle = COLOURS[material][random.integers(4)], random.uniform(0.6, 1.6), SIDE / 2
    wide, high = (14 * scale, 60 * scale) if material == "glass" else (45 * scale, 55 * scale)  # halves
    draw.rounded_rectangle((middle - wide, middle - high, middle + wide, middle + high), wide / 2, fill=(*body, 230))
    if material == "glass":
        draw.rectangle((middle - 6, middle - high - 45 * scale, middle + 6, middle - high + 5), fill=(*body, 230))
    else:
        label = tuple(int(value) for value in random.integers(0, 255, 3))
        draw.rectangle((middle - wide, middle - high / 4, middle + wide, middle + high / 3), fill=label)
        draw.rectangle(
            (middle - 15 * scale, middle - high - 14 * scale, middle + 15 * scale, middle - high), fill=label
        )
    turned = layer.rotate(float(random.uniform(0, 360)), translate=tuple(random.integers(-50, 51, 2).tolist()))
    picture = invent(SIDE, random)
    picture.paste(turned, (0, 0), turned)
    return bad_photos.encode(picture, quality=90)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Photos of a place, half of them glass; a file's name begins with what it shows."""
    folder = tmp_path_factory.mktemp("yard")
    paths = []
    for number in range(PHOTOS):
        material = ("glass", "plastic")[number % 2]
        paths.append(folder / f"{material}-{number:02d}.jpg")
        paths[-1].write_bytes(bottle(number, material))
    return paths


def version_of(server: Server, photo: bytes) -> str:
    """The version that answers a photo of the site, by the API of one process."""
    body = json.dumps({"model": "waste", "image": b64encode(photo).decode(), "site": SITE}).encode()
    request = urllib.request.Request(f"{server.url}/predict", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["model_version"])


def wait_for(version: Any, server: Server, photo: bytes) -> float:
    """How long the process takes to answer by a version that `version` is true of [s]."""
    started = time.monotonic()
    while not version(version_of(server, photo)):
        assert time.monotonic() - started < SECONDS_TO_AGREE, version_of(server, photo)
        time.sleep(0.2)
    return time.monotonic() - started


def is_taught(version: str) -> bool:
    return "+north-yard" in version


def test_ten_labels_by_key_teach_a_site(
    server: Server, start_server: Callable[..., Server], browser_page: Any, photos: list[Path]
) -> None:
    second_server = start_server(LOOKOUT_DATA_DIR=str(server.folder / "data"))
    page, photo = browser_page, photos[0].read_bytes()
    general = version_of(server, photo)
    assert not is_taught(general)
    page.goto(f"{server.url}/waste")
    page.get_by_role("button", name="Try an example").wait_for()
    page.get_by_role("combobox", name="Site").click()
    page.keyboard.type(SITE)
    page.keyboard.press("Enter")
    page.locator("input[type=file]").set_input_files(photos)
    expect(page.get_by_role("heading", name=re.compile(rf"{PHOTOS} photos answered"))).to_be_visible(timeout=120_000)
    expect(page.get_by_text(f"Answers at {SITE} are not checked there yet.")).to_be_visible()

    page.get_by_role("button", name="Teach this site").click()
    asked: set[str] = set()
    for count in range(1, LABELS + 1):
        heading = page.get_by_text(re.compile("the photo that teaches most now"))
        expect(heading).to_be_visible()
        name = heading.inner_text().split(":")[0]
        assert name not in asked
        asked.add(name)
        settling.settle(page, timeout=60_000)  # the keys of this photo's labels are there
        page.keyboard.press(KEYS[name.split("-")[0]])
        expect(page.get_by_text(re.compile(rf"^{count}\slabels?\b"))).to_be_visible()
        expect(page.get_by_text(f"{name}: the photo that teaches most now")).to_have_count(0)
    assert {name.split("-")[0] for name in asked} == set(KEYS)
    said = page.get_by_text(re.compile(rf"^{LABELS}\slabels: right in general")).inner_text()
    shares = re.findall(rf"(\d+)\s% \(n = {LABELS}, (\d+) to (\d+)\s%\)", said)
    assert len(shares) == 2
    assert all(int(low) <= int(value) <= int(high) for value, low, high in shares)
    assert int(shares[1][0]) > int(shares[0][0])  # better here than in general

    page.get_by_role("button", name=f"Use at {SITE}").click()
    expect(page.get_by_text(re.compile(rf"In use at {SITE} from now on, as version"))).to_be_visible()
    assert is_taught(version_of(server, photo))
    assert wait_for(is_taught, second_server, photo) < SECONDS_TO_AGREE
    assert version_of(second_server, photo) == version_of(server, photo)

    page.get_by_role("button", name="Site", exact=True).click()
    page.get_by_role("button", name="Undo: the answers before").click()
    expect(page.get_by_text(f"the general version answers at {SITE} again")).to_be_visible()
    assert version_of(server, photo) == general
    assert wait_for(lambda version: version == general, second_server, photo) < SECONDS_TO_AGREE
    assert {is_taught(version) for version in logged_versions(server)} == {True, False}


def logged_versions(server: Server) -> set[str]:
    """The versions that the log names for the site."""
    import sqlite3

    with sqlite3.connect(server.folder / "data" / "lookout.db") as log:
        return {
            version for (version,) in log.execute("select distinct version from predictions where site = ?", (SITE,))
        }
