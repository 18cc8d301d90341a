"""More photos of what is no waste, with a clear licence, from Debian packages: for training the waste model.

    apt-get download tuxpaint-stamps-default mate-backgrounds plasma-workspace-wallpapers gnome-backgrounds ...
    for file in *.deb; do dpkg -x $file unpacked; done
    python -m benchmarks.support.debian_photos unpacked more_out_of_scope

Tux Paint's stamps are cut-out photos of animals, food, plants, instruments and vehicles (GPL-2). Each is laid on a
ground: a light board as in TrashNet, so that the board does not come to mean waste; an invented ground; or part of a
wallpaper. The wallpapers (GPL-2+, CC BY, CC BY-SA; each package says whose) come as they are. The folder that is
written holds JPEGs and a labels.csv and is given to `train waste` beside the other photos, never committed.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from core.systems.waste.data.backgrounds import invent

SIDE = 384  # px of a composed photo
STAMPS = ("animals", "food", "hobbies", "plants", "sports", "vehicles", "town", "military", "clothes")
NOT_PHOTOS = ("cartoon", "flags", "dinosaur", "clothes/hats", "roadsigns")
MIN_COLOURS = 2500  # a photo of 100 x 100 px has more, a drawing has fewer
MIN_DETAIL = 12.0  # grey levels of deviation; plain wallpapers show nothing


def stamps(root: Path) -> list[Path]:
    """Cut-out photos, no drawings."""
    paths = sorted(root.rglob("tuxpaint/stamps/**/*.png"))
    return [path for path in paths if _is_stamp(path) and _colours(Image.open(path).convert("RGB")) >= MIN_COLOURS]


def wallpapers(root: Path) -> list[Path]:
    """The largest file of every wallpaper that shows something."""
    largest: dict[str, Path] = {}
    for suffix in ("jpg", "png", "webp"):
        for path in sorted(root.rglob(f"*.{suffix}")):
            if "tuxpaint" in path.parts or "screenshot" in path.name or path.stat().st_size < 50_000:
                continue
            name = str(path.parent.parent) if path.parent.name.startswith("images") else str(path)
            if name not in largest or path.stat().st_size > largest[name].stat().st_size:
                largest[name] = path
    return [path for path in largest.values() if _detail(path) >= MIN_DETAIL]


def composed(stamp: Image.Image, scenes: list[Image.Image], random: np.random.Generator) -> Image.Image:
    """The stamp on a light board, an invented ground or a part of a scene, RGB, SIDE x SIDE."""
    kind = random.choice(["board", "invented", "scene"] if scenes else ["board", "invented"])
    if kind == "board":
        shade = np.linspace(*random.uniform(185, 245, 2), SIDE)[:, None, None] * random.uniform(0.95, 1.0, 3)
        picture = Image.fromarray((np.zeros((SIDE, SIDE, 3)) + shade).astype(np.uint8))
    elif kind == "invented":
        picture = invent(SIDE, random)
    else:
        scene = scenes[random.integers(len(scenes))]
        side = int(min(scene.size) * random.uniform(0.4, 1.0))
        left, upper = (int(random.integers(length - side + 1)) for length in scene.size)
        picture = scene.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(left, upper, left + side, upper + side))
    scale = SIDE * random.uniform(0.5, 0.95) / max(stamp.size)
    size = tuple(max(1, round(length * scale)) for length in stamp.size)
    small = stamp.resize(size, Image.Resampling.BICUBIC)
    corner = tuple(int(random.integers(SIDE - length + 1)) for length in size)
    picture.paste(small, corner, small)
    return picture


def _is_stamp(path: Path) -> bool:
    inside = "/".join(path.parts[path.parts.index("stamps") + 1 : -1])
    return inside.startswith(STAMPS) and not any(part in inside for part in NOT_PHOTOS)


def _colours(picture: Image.Image) -> int:
    return len(picture.getcolors(picture.width * picture.height) or [])


def _detail(path: Path) -> float:
    with Image.open(path) as picture:
        return float(np.asarray(picture.convert("L").resize((64, 64))).std())


def main() -> None:
    """Write the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("unpacked", type=Path, help="folder into which the packages were unpacked")
    parser.add_argument("output", type=Path)
    chosen = parser.parse_args()
    rows, scenes = [], []
    for path in wallpapers(chosen.unpacked):
        with Image.open(path) as opened:
            opened.draft("RGB", (1024, 1024))
            picture = opened.convert("RGB")
        picture.thumbnail((768, 768))
        scenes.append(picture)
        name = f"{hashlib.sha256(path.name.encode()).hexdigest()[:8]}-{path.parent.parent.name}-{path.stem}"
        rows.append(_write(picture, chosen.output, "wallpaper", name, "GPL-2+, CC BY or CC BY-SA"))
    for path in stamps(chosen.unpacked):
        random = np.random.default_rng(int.from_bytes(hashlib.sha256(path.name.encode()).digest()[:8]))
        picture = composed(Image.open(path).convert("RGBA"), scenes, random)
        rows.append(_write(picture, chosen.output, "tuxpaint", f"{path.parent.name}-{path.stem}", "GPL-2"))
    with (chosen.output / "labels.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["path", "material", "source", "licence", "group"])
        table.writeheader()
        table.writerows(rows)
    print(f"{len(scenes)} wallpapers and {len(rows) - len(scenes)} stamps written to {chosen.output}")


def _write(picture: Image.Image, folder: Path, source: str, name: str, licence: str) -> dict[str, str]:
    path = folder / source / f"{name}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=90)
    inside = f"{source}/{path.name}"
    return {"path": inside, "material": "none", "source": source, "licence": licence, "group": inside}


if __name__ == "__main__":
    main()
