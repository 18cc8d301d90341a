"""A report by worked example, on a page that asks nothing outside and escapes what it is given, and on paper."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import numpy as np
import pypdfium2
import pytest
from typer.testing import CliRunner

from core.commands import cli
from core.errors import InvalidInput
from core.evaluation.shares import Share
from core.monitoring.drift.detection import DriftVerdict, FeatureDrift
from core.reports import html, length_of, pdf, renderer, report_content
from core.reports.content import INVENTED, ReportContent, ReportSection, ReportTable, ShareLine, ShareRows, TimeBars
from core.reports.drawing import Bar, Dot, Stroke, drawing
from core.reports.facts import AlertEpisode, ReportFacts
from core.reports.group_accuracy import group_accuracies
from core.store import AnswerCounts, CountedStep, DetailedStep

UNTIL = datetime(2026, 3, 31, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=30)
DAY = 86_400
HOSTILE = '<script src="https://evil.example/x.js"></script><img src=x onerror=alert(1)>&"\''


def counted(day: int, system: str, version: str, n: int, failed: int = 0) -> CountedStep:
    counts = AnswerCounts(n=n, failed=failed, not_sure=1, latency={"0": n - failed})
    return CountedStep(int(SINCE.timestamp()) + day * DAY, system, version, "api", counts)


def judged(system: str, groups: dict[str, tuple[int, int]], version: str = "1") -> DetailedStep:
    """Judged answers of a day, by district: (judged, right)."""
    n, correct = (sum(numbers[index] for numbers in groups.values()) for index in (0, 1))
    by_group = {name: [*numbers, 0.0] for name, numbers in groups.items()}
    details = {"n": n, "correct": correct, "groups": {"district": by_group, "truth": {"a": [n, 0, 0.0]}}}
    return DetailedStep(int(SINCE.timestamp()), system, version, "api", details)


def answered(system: str, version: str, values: dict[str, int], score: float) -> DetailedStep:
    n = sum(values.values())
    details = {"values": values, "errors": {"invalid_input": 2}, "scores": [n, n * score, n * score * (1 - score)]}
    return DetailedStep(int(SINCE.timestamp()), system, version, "api", {**details, "groups": {}})


def facts(**changes: object) -> ReportFacts:
    """Crime with one bad district, a feature that moved, an alert that was looked after; waste that nobody judged."""
    moved = FeatureDrift(
        "hour", 300, 900, DriftVerdict.DRIFTS, True, effect=0.4, by_chance=0.05, p_value=0.001, shift=0.4,
        shift_interval=(0.3, 0.5),
    )  # fmt: skip
    episode = AlertEpisode(
        "Accuracy fell", "critical", "crime", "version 2", "12 points", SINCE + timedelta(days=3), None, "Ada", "Looks"
    )
    base = ReportFacts(
        since=SINCE,
        until=UNTIL,
        system=None,
        width=timedelta(days=1),
        steps=[counted(0, "crime", "1", 100), counted(9, "crime", "2", 300, 4), counted(2, "waste", "1", 50)],
        answers=[
            answered("crime", "1", {"THEFT": 60, "ASSAULT": 40}, 0.8),
            answered("waste", "1", {"plastic": 50}, 0.9),
        ],
        judged=[judged("crime", {"BAYVIEW": (40, 16), "MISSION": (160, 144), "CENTRAL": (5, 0)})],
        judged_before=[judged("crime", {"MISSION": (100, 90)})],
        drift={"crime": {"2": [moved]}, "waste": {}},
        episodes=[episode],
        mutes=[
            {
                "id": "m", "created_at": SINCE, "rule": "drift", "labels_key": "", "until": UNTIL, "actor": "Sam",
                "note": "Known.",
            }
        ],
        titles={"drift": "The inputs drifted"},
        not_measured=["The disk fills up"],
        is_invented=False,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def said(content: ReportContent) -> dict[str, str]:
    """{heading: its sentences and cells}, with ordinary spaces."""
    return {
        section.heading: re.sub(
            r"\s+", " ", " | ".join([*section.sentences, *(c for t in section.tables for row in t.rows for c in row)])
        )
        for section in content.sections
    }


def test_the_report_says_what_was_answered_how_often_right_and_what_was_done() -> None:
    text = said(report_content(facts(), {"crime": "Crime", "waste": "Images"}))
    assert "1 alert fires at the end of the period: Accuracy fell (Crime, version 2)." in text["In short"]
    # 160 of 205 are 78 %; 90 of 100 the month before
    assert "Crime: 400 requests, 1.0 % failed. Of the judged answers 78 % (n = 205, 72 to 83 %)" in text["In short"]
    assert "in the 30 days before 90 % (n = 100, 83 to 94 %)" in text["In short"]
    assert "Images: 50 requests, 0.0 % failed. Nobody judged an answer" in text["In short"]
    assert "Crime answered most often: THEFT (60 %) and ASSAULT (40 %)." in text["What was answered"]
    assert "80 % (71 to 87 %)" in text["How often answers were right"]  # Wilson of 80 of 100
    assert "the scores are taken at their word" in text["How often answers were right"]
    assert "Crime 2: hour: higher by 0.4 SD." in text["What moved"]
    assert "1 alert fired in this period; 1 still does." in text["Alerts"]
    assert "Ada: Looks" in text["Alerts"]
    assert "Sam muted “The inputs drifted” until 2026-03-31 00:00: Known." in text["Alerts"]
    assert "4 of 450 requests got no answer." in text["Failures"]
    assert "Crime 2 began to answer on 2026-03-10." in text["Versions that began"]
    assert "How often Images is right: 0 of its answers were judged." in text["What is not known"]
    assert "The disk fills up" in text["What is not known"]


def test_a_group_is_worse_only_where_that_is_no_chance_and_enough_were_judged() -> None:
    groups = {group.group: group for group in group_accuracies(facts().judged)}
    assert set(groups) == {"BAYVIEW", "MISSION"}  # CENTRAL has 5, and truths are no places
    assert groups["BAYVIEW"].is_worse
    assert not groups["MISSION"].is_worse
    assert groups["BAYVIEW"].elsewhere == Share(144, 165)
    alike = group_accuracies([judged("crime", {"BAYVIEW": (40, 34), "MISSION": (160, 144)})])
    assert not any(group.is_worse for group in alike)


def test_a_report_on_nothing_says_so_in_every_section() -> None:
    empty = facts(steps=[], answers=[], judged=[], judged_before=[], drift={}, episodes=[], mutes=[], not_measured=[])
    content = report_content(empty, {})
    assert all(section.sentences for section in content.sections)
    assert "Nothing was asked in this period." in said(content)["What was answered"]
    assert pdf(content).startswith(b"%PDF")


class Attributes(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "onerror", "srcset")]


def hostile() -> ReportContent:
    table = ReportTable((HOSTILE, "n"), ((HOSTILE, "1"), ("x" * 900, "2")), frozenset((1,)))
    bars = TimeBars(HOSTILE, "day", (SINCE, UNTIL), (0, 4))
    rows = ShareRows("Groups", (ShareLine(HOSTILE, 0.5, 0.2, 0.8, 10, True),))
    section = ReportSection(HOSTILE, (HOSTILE, "東京 مدرسة"), (table,), (bars, rows))
    return ReportContent(HOSTILE, HOSTILE, True, (section,))


def test_the_page_asks_no_other_host_and_escapes_names() -> None:
    page = html(hostile())
    read = Attributes()
    read.feed(page)
    assert not {"script", "img", "link", "iframe"} & read.tags
    assert read.addresses == []
    assert "default-src 'none'" in page
    assert "url(" not in page
    assert "@import" not in page
    assert page.count("&lt;script") >= 5  # it is shown, not lost


def test_an_invented_report_says_so_at_its_head_on_page_and_paper() -> None:
    content = report_content(facts(is_invented=True), {})
    assert INVENTED in html(content)
    document = pypdfium2.PdfDocument(pdf(content))
    text = document[0].get_textpage().get_text_range()
    assert "Invented: nothing in this report happened" in text.replace("\r\n", " ")
    assert INVENTED not in html(report_content(facts(), {}))


def test_the_paper_opens_and_holds_every_section() -> None:
    content = report_content(facts(), {})
    document = pypdfium2.PdfDocument(pdf(content))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    assert all(section.heading in text for section in content.sections)
    assert len(document) <= 4
    for page in document:  # what is read stands on white: colours are for marks alone
        assert (np.asarray(page.render().to_numpy()).min(axis=2) > 200).mean() > 0.75
    assert pypdfium2.PdfDocument(pdf(hostile()))  # long words and other scripts set too


def test_the_highest_bar_fills_the_chart_and_a_share_lies_between_its_ends() -> None:
    bars = [
        shape
        for shape in drawing(TimeBars("", "day", (SINCE, SINCE, UNTIL), (0, 2, 4))).shapes
        if isinstance(shape, Bar)
    ]
    assert [bar.height for bar in bars] == [48.0, 96.0]  # a day without any has no bar
    shapes = drawing(ShareRows("", (ShareLine("a", 0.5, 0.25, 1.0, 4),))).shapes
    (dot,) = [shape for shape in shapes if isinstance(shape, Dot)]
    (interval,) = [shape for shape in shapes if isinstance(shape, Stroke) and shape.ink == "data"]
    assert (interval.x1, dot.x, interval.x2) == (315.0, 380.0, 510.0)


@pytest.mark.parametrize("name", ["report.docx", "report", "pdf"])
def test_another_form_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        renderer(name)


@pytest.mark.parametrize("text", ["", "0d", "30", "-1d", "500d", "d"])
def test_a_period_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        length_of(text)
    assert length_of("12h") == timedelta(hours=12)


def test_the_command_writes_a_report_on_an_empty_log(tmp_path) -> None:
    path = tmp_path / "report.html"
    ended = CliRunner().invoke(cli, ["monitor", "report", "--period", "7d", "-o", str(path)])
    assert ended.exit_code == 0, ended.output
    assert "Nothing was asked in this period." in path.read_text(encoding="utf-8")
