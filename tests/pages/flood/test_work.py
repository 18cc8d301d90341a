"""Forecasts as work that lasts: found again by their address after a reload and a restart, and gone on with."""

from __future__ import annotations

from core import inference, work
from core.store import Query, store
from pages.parts.flood import forecast_job, forecasts
from tests.support import floods
from tests.support.flood_app import AREA, forecast, opened, param, press, unfold, wait, words

UNEVEN = [[0.0, 10.0], [300.0, 60.0], [700.0, 5.0], [1200.0, 0.0]]  # 6.875 mm; no design storm


def request(depth: float) -> dict[str, object]:
    return {
        "dem": {"area": AREA}, "rain": [[0.0, depth], [600.0, depth]], "duration_s": 900.0, "lead_times_s": [450, 900],
        "mode": "fast", "open_edges": ("south",), "starts_at": "2025-11-28T22:00:00+00:00",
    }  # fmt: skip


def logged(batch: str) -> int:
    return store().count(Query(system="flood", batch=batch))


def test_a_forecast_is_recent_work_whose_id_is_its_batch(page):
    forecast(page)
    (recent,) = work.recent("flood")
    assert recent.state == "done"
    assert recent.total == recent.done == 1
    assert "40 mm of rain within 1 h" in recent.title.replace("\N{NO-BREAK SPACE}", " ")
    row = store().prediction(param(page, "forecast"))
    assert row["batch"] == recent.id
    at = opened({"work": recent.id})
    assert param(at, "forecast") == row["id"]
    at = opened({"job": recent.id})  # the older name
    assert param(at, "forecast") == row["id"]


def test_a_forecast_that_a_restart_interrupted_goes_on(page):
    begun = forecast_job.begin([request(30.0)])  # no process works on it
    at = opened({"work": begun.id})
    assert "A restart of the server interrupted it." in words(at)
    wait(press(at, "Go on"))
    assert "Rain starts 22:00 on 28 Nov 2025" in words(at)
    assert store().prediction(param(at, "forecast"))["batch"] == begun.id


def test_of_many_rains_those_in_the_log_are_not_forecast_again(page):
    begun = forecast_job.begin([request(10.0), request(20.0), request(30.0)])
    (first,) = inference.predict("flood", [request(10.0)], batch=begun.id)
    at = opened({"work": begun.id})
    assert "1 of 3 rains are forecast" in words(at)
    wait(press(at, "Go on"))
    assert param(at, "ensemble") == begun.id
    assert logged(begun.id) == 3
    assert first.id in [member.id for member in forecasts.read_ensemble(begun.id)]
    assert "flood in 3 rains" in words(at)


def test_what_was_forecast_before_a_cancel_can_be_seen(page):
    begun = forecast_job.begin([request(10.0), request(20.0)])
    inference.predict("flood", [request(10.0)], batch=begun.id)
    store().work.change(begun.id, {"state": "cancelled"})
    at = opened({"work": begun.id})
    kinds = [type(block).__name__ for block in at.main.children.values()]
    stopped = next(index for index, block in at.main.children.items() if "Stopped as asked" in said_in(block))
    assert stopped < kinds.index("Expander")  # above the form, which is unfolded
    at = press(at, "Show what is forecast")
    assert "flood in 1 rain" in words(at)


def said_in(block) -> str:
    """All values of the information boxes in a block."""
    return " ".join(one.value for one in block.info) if hasattr(block, "children") else ""


def test_removed_work_can_be_restored(page):
    begun = forecast_job.begin([request(10.0)])
    work.remove(begun.id)
    at = opened({"work": begun.id})
    assert "Removed: **" in words(at)
    press(at, "Undo")
    assert work.find(begun.id).removed_at is None


def test_another_forecast_starts_from_what_is_on_the_map(page):
    river = floods.inflow(series=[[0.0, 2.0], [600.0, 4.0]])
    school = {
        "type": "Feature",
        "properties": {"name": "School"},
        "geometry": {"type": "Point", "coordinates": list(floods.degrees(12.5, 15.5))},
    }
    places = {"type": "FeatureCollection", "features": [school]}
    asked = {**request(33.0), "inflows": [river], "assets": places, "manning": 0.051}
    begun = forecast_job.begin([asked])
    forecast_job.run(begun, [asked])
    at = wait(opened({"work": begun.id}))
    first = param(at, "forecast")
    at = unfold(opened({"forecast": first}))
    assert at.selectbox(key="flood-area").value == AREA
    assert "Inflow 1" in words(at)
    assert "1 place will be looked at" in words(at)
    assert "2025-11-28 22:00" in [field.value for field in at.text_input]
    wait(press(at, "Forecast"))
    second = param(at, "forecast")
    assert second != first
    (kept,) = forecasts.kept_requests(store().prediction(second)["batch"])
    assert kept["rain"] == asked["rain"]
    assert kept["inflows"] == [river]
    assert kept["assets"] == places
    assert kept["lead_times_s"] == [225.0, 450.0, 675.0, 900.0]  # four maps are the fewest that the page makes
    for name in ("manning", "open_edges", "duration_s", "mode"):
        assert kept[name] == (list(asked[name]) if name == "open_edges" else asked[name]), name


def test_the_form_above_a_forecast_holds_the_rain_and_the_river_that_are_on_its_map(page):
    (shown,) = inference.predict("flood", [{**request(33.0), "rain": UNEVEN, "inflows": [floods.inflow()]}])
    at = unfold(opened({"forecast": shown.id}))
    assert "Inflow 1" in words(at)
    assert at.button_group(key="flood-rain-kind").value == "A table"
    assert "The rain of the forecast shown, 6.87 mm" in words(at)


def test_a_storm_stays_a_storm_in_another_forecast(page):
    page.number_input(key="flood-rain-depth").set_value(83.5).run()
    page.selectbox(key="flood-rain-shape").set_value("triangle").run()
    forecast(page)
    at = unfold(opened({"forecast": param(page, "forecast")}))
    assert at.number_input(key="flood-rain-depth").value == 83.5
    assert at.selectbox(key="flood-rain-shape").value == "triangle"


def test_what_was_changed_in_the_form_stays(page):
    forecast(page)
    at = unfold(opened({"forecast": param(page, "forecast")}))
    at.number_input(key="flood-rain-depth").set_value(12.0).run()
    at.run()
    assert at.number_input(key="flood-rain-depth").value == 12.0
