"""The page of photos: an address for each batch, the first answer, labels by keys, Remove with Undo."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

from streamlit.testing.v1 import AppTest

from core import inference, jobs, work
from core.settings import CHECKOUT
from core.store import store
from pages.parts.photos import batch as batches
from tests.pages.photos.conftest import filled, finish, given

SECONDS = 60


def visit(address: str | None = None) -> AppTest:
    """A new visit, as another tab makes it or a reload."""
    at = AppTest.from_file(str(CHECKOUT / "pages/waste.py"), default_timeout=SECONDS)
    if address:
        at.query_params["work"] = address
    return drawn(at.run())


def drawn(at: AppTest) -> AppTest:
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    read = [*at.title, *at.header, *at.subheader, *at.markdown, *at.caption, *at.error, *at.info]
    return " ".join(element.value for element in read).replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return drawn(at.run())


def view(at: AppTest, batch: str, name: str) -> AppTest:
    at.button_group(key=f"view-{batch}").set_value(name)
    return drawn(at.run())


def outcomes(batch) -> list[str | None]:
    """The labels that the log holds, in the order of the photos."""
    rows = [store().prediction(item.prediction.id)["outcomes"] for item in batch.items()]
    return [row[-1]["label"] if row else None for row in rows]


def test_without_an_address_there_is_the_intake_and_below_it_recent_work(fake):
    filled("sure")
    at = visit()
    assert "Try an example" in [button.label for button in at.button]
    assert "Recent work" in words(at)
    assert "sure.jpg" in words(at)


def test_the_example_takes_one_click_and_gets_an_address(fake):
    at = press(visit(), "Try an example")
    address = at.query_params["work"]
    finish(address if isinstance(address, str) else address[0])
    at = drawn(at.run())
    assert "drawn example, not a photo.jpg" in words(at)
    assert "Try an example" not in [button.label for button in at.button]  # the intake is one line now
    assert "Try an example" in [button.label for button in press(at, "Change photos").button]


def test_a_reload_or_another_tab_shows_the_same(fake):
    batch = filled("sure", "doubt", "broken")
    for _ in range(2):
        shown = words(visit(batch.id))
        assert "2 photos answered: 1 plastic, 1 not sure. 1 without an answer." in shown
        assert "### Plastic" in shown
        assert "### Not sure" in shown


def test_an_address_that_leads_nowhere_says_so_and_the_intake_is_there(fake):
    at = visit("no-such-work")
    assert "Expected work that is still kept" in words(at)
    assert "Try an example" in [button.label for button in at.button]


def test_a_not_sure_answer_is_never_confirmed_by_a_button_that_does_not_name_it(fake):
    batch = filled("doubt")
    at = visit(batch.id)
    labels = [button.label for button in at.button]
    assert "Right" not in labels
    assert {"It is glass", "Not waste", "Cannot tell", "Something else"} <= set(labels)
    press(at, "Cannot tell")
    assert outcomes(batch) == [None]
    assert "nothing recorded" in words(visit(batch.id))


def test_a_label_from_a_card_is_found_again_in_another_tab(fake):
    batch = filled("doubt")
    press(visit(batch.id), "Not waste")
    assert outcomes(batch) == ["not waste"]
    assert "Recorded: **it is not waste**" in words(visit(batch.id))


def test_files_without_an_answer_are_one_list(fake):
    batch = filled("sure", "broken", "broken-too")
    at = view(visit(batch.id), batch.id, "Without an answer")
    assert "broken.jpg" in words(at)
    assert "broken-too.jpg" in words(at)
    assert "Expected a photo. Received something else." in words(at)


def test_removed_photos_come_back_with_undo(fake):
    batch = filled("sure", "likely")
    at = press(visit(batch.id), "Remove")
    at = visit(batch.id)
    assert "Removed: **2 photos: sure.jpg and 1 more**" in words(at)
    at = press(at, "Undo")
    assert "2 photos answered" in words(at)
    assert work.find(batch.id).removed_at is None


def test_undo_after_remove_brings_the_photos_back_and_leaves_the_label(fake):
    batch = filled("sure", "likely")
    behind = press(press(visit(batch.id), "Label"), "glass")
    press(visit(batch.id), "Remove")
    undo = next(button for button in behind.button if button.label.startswith("Undo"))  # still on the screen
    assert "2 photos" in words(press(behind, undo.label))
    assert work.find(batch.id).removed_at is None
    assert outcomes(batch) == ["glass", None]


def test_labels_by_keys_go_to_the_photo_that_was_seen(fake):
    batch = filled("sure", "likely", "doubt")
    at = press(visit(batch.id), "Label")
    keys = {button.label: button.proto.shortcut for button in at.button if button.proto.shortcut}
    assert keys["cardboard"] == "1"
    assert keys["trash"] == "6"
    assert keys["not waste"] == "n"
    assert (keys["Previous"], keys["Next"]) == ("left", "right")
    seen = next(button for button in at.button if button.label == "glass")
    at = press(at, "glass")
    assert outcomes(batch) == ["glass", None, None]
    assert seen.key not in [button.key for button in at.button]  # pressed once more, it reaches nothing
    assert "likely.jpg, 2 of 3; 1 looked at, 2 to go" in words(at)
    at = press(at, "metal")
    assert outcomes(batch) == ["glass", "metal", None]
    undo = next(button for button in at.button if button.label.startswith("Undo"))
    assert undo.proto.shortcut == "u"
    assert "metal, likely" in undo.label.replace("\\", "")
    at = press(at, undo.label)
    assert outcomes(batch) == ["glass", None, None]
    assert "likely.jpg, 2 of 3" in words(at)


def test_many_get_one_label_after_a_preview(fake):
    batch = filled("sure", "likely", "doubt")
    at = press(visit(batch.id), "Choose all 3\N{NO-BREAK SPACE}photos")
    assert "3 photos chosen" in words(at)
    record = next(button for button in at.button if button.label.startswith("Record"))
    assert record.disabled
    at.selectbox(key=f"bulk-label-{batch.id}").select("glass")
    at = press(drawn(at.run()), "Record: all 3 are glass")
    assert outcomes(batch) == ["glass", "glass", "glass"]
    assert "photos chosen" not in words(at)
    press(at, "Undo: glass, 3 photos")
    assert outcomes(batch) == [None, None, None]


def test_a_filter_is_cleared_with_one_button_and_hidden_photos_get_no_label(fake):
    batch = filled("sure", "likely", "doubt")
    at = press(visit(batch.id), "Choose all 3\N{NO-BREAK SPACE}photos")
    at.button_group(key=f"plastic-{batch.id}").set_value("plastic")
    at = drawn(at.run())
    assert "1 photo chosen" in words(at)
    at.selectbox(key=f"bulk-label-{batch.id}").select("metal")
    press(drawn(at.run()), "Record: it is metal")
    assert outcomes(batch) == ["metal", None, None]
    before = at.button_group(key=f"plastic-{batch.id}").proto.id
    at = press(at, "Clear filters")
    assert "Clear filters" not in [button.label for button in at.button]
    assert before not in [group.proto.id for group in at.button_group]  # what a browser still says of it is void
    assert [box.label.replace("\\", "") for box in at.checkbox][2] == "doubt.jpg"


def test_a_batch_whose_process_is_gone_goes_on_where_it_was(fake, monkeypatch):
    batch = filled("sure", "likely", "doubt")
    answers = work.find(batch.id).folder / "answers.jsonl"
    answers.write_bytes(answers.read_bytes().splitlines(keepends=True)[0])
    before = batch.items()[0].prediction.id
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    worker = f"{socket.gethostname()}/{int(gone.stdout)}/another"
    store().work.change(batch.id, {"state": "working", "worker": worker, "done": 1})
    monkeypatch.setattr(jobs, "_jobs", {})  # as in a process that has just started
    batches._opened.cache_clear()
    at = visit(batch.id)
    assert "Interrupted: Lookout was restarted. 2 photos not answered; what was answered before is kept." in words(at)
    assert "1 photo answered" in words(at)
    press(at, "Go on")
    finish(batch.id)
    items = batches.opened(work.find(batch.id)).items()
    assert [item.name for item in items] == ["sure.jpg", "likely.jpg", "doubt.jpg"]
    assert items[0].prediction.id == before
    assert work.find(batch.id).state == "done"


def test_a_batch_at_work_shows_how_far_it_is_and_can_be_cancelled(fake, monkeypatch):
    go_on = threading.Event()
    answered = inference.stream

    def wait_after_one(system, instances, **options):
        for place, prediction in enumerate(answered(system, instances, **options)):
            yield prediction
            if place == 0:
                go_on.wait(20)

    monkeypatch.setattr(inference, "stream", wait_after_one)
    identifier = given("sure", "likely", "doubt")
    while not work.job_of(identifier).results:
        pass
    at = visit(identifier)
    assert "1 photo answered" in words(at)
    assert at.get("progress")
    press(at, "Cancel")
    go_on.set()
    finish(identifier)
    at = visit(identifier)
    assert "Stopped as asked. 2 photos not answered" in words(at)
    press(at, "Answer the rest")
    finish(identifier)
    assert "3 photos answered" in words(visit(identifier))
