"""Usual abbreviations of police reports, both ways: {word: what it may be written as}."""

from __future__ import annotations

PAIRS = """
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


def _both_ways() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in PAIRS.strip().splitlines():
        word, *short = line.replace("/", " ").split()
        table[word] = tuple(short)
        for one in short:
            table.setdefault(one, (word,))
    return table


WORDS = _both_ways()
