"""The Waste page in a real browser: photos give answers that last, labels go to what was seen, nothing moves."""

from __future__ import annotations

import io
import json
import re
import time
import urllib.request
import zipfile
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.e2e.test_pages import download
from tests.support import bad_photos, settling

pytestmark = pytest.mark.e2e

SERIOUS = ("serious", "critical")
SHIFTS = """window.shifts = [];
new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (!entry.hadRecentInput) window.shifts.push(entry.value);
})).observe({type: "layout-shift", buffered: true});"""
MAX_SHIFT = 0.1
settle = partial(settling.settle, timeout=60_000)


@pytest.fixture
def images(server, browser_page):
    """The Waste page, ready for photos."""
    browser_page.add_init_script(SHIFTS)
    browser_page.goto(f"{server.url}/waste")
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


def view(page, name: str) -> None:
    """Choose a view of the photos."""
    page.get_by_role("radio", name=re.compile(name)).click()
    settle(page)


def logged(server, prediction_id: str) -> dict:
    """The row of a prediction, through the API."""
    with urllib.request.urlopen(f"{server.url}/predictions/{prediction_id}", timeout=10) as answer:
        return json.load(answer)


def labels_of(server, prediction_id: str) -> list[str]:
    return [outcome["label"] for outcome in logged(server, prediction_id)["outcomes"]]


def id_of(card) -> str:
    """The prediction's id, which the card carries in its class."""
    return re.search(r"st-key-card-([0-9a-f-]{36})", card.first.get_attribute("class"))[1]


def shift_of(page) -> float:
    """How far things moved by themselves since `stand_still`: the cumulative layout shift."""
    return page.evaluate("window.shifts.reduce((sum, value) => sum + value, 0)")


def stand_still(page) -> None:
    """Count from here on: before, the frame around every page takes its place."""
    page.get_by_role("heading", name="Waste").wait_for()
    page.get_by_role("link", name="Monitoring").first.wait_for(state="attached")
    page.evaluate("window.shifts.length = 0")


def test_photos_give_cards_and_a_broken_file_among_them_says_why(images, drop):
    stand_still(images)
    drop(
        images,
        {"one.jpg": bad_photos.jpeg(1), "letter.jpg": b"Dear photo, I am a letter.", "two.avif": bad_photos.avif()},
    )
    wait_for_summary(images, "2.photos answered.*1 without an answer")
    expect(cards(images)).to_have_count(2)
    for name in ("one.jpg", "two.avif"):
        card_of(images, name).get_by_role("img", name=re.compile(name)).wait_for()
    rows = download(images, "Download CSV")
    assert [(row["photo"], bool(row["answer"])) for row in rows] == [
        ("one.jpg", True),
        ("letter.jpg", False),
        ("two.avif", True),
    ]
    view(images, "Without an answer")
    expect(images.get_by_text("letter.jpg")).to_be_visible()
    expect(images.get_by_text(re.compile("Received a file of another kind"))).to_be_visible()
    assert shift_of(images) < MAX_SHIFT


def test_a_batch_lasts_through_reload_second_tab_other_page_and_restart(server, images, drop):
    drop(images, {f"{name}.jpg": bad_photos.jpeg(seed) for seed, name in enumerate("abc", start=20)})
    wait_for_summary(images, "3.photos answered")
    card = card_of(images, "b.jpg")
    identifier = id_of(card)
    card.get_by_role("button", name=re.compile("It is|it is")).click()
    card.get_by_text(re.compile("Recorded: it is")).wait_for()
    address = images.url
    assert "work=" in address
    images.reload()
    wait_for_summary(images, "3.photos answered")
    expect(card_of(images, "b.jpg").get_by_text(re.compile("Recorded: it is"))).to_be_visible()
    images.get_by_role("link", name="Monitoring").click()
    images.get_by_role("heading", name="Monitoring").wait_for()
    images.get_by_role("link", name="Waste").click()
    images.get_by_role("link", name=re.compile("a.jpg and 2 more")).click()
    wait_for_summary(images, "3.photos answered")
    assert images.url == address  # as another tab gets it, and a reload
    server.kill()
    server.start()
    tab = images.context.new_page()
    tab.goto(address)
    wait_for_summary(tab, "3.photos answered")
    assert id_of(card_of(tab, "b.jpg")) == identifier
    expect(card_of(tab, "b.jpg").get_by_text(re.compile("Recorded: it is"))).to_be_visible()
    card_of(tab, "c.jpg").get_by_role("img", name=re.compile("c.jpg")).wait_for()
    tab.get_by_role("button", name="Remove").click()
    undo = tab.get_by_role("button", name="Undo", exact=True)  # the other one takes back the label of b.jpg
    undo.click()
    expect(undo).to_have_count(0)  # until then the summary is what is left of the batch before it was removed
    wait_for_summary(tab, "3.photos answered")
    expect(card_of(tab, "b.jpg").get_by_text(re.compile("Recorded: it is"))).to_be_visible()
    where = tab.get_by_role("button", name="Remove").bounding_box()
    settle(tab)
    assert tab.get_by_role("button", name="Remove").bounding_box() == where  # no click falls beside it


def test_feedback_is_stored_and_the_photo_is_kept_only_with_consent(server, images, drop):
    photo = bad_photos.jpeg(3)
    drop(images, {"right.jpg": bad_photos.jpeg(4), "wrong.jpg": photo})
    wait_for_summary(images, "2.photos answered")

    right = card_of(images, "right.jpg")
    row = logged(server, id_of(right))
    right.get_by_role("button", name=re.compile(f"t is {row['value']}")).click()
    right.get_by_text("Photo not kept").wait_for()
    row = logged(server, id_of(right))
    assert [(truth["label"], truth["correct"], truth["kept_input"]) for truth in row["outcomes"]] == [
        (row["value"], True, None)
    ]

    wrong = card_of(images, "wrong.jpg")
    truth = "glass" if logged(server, id_of(wrong))["value"] != "glass" else "metal"
    other = wrong.get_by_role("button", name="Something else")
    other.focus()
    images.keyboard.press("Enter")
    field = wrong.get_by_role("combobox", name="What is it really")
    field.wait_for()
    expect(other).to_be_focused()
    images.keyboard.press("Tab")
    expect(field).to_be_focused()  # the field is the next stop
    field.fill(truth)
    images.keyboard.press("Enter")
    consent = wrong.get_by_role("checkbox", name=re.compile("Keep this photo"))
    assert not consent.is_checked()
    wrong.get_by_text("Keep this photo, so that").click()
    wrong.get_by_role("button", name=f"Record {truth}").click()
    wrong.get_by_text(f"Recorded: it is {truth}").wait_for()
    expect(wrong).to_contain_text("Photo kept")
    (outcome,) = logged(server, id_of(wrong))["outcomes"]
    assert (outcome["label"], outcome["correct"], outcome["consented"]) == (truth, False, True)
    assert (server.folder / "data" / outcome["kept_input"]).read_bytes() == photo


def test_many_are_labelled_by_keys_and_the_last_label_is_taken_back(server, images, drop):
    drop(images, {f"{name}.jpg": bad_photos.jpeg(seed) for seed, name in enumerate("xyz", start=30)})
    wait_for_summary(images, "3.photos answered")
    images.get_by_role("button", name="Label", exact=True).click()
    settle(images)
    identifiers = []
    for place, (key, label) in enumerate((("2", "glass"), ("n", "not waste"), ("5", "plastic")), start=1):
        images.get_by_text(re.compile(f", {place} of 3;")).wait_for()
        settle(images)
        identifiers.append(id_of(cards(images)))
        images.keyboard.press(key)
        images.get_by_text(re.compile(f"{place} looked at")).wait_for()
        assert labels_of(server, identifiers[-1]) == [label]
    settle(images)
    images.keyboard.press("u")
    images.get_by_text(re.compile("2 looked at")).wait_for()
    settle(images)
    assert labels_of(server, identifiers[2]) == []
    images.keyboard.press("ArrowLeft")
    images.get_by_text(re.compile(", 2 of 3;")).wait_for()
    assert labels_of(server, identifiers[1]) == ["not waste"]


def test_a_zip_gives_its_photos_and_names_what_it_could_not_take(images, drop):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("beach/north/a.jpg", bad_photos.jpeg(6))
        archive.writestr("beach/south/b.jpg", bad_photos.jpeg(7))
        archive.writestr("beach/notes.txt", "windy")
    drop(images, {"walk.zip": packed.getvalue()})
    wait_for_summary(images, "2.photos answered.*1 without an answer")
    expect(images.get_by_text("2 photos from walk.zip")).to_be_visible()
    expect(card_of(images, "beach/north/a.jpg")).to_be_visible()
    view(images, "Without an answer")
    expect(images.get_by_text("walk.zip: beach/notes.txt")).to_be_visible()


def test_a_file_that_the_browser_does_not_send_says_why_in_sight(images):
    letter = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    images.locator("input[type=file]").first.set_input_files(letter)
    reason = images.get_by_text("application/pdf files are not allowed")
    assert reason.bounding_box()["height"] > 10  # px: hidden from sight it is one


@pytest.mark.parametrize("width", [1440, 390])
def test_the_first_answer_takes_one_click_stands_above_the_fold_and_shows_what_decided(images, width):
    images.set_viewport_size({"width": width, "height": 900 if width > 400 else 844})
    started = time.monotonic()
    images.get_by_role("button", name="Try an example").click()
    wait_for_summary(images, "1.photo answered")
    answer = cards(images).get_by_role("heading").first
    expect(answer).to_be_in_viewport(ratio=1)
    print(f"Waste, {width} px: 1 click, {time.monotonic() - started:.1f} s to the first answer")
    assert shift_of(images) < MAX_SHIFT
    picture = cards(images).get_by_role("img", name=re.compile("not a photo"))
    before = picture.get_attribute("src")
    images.get_by_text("Show what decided").click()
    expect(picture).not_to_have_attribute("src", before)


def test_a_long_batch_shows_its_progress_and_can_be_cancelled_and_resumed(images, drop):
    photo = bad_photos.jpeg(0, 1600, 1200)
    drop(images, {f"{place}.jpg": photo + str(place).encode() for place in range(150)})  # each another file
    images.get_by_role("button", name="Cancel", exact=True).first.click(timeout=120_000)
    stopped = images.get_by_text(re.compile("Stopped as asked.*not answered"))
    stopped.wait_for()
    images.get_by_role("button", name="Answer the rest").click()
    wait_for_summary(images, "150.photos answered")
    expect(cards(images)).to_have_count(12)  # the rest is on the next pages
    images.get_by_role("button", name="13").click()
    expect(cards(images)).to_have_count(6)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_no_view_moves_by_itself_is_cut_off_or_shuts_anybody_out(server, images, browser, drop, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    files = {f"{seed}.jpg": bad_photos.jpeg(seed) for seed in range(40, 44)}
    drop(images, {**files, "letter.jpg": b"Dear photo, I am a letter."})
    wait_for_summary(images, "4.photos answered")
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.add_init_script(SHIFTS)
    page.goto(images.url)
    stand_still(page)
    wait_for_summary(page, "4.photos answered")
    problems = {}
    settle(page)
    moved = shift_of(page)
    expect(cards(page).get_by_role("heading").first).to_be_in_viewport(ratio=1)  # the first answer
    expect(cards(page).first.get_by_text(re.compile(r"sure|likely|Best guess")).first).to_be_in_viewport(ratio=1)
    for name in ("Cards", "Table", "Without an answer", "Label"):
        if name == "Label":
            page.get_by_role("button", name=name, exact=True).click()
        else:
            view(page, name)
        page.mouse.move(0, 0)
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        for violation in Axe().run(page, context="[data-testid=stMain]").response["violations"]:
            if violation["impact"] in SERIOUS:
                problems[f"{name}: {violation['id']}"] = [node["html"][:200] for node in violation["nodes"]]
    page.close()
    print(f"Waste, {width} px: layout shift {moved:.3f}")
    assert not problems, json.dumps(problems, indent=1)
    assert moved < MAX_SHIFT
