"""Offence texts: one spelling for the same text, its pieces as numbers, and disturbances to learn from."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.systems.crime.features.abbreviations import WORDS

BUCKETS = 32_768  # rows of the table that pieces are hashed into; row 0 stays empty
# With 8,192 rows pieces of 877 texts collide: 0.775 of unseen texts right against 0.788 with 32,768.
SHORTEST, LONGEST = 3, 5  # characters of a piece
MOST_PIECES = 160  # of one text; longer ones lose their last pieces
LETTERS = "abcdefghijklmnopqrstuvwxyz"
KEYS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
VOWELS = re.compile(r"(?<=.)[aeiou]")


def normalise(text: str) -> str:
    """Lower case, letters and digits only, one space between words; what counts as the same text."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", str(text).lower()).split())


def pieces(text: str, buckets: int = BUCKETS) -> list[int]:
    """Row numbers of a normalised text's pieces: words, neighbours, first and last word, and runs of characters.

    Runs of 3 to 5 make misspelt and unknown words resemble known ones (Bojanowski et al. 2017). Numbers are CRC-32
    modulo `buckets`: the same on every machine.
    """
    words = text.split()
    found = [f"w {word}" for word in words]
    found += [f"f {word}" for word in words[:1]] + [f"l {word}" for word in words[-1:]]
    found += [f"p {one} {two}" for one, two in pairwise(words)]
    for word in words:
        marked = f"<{word}>"
        for length in range(SHORTEST, LONGEST + 1):
            found += [marked[start : start + length] for start in range(len(marked) - length + 1)]
    return [1 + zlib.crc32(piece.encode()) % (buckets - 1) for piece in found[:MOST_PIECES]]


def matrix(texts: Sequence[str], buckets: int = BUCKETS) -> np.ndarray:
    """Pieces of normalised texts, padded with 0; int32, shape (texts, MOST_PIECES)."""
    numbers = np.zeros((len(texts), MOST_PIECES), dtype=np.int32)
    for row, text in enumerate(texts):
        found = pieces(text, buckets)
        numbers[row, : len(found)] = found
    return numbers


def rarity(numbers: np.ndarray) -> np.ndarray:
    """How much each piece says: inverse document frequency in texts (n, MOST_PIECES); float32, shape (BUCKETS,)."""
    rows = np.repeat(np.arange(len(numbers)), numbers.shape[1])
    pairs = np.unique(rows.astype(np.int64) * BUCKETS + numbers.ravel())
    counts = np.bincount(pairs % BUCKETS, minlength=BUCKETS)
    made = np.log((1 + len(numbers)) / (1 + counts)) + 1
    made[0] = 0.0
    return np.asarray(made.astype(np.float16), dtype=np.float32)


def weights(numbers: np.ndarray, rare: np.ndarray) -> np.ndarray:
    """Weight of each piece of each text, its squares adding up to 1; float32, the shape of `numbers`."""
    found = rare[numbers]
    length = np.sqrt(np.square(found).sum(axis=-1, keepdims=True))
    return np.asarray(found / np.maximum(length, 1e-9), dtype=np.float32)


def disturbed(text: str, share: float, random: np.random.Generator) -> str:
    """The text with about `share` of its characters replaced, dropped, doubled or swapped, as typing does it."""
    out: list[str] = []
    skip = False
    for place, letter in enumerate(text):
        if skip:
            skip = False
            continue
        if letter == " " or random.random() >= share:
            out.append(letter)
            continue
        kind = random.integers(4)
        if kind == 0:
            out.append(_neighbour(letter, random))
        elif kind == 1:
            out.append(letter + letter)
        elif kind == 2 and place + 1 < len(text) and text[place + 1] != " ":
            out.append(text[place + 1] + letter)
            skip = True
        # else dropped
    return " ".join("".join(out).split())


def _neighbour(letter: str, random: np.random.Generator) -> str:
    """A letter beside this one on the keyboard."""
    for row in KEYS:
        if (place := row.find(letter)) >= 0:
            beside = [row[near] for near in (place - 1, place + 1) if 0 <= near < len(row)]
            return str(beside[random.integers(len(beside))])
    return str(LETTERS[random.integers(len(LETTERS))])


def varied(text: str, random: np.random.Generator) -> str:
    """Another way to write the same: words abbreviated, left out or in another order, and typing errors."""
    words = text.split()
    if len(words) > 2 and random.random() < 0.3:
        words.pop(int(random.integers(len(words))))
    if len(words) > 1 and random.random() < 0.15:
        place = int(random.integers(len(words) - 1))
        words[place], words[place + 1] = words[place + 1], words[place]
    words = [_abbreviated(word, random) if random.random() < 0.1 else word for word in words]
    share = float(random.choice([0.0, 0.0, 0.05, 0.1, 0.15]))
    changed = " ".join(words)
    return (disturbed(changed, share, random) if share else changed) or text


def _abbreviated(word: str, random: np.random.Generator) -> str:
    """A usual abbreviation if there is one (or the word that one stands for); else cut off, or without vowels."""
    if word in WORDS:
        choices = WORDS[word]
        return choices[int(random.integers(len(choices)))]
    if len(word) < 5:
        return word
    return word[: int(random.integers(3, 6))] if random.random() < 0.5 else VOWELS.sub("", word)
