"""The pages in a real browser: photos give cards, feedback is stored, Monitoring shows it, nothing leaves."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.request
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support import bad_photos

pytestmark = pytest.mark.e2e

EVERY_PAGE = ("/", "/images", "/monitoring")
PASSWORD = "a password for tests"


@pytest.fixture
def images(server, browser_page):
    """The Images page, ready for photos."""
    browser_page.goto(f"{server.url}/images")
    browser_page.get_by_role("button", name="Try an example").wait_for()
    return browser_page


@pytest.fixture
def drop(tmp_path):
    """`drop(page, {name: bytes})`: put files on the page, as if dropped."""

    def give(page, files: dict[str, bytes]) -> None:
        paths = []
        for name, data in files.items():
            paths.append(tmp_path / name)
            paths[-1].write_bytes(data)
        page.locator("input[type=file]").set_input_files(paths)

    return give


def cards(page):
    """The cards on the screen."""
    return page.locator("[class*=st-key-card-]")


def card_of(page, name: str):
    """The card of one photo."""
    return cards(page).filter(has_text=name)


def wait_for_summary(page, text: str) -> None:
    page.get_by_role("heading", name=re.compile(text)).wait_for(timeout=120_000)


def logged(server, prediction_id: str) -> dict:
    """The row of a prediction, through the API."""
    with urllib.request.urlopen(f"{server.url}/predictions/{prediction_id}", timeout=10) as answer:
        return json.load(answer)


def id_of(card) -> str:
    """The prediction's id, which the card carries in its class."""
    return re.search(r"st-key-card-([0-9a-f-]{36})", card.first.get_attribute("class"))[1]


def download(page, label: str) -> list[dict[str, str]]:
    """The CSV behind a button, as rows."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).first.click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_photos_give_cards_and_a_broken_file_among_them_says_why(images, drop):
    drop(
        images,
        {"one.jpg": bad_photos.jpeg(1), "letter.jpg": b"Dear photo, I am a letter.", "two.jpg": bad_photos.jpeg(2)},
    )
    wait_for_summary(images, "2.photos answered.*1 without an answer")
    expect(cards(images)).to_have_count(3)
    broken = card_of(images, "letter.jpg")
    expect(broken).to_contain_text("No answer")
    expect(broken).to_contain_text("Received a file of another kind")
    for name in ("one.jpg", "two.jpg"):
        card = card_of(images, name)
        expect(card).to_contain_text(re.compile("sure|likely"))
        card.get_by_role("img", name=re.compile(name)).wait_for()
    rows = download(images, "Download CSV")
    assert [(row["photo"], bool(row["answer"])) for row in rows] == [
        ("one.jpg", True),
        ("letter.jpg", False),
        ("two.jpg", True),
    ]


def test_feedback_is_stored_and_the_photo_is_kept_only_with_consent(server, images, drop):
    photo = bad_photos.jpeg(3)
    drop(images, {"right.jpg": bad_photos.jpeg(4), "wrong.jpg": photo})
    wait_for_summary(images, "2.photos answered")

    right = card_of(images, "right.jpg")
    right.get_by_role("button", name="Right", exact=True).click()
    right.get_by_text("Photo not kept").wait_for()
    row = logged(server, id_of(right))
    assert [(truth["label"], truth["correct"], truth["kept_input"]) for truth in row["outcomes"]] == [
        (row["value"], True, None)
    ]

    wrong = card_of(images, "wrong.jpg")
    guess = logged(server, id_of(wrong))["value"]
    truth = "glass" if guess != "glass" else "metal"
    wrong.get_by_role("button", name="Wrong", exact=True).click()
    images.get_by_role("combobox", name="What is it really").click()
    images.get_by_role("option", name=truth).click()
    consent = images.get_by_role("checkbox", name=re.compile("Keep this photo"))
    assert not consent.is_checked()
    images.get_by_text("Keep this photo, so that").click()
    images.get_by_role("button", name="Send").click()
    wrong.get_by_text(f"wrong, it is {truth}").wait_for()
    expect(wrong).to_contain_text("Photo kept")
    (outcome,) = logged(server, id_of(wrong))["outcomes"]
    assert (outcome["label"], outcome["correct"], outcome["consented"]) == (truth, False, True)
    assert (server.folder / "data" / outcome["kept_input"]).read_bytes() == photo


def test_the_desk_survives_a_visit_to_another_page(images, drop):
    drop(images, {"stays.jpg": bad_photos.jpeg(5)})
    wait_for_summary(images, "1.photo answered")
    images.get_by_role("link", name="Monitoring").click()
    images.get_by_role("heading", name="Log").wait_for()
    images.get_by_role("link", name="Images").click()
    wait_for_summary(images, "1.photo answered")
    card_of(images, "stays.jpg").get_by_role("img", name=re.compile("stays.jpg")).wait_for()


def test_a_zip_gives_its_photos_and_names_what_it_could_not_take(images, drop):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("beach/north/a.jpg", bad_photos.jpeg(6))
        archive.writestr("beach/notes.txt", "windy")
    drop(images, {"walk.zip": packed.getvalue()})
    wait_for_summary(images, "1.photo answered.*1 without an answer")
    expect(card_of(images, "beach/north/a.jpg")).to_be_visible()
    expect(images.get_by_text("walk.zip: beach/notes.txt")).to_be_visible()


def test_the_example_and_what_decided(images):
    images.get_by_role("button", name="Try an example").click()
    wait_for_summary(images, "1.photo answered")
    picture = cards(images).get_by_role("img", name=re.compile("not a photo"))
    before = picture.get_attribute("src")
    images.get_by_text("Show what decided").click()
    images.wait_for_function(
        "before => !document.querySelector('img[alt*=\"not a photo\"]').src.endsWith(before)", arg=before
    )


def test_a_long_batch_shows_its_progress_and_can_be_cancelled_and_resumed(images, drop):
    photo = bad_photos.jpeg(0, 1600, 1200)
    drop(images, {f"{place}.jpg": photo + str(place).encode() for place in range(150)})  # each another file
    images.get_by_role("button", name="Cancel", exact=True).click(timeout=120_000)
    stopped = images.get_by_text(re.compile("Stopped as asked.*not answered"))
    stopped.wait_for()
    images.get_by_role("button", name="Answer the rest").click()
    wait_for_summary(images, "150.photos answered")
    expect(cards(images)).to_have_count(12)  # the rest is on the next pages
    images.get_by_role("button", name="13").click()
    expect(cards(images)).to_have_count(6)


def test_monitoring_shows_new_rows_and_the_story_of_one(server, browser_page):
    page = browser_page
    page.goto(f"{server.url}/monitoring")
    page.get_by_role("heading", name="Log").wait_for()
    body = json.dumps({"image": "no photo"}).encode()
    request = urllib.request.Request(f"{server.url}/predict", body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    refused.value.close()
    page.get_by_role("button", name=re.compile("newer record")).click(timeout=40_000)  # the page found it by itself
    page.get_by_text("None since then").wait_for()
    page.locator("[data-testid=stDataFrame]").wait_for()
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + 52)  # the newest row's box
    story = page.locator(".st-key-story")
    story.wait_for()
    expect(story).to_contain_text("No answer")
    expect(story).to_contain_text("Received a file of another kind")
    rows = download(page, "Download CSV")
    assert rows[0]["status"] == "failed"
    assert rows[0]["source"] == "api"


def test_monitoring_draws_every_chart(server, browser_page):
    browser_page.goto(f"{server.url}/monitoring")
    browser_page.wait_for_function("document.querySelectorAll('.js-plotly-plot').length === 6")


@pytest.mark.parametrize("path", EVERY_PAGE)
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_asks_another_host_or_is_cut_off(server, browser_page, path, width):
    browser_page.set_viewport_size({"width": width, "height": 900})
    browser_page.goto(f"{server.url}{path}")
    browser_page.get_by_role("heading").first.wait_for()
    browser_page.wait_for_load_state("networkidle")
    assert not browser_page.locator("[data-testid=stException]").count()
    assert browser_page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_first_visit_to_a_page_by_its_address_gets_the_whole_app(start_server, browser_page):
    running = start_server()
    browser_page.goto(f"{running.url}/monitoring")
    browser_page.get_by_role("heading", name="Log").wait_for()
    expect(browser_page.get_by_role("link", name="Home")).to_be_visible()


def test_no_address_leads_past_the_login(start_server, browser_page):
    running = start_server(LOOKOUT_PAGES_PASSWORD=PASSWORD)
    for path in EVERY_PAGE:
        browser_page.goto(f"{running.url}{path}")
        browser_page.get_by_label("Password").first.wait_for()
        assert not browser_page.get_by_role("heading", name=re.compile("Images|Monitoring|Home")).count()
    browser_page.get_by_role("textbox", name="Password").fill(PASSWORD)
    browser_page.get_by_role("button", name="Log in").click()
    browser_page.get_by_role("link", name="Monitoring").click()
    browser_page.get_by_role("heading", name="Log").wait_for()
