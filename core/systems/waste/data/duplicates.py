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

from core.systems.waste.data.photos import LabelledPhoto

MAX_DISTANCE = 8
"""Bits in which two hashes of one scene may differ. On TrashNet 10 bits already chain 49 unrelated white boards."""
NEXT_SHOTS = 3
"""One object is often shot several times in a row: photos whose file numbers differ by at most this may be one."""
SAME_COLOURS = 0.88
"""Intersection of colour histograms from which shots in a row count as one object, turned (hashes miss turns)."""
HASHED_SIZE = 128  # px; the hash looks at 32 x 32, the histogram needs no detail


@dataclass(frozen=True)
class Fingerprint:
    """What tells near-duplicates.

    turns: perceptual hash of the photo in 8 turns and mirrors, bool, shape (8, 64).
    colours: histogram of its colours, shape (192,), sum 1.
    digest: sha256 of the file's bytes, in hex.
    """

    turns: np.ndarray
    colours: np.ndarray
    digest: str


def fingerprint(photo: LabelledPhoto) -> Fingerprint:
    """The fingerprint of one photo."""
    image = photo.decode().resize((HASHED_SIZE, HASHED_SIZE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turns = [
        imagehash.phash(picture.rotate(angle)).hash.ravel()
        for picture in (image, mirrored)
        for angle in (0, 90, 180, 270)
    ]
    return Fingerprint(np.array(turns), _colours(image), hashlib.sha256(photo.read()).hexdigest())


def fingerprints(photos: Sequence[LabelledPhoto], workers: int = 2) -> list[Fingerprint]:
    """Fingerprints of many photos, in order."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(fingerprint, photos))


def grouped(photos: Sequence[LabelledPhoto], prints: Sequence[Fingerprint]) -> list[LabelledPhoto]:
    """The photos with `group` set: what is alike, or was given one group by whoever labelled it, shares one."""
    links = _alike(prints) + _same_label_group(photos) + _shots_in_a_row(photos, prints)
    rows, columns = zip(*links, strict=True) if links else ((), ())
    graph = coo_array((np.ones(len(links)), (rows, columns)), shape=(len(photos), len(photos)))
    _, labels = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    for photo, label in zip(photos, labels, strict=True):
        first.setdefault(int(label), photo.key)
    return [replace(photo, group=first[int(label)]) for photo, label in zip(photos, labels, strict=True)]


def contradictory(photos: Sequence[LabelledPhoto], prints: Sequence[Fingerprint]) -> set[str]:
    """Keys of photos whose very bytes appear under two materials: one label is wrong, nobody knows which."""
    by_digest: dict[str, list[LabelledPhoto]] = defaultdict(list)
    for photo, entry in zip(photos, prints, strict=True):
        by_digest[entry.digest].append(photo)
    same_bytes = [group for group in by_digest.values() if len({photo.material for photo in group}) > 1]
    return {photo.key for group in same_bytes for photo in group}


def _colours(image: Image.Image) -> np.ndarray:
    """Share of pixels by hue (12), saturation (4) and value (4), flattened to (192,)."""
    pixels = np.asarray(image.convert("HSV"), dtype=np.int32).reshape(-1, 3)
    cells = (pixels[:, 0] * 12 // 256) * 16 + (pixels[:, 1] // 64) * 4 + pixels[:, 2] // 64
    return np.bincount(cells, minlength=192) / len(pixels)


def _alike(prints: Sequence[Fingerprint]) -> list[tuple[int, int]]:
    """Pairs whose hashes agree for some turn or mirror of one of them."""
    upright = np.array([entry.turns[0] for entry in prints], dtype=np.float32)
    near = np.zeros((len(prints), len(prints)), dtype=bool)
    for turn in range(8):
        turned = np.array([entry.turns[turn] for entry in prints], dtype=np.float32)
        near |= upright @ (1 - turned).T + (1 - upright) @ turned.T <= MAX_DISTANCE
    rows, columns = np.nonzero(np.triu(near | near.T, 1))
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _same_label_group(photos: Sequence[LabelledPhoto]) -> list[tuple[int, int]]:
    """Pairs to which whoever labelled them gave one group: each photo with the first of its group."""
    first: dict[str, int] = {}
    pairs = [(first.setdefault(photo.group, index), index) for index, photo in enumerate(photos) if photo.group]
    return [(start, index) for start, index in pairs if start != index]


def _shots_in_a_row(photos: Sequence[LabelledPhoto], prints: Sequence[Fingerprint]) -> list[tuple[int, int]]:
    """Pairs from one folder with neighbouring file numbers and the same colours."""
    numbered: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for index, photo in enumerate(photos):
        digits = re.findall(r"\d+", PurePosixPath(photo.name).stem)
        if digits and not photo.group:
            numbered[photo.source, str(PurePosixPath(photo.name).parent)].append((int(digits[-1]), index))
    links = []
    for shots in numbered.values():
        shots.sort()
        for start, (number, index) in enumerate(shots):
            for later, other in shots[start + 1 : start + 1 + NEXT_SHOTS]:
                same_colours = _intersection(prints[index].colours, prints[other].colours) >= SAME_COLOURS
                if later - number <= NEXT_SHOTS and same_colours:
                    links.append((index, other))
    return links


def _intersection(first: np.ndarray, second: np.ndarray) -> float:
    """Share that two histograms, each of sum 1, have in common, in [0, 1]."""
    return float(np.minimum(first, second).sum())


def stored_fingerprints(photos: Sequence[LabelledPhoto], path: Path) -> list[Fingerprint]:
    """Fingerprints read from `path` if they were made before for as many photos, else made and kept there."""
    if path.is_file():
        with np.load(path) as stored:
            if len(stored["digests"]) == len(photos):
                rows = zip(stored["turns"], stored["colours"], stored["digests"], strict=True)
                return [Fingerprint(turns, colours, str(digest)) for turns, colours, digest in rows]
    prints = fingerprints(photos)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        turns=np.array([entry.turns for entry in prints]),
        colours=np.array([entry.colours for entry in prints]),
        digests=np.array([entry.digest for entry in prints]),
    )
    return prints
