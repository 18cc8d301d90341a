"""What a person made on the Crime page lasts and is counted: feedback, reload, another tab, another page, a restart."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.pages.crime.crime_browser import (
    PLACES,
    choose,
    choose_rows,
    download,
    heading,
    outcome,
    outcomes,
    rows_of,
    settle,
)

pytestmark = pytest.mark.e2e


def test_feedback_in_bulk_is_stored_and_found_on_monitoring(server, answered, tmp_path):
    rows = rows_of(download(answered, "Download CSV"))
    choose_rows(answered, 0, 1)
    answered.get_by_role("button", name=re.compile("All 2.chosen rows right")).click()
    expect(answered.get_by_text(re.compile("Recorded 2.labels: 2 right, 0 wrong"))).to_be_visible()
    assert all(outcome(server, row["prediction_id"])["correct"] for row in rows[:2])

    choose(answered, "Or they are really", "ARSON")
    answered.get_by_role("button", name=re.compile("Record for 2.chosen rows")).click()
    expect(answered.get_by_text(re.compile("Recorded 2.labels: 0 right, 2 wrong"))).to_be_visible()
    assert outcome(server, rows[0]["prediction_id"])["label"] == "ARSON"

    answered.get_by_role("button", name="Choose none").click()
    settle(answered)
    answered.get_by_text("Give the true categories of many records").click()
    lines = [f"{row['prediction_id']},{row['category_of_reported_incident']}" for row in rows[2:20]]
    give_truths = tmp_path / "truths.csv"
    give_truths.write_text("\n".join(["prediction_id,label", *lines, "no-such-id,ARSON"]))
    answered.locator("input[type=file]").last.set_input_files(give_truths)
    answered.get_by_role("button", name=re.compile("Record the file's 19.labels")).click()
    expect(answered.get_by_text(re.compile("Recorded 18.labels: 18 right"))).to_be_visible()
    settle(answered)
    (refused,) = rows_of(download(answered, "Download what was refused"))
    assert refused["prediction_id"] == "no-such-id"

    answered.get_by_role("link", name="Monitoring").click()
    answered.get_by_role("radio", name="Log", exact=True).click()
    answered.get_by_role("combobox", name="System").click()  # a page that refreshes itself need not settle
    answered.get_by_role("option", name="Crime").click()
    expect(answered.get_by_text(re.compile(r"n = 20, ")).first).to_be_visible()
    answered.get_by_text(re.compile(r"records? up to")).wait_for()
    logged = [row for row in rows_of(download(answered, "Download CSV")) if row["label"]]
    assert len(logged) == 20
    assert sum(row["correct"] == "True" for row in logged) == 18


def test_feedback_goes_to_the_ticked_rows_whatever_the_filters(server, answered):
    rows = rows_of(download(answered, "Download CSV"))
    choose_rows(answered, 0, 1)
    other = next(name for name in PLACES if name != rows[0]["district"])
    choose(answered, "District", other)
    expect(answered.get_by_text(re.compile("records fit the filters"))).to_be_visible()
    answered.keyboard.press("Escape")  # an open list hides the rest from whoever asks by role
    settle(answered)
    answered.get_by_role("button", name=re.compile("All 2.chosen rows right")).click()
    expect(answered.get_by_text(re.compile("Recorded 2.labels"))).to_be_visible()
    judged = {row["prediction_id"] for row in rows if outcomes(server, row["prediction_id"])}
    assert judged == {row["prediction_id"] for row in rows[:2]}


def test_a_table_outlives_a_reload_another_tab_another_page_and_a_restart(server, answered):
    address = answered.url
    assert "work=" in address
    answered.reload()
    heading(answered, "59.records answered")
    tab = answered.context.new_page()
    tab.goto(address)
    heading(tab, "59.records answered")
    answered.get_by_role("link", name="Home").first.click()
    answered.get_by_role("heading", name="Home").wait_for()
    answered.get_by_role("link", name="Crime", exact=True).click()
    answered.locator(".st-key-recent-work").get_by_role("link", name=re.compile("town.csv")).first.click()
    heading(answered, "59.records answered")
    server.stop()
    server.start()
    tab.goto(address)
    heading(tab, "59.records answered")
    tab.close()
