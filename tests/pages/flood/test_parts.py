"""Words, charts and small decisions of the Flood page, on figures worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.hydraulics import domain
from core.hydraulics.local_inertial import solver
from core.inference import SystemCard
from core.maps.flood.clock import Clock
from core.maps.flood.point_series import PointSeries
from core.progress import Progress, Stage
from pages.parts.flood import ensemble, forecasts, place_view, solver_check, water_charts
from pages.parts.flood import words as flood_words
from pages.parts.flood.intake import box_form, inflow_form, options_form
from tests.support import floods

SUMMARY = {
    "flooded_m2": 250_000.0,
    "area_m2": 1_000_000.0,
    "largest_depth_m": 1.3,
    "first_arrival_s": 5400.0,
}


def said(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def card(**metadata) -> SystemCard:
    return SystemCard("flood", "Flood", "Where?", (), "1.2.0", metadata)


def place(**change) -> PointSeries:
    given = {
        "latitude": 1.0, "longitude": 3.0, "row": 0, "col": 0, "ground": 40.0, "lead_times": (1800.0, 3600.0),
        "depths": (0.2, 0.7), "max_depth": 0.8, "low": None, "high": None, "arrival": 900.0, "max_speed": 1.0,
        "hazard": 1.5,
    }  # fmt: skip
    return PointSeries(**{**given, **change})


def test_the_headline_says_how_much_how_deep_and_how_soon():
    assert said(flood_words.headline(SUMMARY)) == (
        "25 ha flood, 25 % of the area: up to 1.30 m deep (chest-deep), the first after 1 h 30 min"
    )
    assert flood_words.headline({**SUMMARY, "flooded_m2": 0.0}) == "Nothing gets 5 cm deep."
    assert flood_words.headline({**SUMMARY, "first_arrival_s": 12.0}).endswith("the first at the start")


def test_the_headline_says_when_by_the_clock():
    clock = Clock(datetime(2026, 11, 28, 22, 0, tzinfo=UTC))
    assert said(flood_words.headline(SUMMARY, clock)).endswith("the first at 23:30 (1 h 30 min)")


def test_the_first_arrival_and_the_greatest_depth_have_their_intervals_where_the_version_knows_them():
    clock = Clock(datetime(2026, 11, 28, 22, 0, tzinfo=UTC))
    depth = {**SUMMARY, "largest_depth_low_m": 1.04, "largest_depth_high_m": 1.62}
    known = {**depth, "first_arrival_low_s": 5000.0, "first_arrival_high_s": 6000.0}
    assert said(flood_words.how_sure(known, clock)) == (
        "In four cases of five the first water comes between 23:23 and 23:40, "
        "and the deepest place gets 1.04 to 1.62 m."
    )
    assert said(flood_words.how_sure(depth)) == "In four cases of five the deepest place gets 1.04 to 1.62 m."
    assert flood_words.how_sure(SUMMARY) == ""  # of a forecast that an earlier version wrote
    assert flood_words.how_sure({**known, "flooded_m2": 0.0}) == ""


def test_each_place_stands_beside_the_headline_with_when_how_deep_and_its_chance():
    clock = Clock(datetime(2026, 11, 28, 22, 0, tzinfo=UTC))
    interval = {"arrival_low_s": 600.0, "arrival_high_s": 7500.0}
    wet = [
        {"name": "*School*", "state": "flooded", "arrival_s": 1740.0, "depth_m": 0.7, "flood_chance": 0.97, **interval},
        {"name": "Mill", "state": "flooded", "arrival_s": 7260.0, "depth_m": 0.1},  # an earlier version wrote it
    ]
    dry = {"name": "Hill", "state": "dry", "arrival_s": None, "depth_m": 0.0, "flood_chance": 0.004}
    outside = {"name": "Far", "state": "outside", "arrival_s": None, "depth_m": None}
    told = [said(line).replace("\\", "") for line in flood_words.places_lines([*wet, dry, outside], clock)]
    assert told == [
        flood_words.PLACES_HEAD,
        "1 ***School*** at 22:29 (22:10 to 29 Nov 00:05), 0.70 m, chance 97 %",
        "2 **Mill** at 29 Nov 00:01 (2 h 1 min), 0.10 m",
        "Dry: Hill (< 1 % chance of water).",
        "Not on this terrain, so not known: Far.",
    ]
    assert said(flood_words.places_lines(wet * 4)[5]) == "And 4 places more, see below."
    assert said(flood_words.places_lines(wet)[1]).endswith("after 29 min (10 min to 2 h 5 min), 0.70 m, chance 97 %")
    assert flood_words.places_lines([]) == []


@pytest.mark.parametrize(("square_metres", "words"), [(12_000, "1.2 ha"), (1.76e6, "176 ha"), (1.234e7, "12.3 km²")])
def test_areas_come_in_the_unit_that_fits(square_metres, words):
    assert said(flood_words.area_text(square_metres)) == words


def test_the_version_says_when_and_on_what_it_was_checked():
    metrics = {"accurate": {"events": 24, "csi_005": {"mean": 0.66, "low": 0.61, "high": 0.7}}}
    assert said(flood_words.version_text(card(created_at="2026-11-21T10:00:00+00:00", metrics=metrics))) == (
        "Version 1.2.0, trained on 2026-11-21. Checked against the solver on terrain never seen; of what "
        "either floods, both agree on (CSI at 0.05 m): accurate 66 % (24 floods, 61 to 70 %)."
    )
    assert said(flood_words.version_text(card())) == "Version 1.2.0."
    assert said(flood_words.version_text(card(metrics={"accurate": "unknown"}))) == "Version 1.2.0."
    assert "1.1.0" in flood_words.version_text(card(metrics=metrics), "1.1.0")


def test_a_depth_that_only_rounds_to_wet_is_not_called_so():
    assert [said(flood_words.depth_text(one)) for one in (0.049, 0.05, 0.04, 1.234, None)] == [
        "< 0.05 m", "0.05 m", "0.04 m", "1.23 m", "–",
    ]  # fmt: skip


def test_progress_is_told_in_the_floods_time():
    heard = []
    ground = domain.Domain(floods.valley(), 10.0, 10.0)
    solver.solve(ground, 5400.0, domain.hydrograph([(0, 1e-6), (600, 0)]), progress=heard.append)
    told = [said(flood_words.progress_text(one)) for one in heard]
    assert told[-1] == "The flood has been followed for 1 h 30 min of 1 h 30 min"
    assert flood_words.progress_text(Progress(0.9, Stage.WRITING)) == "Writing the maps"
    assert flood_words.progress_text(None) == "Waiting for its turn"


def test_a_request_is_told_in_words():
    asked = {
        "rain": [[0, 60], [3600, 60]],
        "inflows": [{"longitude": 3.0, "latitude": 1.0, "series": [[0, 5], [600, 240]]}],
    }
    assert said(forecasts.request_title(asked, "sample")) == (
        "The sample valley (invented), 60 mm of rain within 1 h, 1 inflow of up to 240 m³/s"
    )
    assert forecasts.request_title({}, None) == "An event folder"


def test_a_place_over_time_begins_dry_and_shows_its_interval():
    figure = water_charts.depth_chart(place(low=0.6, high=1.1))
    assert list(figure.data[0].x) == [0.0, 0.5, 1.0]
    assert list(figure.data[0].y) == [0.0, 0.2, 0.7]
    shapes = [(one.type, one.y0, one.y1) for one in figure.layout.shapes]
    assert ("rect", 0.6, 1.1) in shapes
    assert "waist-deep" in figure.layout.title.text
    assert list(water_charts.depth_chart(place(lead_times=(0.0, 60.0))).data[0].y) == [0.2, 0.7]


def test_a_place_without_terrain_or_water_says_so():
    nowhere = place(depths=(None, None), max_depth=None, arrival=None)
    assert "no terrain" in str(water_charts.depth_chart(nowhere).layout.annotations[0].text)
    assert "Stays below" in water_charts.depth_chart(place(max_depth=0.02, arrival=None)).layout.title.text


def asset(name: str, state: str, arrival: float | None = None, depth: float | None = None) -> dict:
    return {"name": name, "longitude": 3.0, "latitude": 1.0, "state": state, "arrival_s": arrival, "depth_m": depth}


def test_of_many_rains_the_map_says_how_many_flood_each_place():
    marks = ensemble.place_marks(
        [
            [asset("School", "flooded", 2400, 0.2), asset("Far", "outside")],
            [asset("School", "dry", None, 0.0), asset("Far", "outside")],
        ],
        Clock(datetime(2026, 11, 28, 22, 0, tzinfo=UTC)),
    )
    assert [(mark["number"], mark["label"], mark["flooded"]) for mark in marks] == [
        ("1", "1 School, 1 of 2", True),
        ("", "Far", False),
    ]
    assert said(marks[0]["told"]).splitlines() == ["School", "50 %, 1 of 2 rains", "22:40"]


def test_of_many_rains_each_place_says_how_many_flood_it():
    found = ensemble.assets_frame(
        [
            [asset("School", "flooded", 2400, 0.2), asset("Mill", "flooded", 1800, 0.4), asset("Far", "outside")],
            [asset("School", "dry", None, 0.0), asset("Mill", "flooded", 1200, 0.9), asset("Far", "outside")],
            [asset("School", "dry", None, 0.0), asset("Mill", "flooded", 1500, 0.5), asset("Far", "outside")],
        ],
        Clock(datetime(2026, 11, 28, 22, 0, tzinfo=UTC)),
    ).map(said)
    assert found["number"].tolist() == ["1", "2", ""]
    assert found["name"].tolist() == ["Mill", "School", "Far"]  # in the order in which they get wet
    assert found["chance"].tolist() == ["100 %, 3 of 3", "33 %, 1 of 3", "–"]  # nothing is known of what lies outside
    assert found["arrival"].tolist() == ["22:25 (22:21 to 22:29)", "22:40", "–"]
    assert found["depth"].tolist() == ["0.50 (0.42 to 0.82)", "0.00 (0.00 to 0.16)", ""]
    assert ensemble.places_lines(found) == [
        "**Mill** from 22:25 (22:21 to 22:29), chance 100 %, 3 of 3 rains",
        "**School** from 22:40, chance 33 %, 1 of 3 rains",
        "Not on this terrain, so not known: Far.",
    ]
    assert ensemble.assets_frame([[], []]).empty
    assert ensemble.places_lines(ensemble.assets_frame([[], []])) == []


@pytest.mark.parametrize(
    ("share", "shown"),
    [(None, "–"), (0.0, "0.00"), (0.004, "< 0.01"), (0.86, "0.86"), (0.996, "> 0.99"), (1.0, "1.00")],
)
def test_an_agreement_never_rounds_to_all_or_nothing(share, shown):
    assert solver_check.csi_text(share) == shown


def test_a_chance_says_of_how_many_rains():
    assert said(ensemble.share_text(np.array([True, False, False]))) == "33 %, 1 of 3 rains"


def test_lead_times_end_with_the_flood():
    options = options_form.ForecastOptions("fast", 6.0, 12, 0.035, (), 1)
    assert options.lead_times[0] == 1800
    assert options.lead_times[-1] == 6 * 3600


def test_the_map_shows_more_than_its_box():
    assert box_form.widened((7.0, 1.0, 8.0, 2.0)) == (6.0, 0.0, 9.0, 3.0)
    west, south, east, north = box_form.widened((3.0, 1.0, 3.001, 1.001))
    assert east - west > 0.4
    assert north - south > 0.4


def test_inflows_of_a_request_have_no_name(monkeypatch):
    monkeypatch.setattr(
        inflow_form,
        "inflows",
        lambda: [{"name": "Inflow 1", "latitude": 1.0, "longitude": 3.0, "series": [[0.0, 5.0]]}],
    )
    assert inflow_form.requested() == [{"latitude": 1.0, "longitude": 3.0, "series": [[0.0, 5.0]]}]
    assert inflow_form.marks()[0][2].startswith("Inflow 1\n")


def test_no_event_is_followed_for_longer_than_the_field_holds():
    at = AppTest.from_function(_options, default_timeout=30)
    at.run()
    assert not at.exception, at.exception
    assert "no event is followed for longer" in " ".join(one.value for one in at.caption)
    at.toggle(key="flood-hours-said").set_value(True).run()
    assert not at.exception, at.exception
    assert at.number_input(key="flood-hours").value == 720


def _options() -> None:
    from pages.parts.flood.intake import options_form

    options_form.draw(962 * 3600.0)


def test_a_named_place_is_looked_at_where_it_is_deepest_and_any_other_where_it_was_chosen():
    school = {"name": "School", "latitude": 45.15, "longitude": 15.005}
    deepest = {"deepest_latitude": 45.1501, "deepest_longitude": 15.0051}
    assert place_view._at((45.15, 15.005000001), [{**school, **deepest}]) == ((45.1501, 15.0051), "At School")
    assert place_view._at((45.15, 15.005), [school]) == ((45.15, 15.005), "At School")  # an earlier version's
    assert place_view._at((45.15, 15.0051), [{**school, **deepest}]) == ((45.15, 15.0051), "At a place")
