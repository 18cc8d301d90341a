"""Near-duplicate photos: found by perceptual hash, so that no split puts one of a pair on each side."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import imagehash
import numpy as np
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.systems.waste.data.photos import Photo

HASH_BITS = 64
LARGEST_DISTANCE = 8
"""Bits in which two hashes of one scene may differ. On TrashNet 10 bits already chain 49 unrelated white boards."""
NEXT_SHOTS = 3
"""One object is often shot several times in a row: photos whose file numbers differ by at most this may be one."""
SAME_COLOURS = 0.88
"""Intersection of colour histograms from which shots in a row count as one object, turned (hashes miss turns)."""
HASHED_SIZE = 128  # px; the hash looks at 32 x 32, the histogram needs no detail


@dataclass(frozen=True)
class Fingerprint:
    """What tells near-duplicates: hash bits for 8 turns and mirrors, (8, 64); a colour histogram; the bytes' sha256."""

    turns: np.ndarray
    colours: np.ndarray
    digest: str


def fingerprint(photo: Photo) -> Fingerprint:
    """The fingerprint of one photo."""
    image = photo.decode().resize((HASHED_SIZE, HASHED_SIZE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turns = [
        imagehash.phash(picture.rotate(angle)).hash.ravel()
        for picture in (image, mirrored)
        for angle in (0, 90, 180, 270)
    ]
    return Fingerprint(np.array(turns), _colours(image), hashlib.sha256(photo.read()).hexdigest())


def fingerprints(photos: Sequence[Photo], workers: int = 2) -> list[Fingerprint]:
    """Fingerprints of many photos, in order."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fingerprint, photos))


def grouped(photos: Sequence[Photo], prints: Sequence[Fingerprint]) -> list[Photo]:
    """The photos with `group` set: what is alike, or was given one group by whoever labelled it, shares one."""
    links = _alike(prints) + _same_label_group(photos) + _shots_in_a_row(photos, prints)
    rows, columns = zip(*links, strict=True) if links else ((), ())
    graph = coo_array((np.ones(len(links)), (rows, columns)), shape=(len(photos), len(photos)))
    _, labels = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    for photo, label in zip(photos, labels, strict=True):
        first.setdefault(int(label), photo.key)
    return [replace(photo, group=first[int(label)]) for photo, label in zip(photos, labels, strict=True)]


def contradictory(photos: Sequence[Photo], prints: Sequence[Fingerprint]) -> set[str]:
    """Keys of photos whose very bytes appear under two materials: one label is wrong, nobody knows which."""
    by_digest: dict[str, list[Photo]] = defaultdict(list)
    for photo, one in zip(photos, prints, strict=True):
        by_digest[one.digest].append(photo)
    return {p.key for same in by_digest.values() if len({p.material for p in same}) > 1 for p in same}


def _colours(image: Image.Image) -> np.ndarray:
    """Share of pixels by hue (12), saturation (4) and value (4), flattened to (192,)."""
    pixels = np.asarray(image.convert("HSV"), dtype=np.int32).reshape(-1, 3)
    cells = (pixels[:, 0] * 12 // 256) * 16 + (pixels[:, 1] // 64) * 4 + pixels[:, 2] // 64
    return np.bincount(cells, minlength=192) / len(pixels)


def _alike(prints: Sequence[Fingerprint]) -> list[tuple[int, int]]:
    """Pairs whose hashes agree for some turn or mirror of one of them."""
    upright = np.array([one.turns[0] for one in prints], dtype=np.float32)
    near = np.zeros((len(prints), len(prints)), dtype=bool)
    for turn in range(8):
        other = np.array([one.turns[turn] for one in prints], dtype=np.float32)
        near |= upright @ (1 - other).T + (1 - upright) @ other.T <= LARGEST_DISTANCE
    rows, columns = np.nonzero(np.triu(near | near.T, 1))
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _same_label_group(photos: Sequence[Photo]) -> list[tuple[int, int]]:
    first: dict[str, int] = {}
    pairs = [(first.setdefault(photo.group, place), place) for place, photo in enumerate(photos) if photo.group]
    return [(start, place) for start, place in pairs if start != place]


def _shots_in_a_row(photos: Sequence[Photo], prints: Sequence[Fingerprint]) -> list[tuple[int, int]]:
    """Pairs from one folder with neighbouring file numbers and the same colours."""
    numbered: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for place, photo in enumerate(photos):
        digits = re.findall(r"\d+", PurePosixPath(photo.name).stem)
        if digits and not photo.group:
            numbered[photo.source, str(PurePosixPath(photo.name).parent)].append((int(digits[-1]), place))
    links = []
    for shots in numbered.values():
        shots.sort()
        for start, (number, place) in enumerate(shots):
            for later, other in shots[start + 1 : start + 1 + NEXT_SHOTS]:
                if (
                    later - number <= NEXT_SHOTS
                    and _shared(prints[place].colours, prints[other].colours) >= SAME_COLOURS
                ):
                    links.append((place, other))
    return links


def _shared(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.minimum(one, other).sum())


def kept_fingerprints(photos: Sequence[Photo], path: Path) -> list[Fingerprint]:
    """Fingerprints read from `path` if they were made before for as many photos, else made and kept there."""
    if path.is_file():
        with np.load(path) as kept:
            if len(kept["digests"]) == len(photos):
                rows = zip(kept["turns"], kept["colours"], kept["digests"], strict=True)
                return [Fingerprint(turns, colours, str(digest)) for turns, colours, digest in rows]
    prints = fingerprints(photos)
    path.parent.mkdir(parents=True, exist_ok=True)
    turns, colours = np.array([one.turns for one in prints]), np.array([one.colours for one in prints])
    np.savez_compressed(path, turns=turns, colours=colours, digests=np.array([one.digest for one in prints]))
    return prints
