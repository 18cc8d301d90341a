"""Offence texts in other spellings, to learn from: typing errors, words left out, and the abbreviations of reports."""

from __future__ import annotations

import re

import numpy as np

from core.systems.crime.features.offence_text import normalise

ABBREVIATIONS = """
aggravated agg aggr
assault aslt asslt
attempted att attempt atmpt
automobile auto
building bldg
burglary burg
commercial comml
controlled ctrl cntrl
conspiracy consp
counterfeit cntrft
credit cr
criminal crim
dangerous dang
deadly ddly
department dept
discharge disch
disorderly disord
domestic dom
driving drvg
enforcement enf
felony fel
firearm f/a gun
forcible forc
fraudulent fraud
government govt
illegal illeg
information info
intent int
intoxicated intox drunk
investigation inv invest
juvenile juv
license lic licence
malicious mal
marijuana mj cannabis
miscellaneous misc
misdemeanor misd
motor mtr
narcotics narc drugs
obstruct obst
occupied occ
offense off offence
officer ofc
parole par
person pers
petty pty
possession poss
property prop
prostitution prost
receiving rec
residence res
revoked rev
robbery rob
stolen stln
substance subst
suspicious susp
telephone phone
threats thrts
traffic trfc
trespassing tresp trespass
unlawful unl
vandalism vand
vehicle veh
violation viol
warrant warr wrnt
weapon wpn weap
with w
without wo
"""
"""Usual abbreviations of police reports: a word, and what it may be written as."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"
KEYBOARD = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
VOWELS = re.compile(r"(?<=.)[aeiou]")

DROP_WORD, SWAP_WORDS, ABBREVIATE = 0.3, 0.15, 0.1  # probabilities: of a text, of a text, of a word
NOISE_SHARES = [0.0, 0.0, 0.05, 0.1, 0.15]  # of the characters, each as likely
MIN_CUT_LENGTH = 5  # characters of a word that may be cut off


def _both_ways() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in ABBREVIATIONS.strip().splitlines():
        word, *short = line.split()
        table[word] = tuple(normalise(abbreviation) for abbreviation in short)
        for abbreviation in table[word]:
            table.setdefault(abbreviation, (word,))
    return table


SYNONYMS = _both_ways()
"""{word: what it may be written as}, both ways and normalised: `f/a` is the one unit "f a", and "a" an article."""
TOKENS = re.compile("|".join([*(rf"\b{unit}\b" for unit in SYNONYMS if " " in unit), r"\S+"]))
"""Words of a normalised text; two that are one abbreviation, such as "f a", stay together."""


def add_typing_errors(text: str, share: float, random: np.random.Generator) -> str:
    """The text with some characters replaced, dropped, doubled or swapped, as typing does it.

    text: normalised.
    share: about how many of the characters are changed, in [0, 1].
    random: decides which.
    """
    letters: list[str] = []
    skip = False
    for index, letter in enumerate(text):
        if skip:
            skip = False
            continue
        if letter == " " or random.random() >= share:
            letters.append(letter)
            continue
        kind = random.integers(4)
        if kind == 0:
            letters.append(_neighbouring_key(letter, random))
        elif kind == 1:
            letters.append(letter + letter)
        elif kind == 2 and index + 1 < len(text) and text[index + 1] != " ":
            letters.append(text[index + 1] + letter)
            skip = True
        # else dropped
    return " ".join("".join(letters).split())


def _neighbouring_key(letter: str, random: np.random.Generator) -> str:
    """A letter beside this one on the keyboard; any letter in place of a digit."""
    for keys in KEYBOARD:
        if (index := keys.find(letter)) >= 0:
            neighbours = [keys[near] for near in (index - 1, index + 1) if 0 <= near < len(keys)]
            return str(neighbours[random.integers(len(neighbours))])
    return str(LETTERS[random.integers(len(LETTERS))])


def vary_spelling(text: str, random: np.random.Generator) -> str:
    """Another way to write a normalised text: words abbreviated, left out or in another order, and typing errors."""
    words = TOKENS.findall(text)
    if len(words) > 2 and random.random() < DROP_WORD:
        words.pop(int(random.integers(len(words))))
    if len(words) > 1 and random.random() < SWAP_WORDS:
        index = int(random.integers(len(words) - 1))
        words[index], words[index + 1] = words[index + 1], words[index]
    words = [_abbreviate(word, random) if random.random() < ABBREVIATE else word for word in words]
    share = float(random.choice(NOISE_SHARES))
    changed = " ".join(words)
    return (add_typing_errors(changed, share, random) if share else changed) or text


def _abbreviate(word: str, random: np.random.Generator) -> str:
    """A usual abbreviation if there is one (or the word that one stands for); else cut off, or without vowels."""
    if word in SYNONYMS:
        choices = SYNONYMS[word]
        return choices[int(random.integers(len(choices)))]
    if len(word) < MIN_CUT_LENGTH:
        return word
    return word[: int(random.integers(3, 6))] if random.random() < 0.5 else VOWELS.sub("", word)
