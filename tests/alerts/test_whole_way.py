"""The whole way of an alert: a version that is wrong in one district, four servers on one store, e-mail and webhook."""

from __future__ import annotations

import json
import time
import urllib.request

import pytest

from core import inference
from core.registry import Registry
from tests.support import toys
from tests.support.alerts.mail import Mailbox, receiving
from tests.support.alerts.webhooks import WebhookReceiver

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),  # what several servers need
]

BAD_DISTRICT = "BAYVIEW"
DISTRICTS = (BAD_DISTRICT, *(f"DISTRICT {number}" for number in range(1, 12)))
WORDS = {"cup": "short", "bottles": "long"}
PER_DISTRICT = 52  # answers: the rule wants at least 50
WORKERS = 4
RULE = "accuracy_fell_in_a_group"
SECONDS = 100  # on a machine that does other work
QUIET = 4  # seconds in which a second copy would come: each process takes a step every second


@pytest.fixture
def mailbox():
    box = Mailbox()
    with receiving(box) as port:
        box.port = port
        yield box


@pytest.fixture
def receiver():
    running = WebhookReceiver()
    yield running
    running.end()


@pytest.fixture
def versions(tmp_path, monkeypatch):
    """Two versions of the toy in service, the first as champion: the second permutes the labels of one district."""
    environment = toys.install(tmp_path / "toy")
    toys.write_version(tmp_path / "toy" / "models", "2", permuted=BAD_DISTRICT)
    toys.known(monkeypatch, environment)
    return environment


@pytest.fixture
def workers(store, database_url, versions, mailbox, receiver, start_server):
    """Four ready servers of the API on one store, which tell the mailbox and the receiver."""
    store.alerts.decisions.edit_rule(
        RULE, {"pending_for": "1s", "keep_firing_for": "2s"}, actor="Ada", now=store.alerts.now()
    )
    named = {
        "LOOKOUT_DATABASE_URL": database_url,
        "LOOKOUT_PAGES": "off",
        "LOOKOUT_ALERT_SECONDS": "1",
        "LOOKOUT_ALERT_EMAIL_TO": "night@example.org",
        "LOOKOUT_ALERT_EMAIL_FROM": "lookout@example.org",
        "LOOKOUT_ALERT_SMTP_HOST": "127.0.0.1",
        "LOOKOUT_ALERT_SMTP_PORT": str(mailbox.port),
        "LOOKOUT_ALERT_SMTP_SECURITY": "none",
        "LOOKOUT_ALERT_WEBHOOKS": f"json={receiver.url}",
    }
    started = [start_server(wait=False, **versions, **named) for _ in range(WORKERS)]
    for worker in started:
        worker.wait_until_ready()
    return started


def ask(worker, words):
    """The version that answered some words, and the ids of its predictions."""
    body = json.dumps({"model": "toy", "instances": [{"word": word} for word in words]}).encode()
    request = urllib.request.Request(f"{worker.url}/predict", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        content = json.load(answer)
    return content["model_version"], [each["prediction_id"] for each in content["predictions"]]


def answer_and_judge(workers):
    """Answer words of all districts, spread over the workers, and say the truth of each; the versions that answered."""
    versions, truths = set(), []
    for place, worker in enumerate(workers):
        texts = [
            (f"{district}:{text}", truth)
            for district in DISTRICTS[place::WORKERS]
            for text, truth in list(WORDS.items()) * (PER_DISTRICT // len(WORDS))
        ]
        version, identifiers = ask(worker, [text for text, _ in texts])
        versions.add(version)
        truths += zip(identifiers, (truth for _, truth in texts), strict=True)
    assert [part.refused for part in inference.feedback_in_bulk(truths, lambda _: None)] == [()]
    return versions


def wait_for(condition):
    deadline = time.monotonic() + SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return result


def promote(versions, version):
    Registry(toys.models_folder(versions)).register("toy", version, "champion")


def test_a_version_that_is_wrong_in_one_district_is_told_once_and_its_end_too(
    store, versions, workers, mailbox, receiver
):
    assert answer_and_judge(workers) == {"1"}
    promote(versions, "2")
    time.sleep(QUIET)  # evaluations of version 1 alone
    assert (mailbox.letters, receiver.received) == ([], [])

    assert answer_and_judge(workers) == {"2"}
    wait_for(lambda: mailbox.letters and receiver.received)
    time.sleep(QUIET)
    promote(versions, "1")
    wait_for(lambda: len(mailbox.letters) > 1 and len(receiver.received) > 1)
    time.sleep(QUIET)

    lines = [(body["rule"], body["kind"], body["alerts"]) for _, body in receiver.received]
    labels = {"system": "toy", "version": "2", "district": BAD_DISTRICT}
    assert [(rule, kind, [line["labels"] for line in alerts]) for rule, kind, alerts in lines] == [
        (RULE, "firing", [labels]),
        (RULE, "resolved", [labels]),
    ]
    assert [line["reason"] for _, _, alerts in lines for line in alerts] == ["past the threshold", "no longer served"]
    assert lines[0][2][0]["value"] == 1.0  # all of its answers there are wrong, none of the version before
    assert [letter["Subject"] for _, letter in mailbox.letters] == [
        "[Lookout] Critical: Accuracy fell in one group (toy)",
        "[Lookout] Resolved: Accuracy fell in one group (toy)",
    ]
    assert "no longer served: another version is champion" in mailbox.letters[1][1].get_content()
    delivered = store.alerts.outbox.newest()
    assert [(row["state"], row["tries"]) for row in delivered] == [("sent", 1)] * 4
    assert [row["state"] for row in store.alerts.states() if row["rule"] == RULE and row["state"] == "firing"] == []
