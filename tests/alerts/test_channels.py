"""Channels against real servers on the loopback: a mail server and a receiver of webhooks, that fail first."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import ssl
import subprocess

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from core.alerts.channels import smtp, webhook
from core.alerts.channels.configured import channels_of
from core.alerts.channels.smtp import SmtpChannel, SmtpServer
from core.alerts.channels.webhook import WebhookChannel
from core.alerts.delivery import deliver_due, notifications_of
from core.errors import HostUnavailable, InvalidSetting
from core.settings import Settings, settings
from core.store.alerts import EvaluationChanges
from tests.conftest import free_port
from tests.support.alerts.fakes import MINUTE, Clock
from tests.support.alerts.mail import Mailbox
from tests.support.alerts.webhooks import WebhookReceiver

SECRET = "a-secret-that-is-never-shown"


@pytest.fixture
def mail_server():
    """Start a mail server: `mail_server(mailbox, **options)` returns its port."""
    running = []

    def start(mailbox, port=None, **options):
        controller = Controller(mailbox, hostname="127.0.0.1", port=port or free_port(), **options)
        controller.start()
        running.append(controller)
        return controller.port

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def http_server():
    """Start a receiver of webhooks: `http_server(*statuses, port=0)`; None is no answer."""
    running = []

    def start(*planned, port=0):
        running.append(WebhookReceiver(*planned, port=port))
        return running[-1]

    yield start
    for server in running:
        server.end()


def email(port, security="none", **changes):
    return SmtpChannel(SmtpServer("127.0.0.1", port, security, **changes), "lookout@example.org", "night@example.org")


def hook(server, form="json", **changes):
    return WebhookChannel(form, f"http://127.0.0.1:{server.server_port}/{SECRET}", **changes)


def test_an_email_says_what_is_wrong_and_its_id_is_the_key(mail_server, message):
    mailbox = Mailbox()
    email(mail_server(mailbox)).send(message, "a-key")
    ((recipients, letter),) = mailbox.letters
    assert recipients == ["night@example.org"]
    assert letter["Subject"] == "[Lookout] Critical: Requests fail (crime), 2 alerts"
    assert letter["Message-ID"] == "<a-key@example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "district BAYVIEW: 12 % (7 % to 20 % with 95 % confidence, n = 100)" in letter.get_content()


@pytest.mark.parametrize(("answers", "told"), [(["451 busy"], "code 451"), (["550 no such user"], "code 550")])
def test_a_mail_server_that_refuses_is_told_with_its_code(mail_server, message, answers, told):
    with pytest.raises(HostUnavailable, match=told):
        email(mail_server(Mailbox(*answers))).send(message, "a-key")


def test_a_mail_server_that_is_not_there_is_told(message):
    with pytest.raises(HostUnavailable, match="ConnectionRefusedError"):
        email(free_port()).send(message, "a-key")


def test_a_mail_server_that_does_not_answer_is_given_up(message, monkeypatch):
    monkeypatch.setattr(smtp, "SECONDS_TO_ANSWER", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(HostUnavailable, match="SMTPServerDisconnected"):
            email(silent.getsockname()[1]).send(message, "a-key")


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate for 127.0.0.1 that this process trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    key, path = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", path]
    subprocess.run([*made, *subject], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    return context


def test_a_login_goes_over_starttls_and_a_wrong_password_is_told_without_it(mail_server, message, certificate):
    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"lookout", SECRET.encode()), handled=False)

    mailbox = Mailbox()
    port = mail_server(mailbox, tls_context=certificate, require_starttls=True, authenticator=authenticate)
    email(port, "starttls", user="lookout", password=SECRET).send(message, "a-key")
    assert len(mailbox.letters) == 1
    with pytest.raises(HostUnavailable, match="SMTPAuthenticationError, code 535") as problem:
        email(port, "starttls", user="lookout", password="another-secret").send(message, "a-key")
    assert "another-secret" not in problem.value.message
    with pytest.raises(HostUnavailable, match="code 530"):
        email(port).send(message, "a-key")


def test_a_mail_server_whose_certificate_nobody_trusts_gets_nothing(mail_server, message, certificate, monkeypatch):
    mailbox = Mailbox()
    port = mail_server(mailbox, tls_context=certificate)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(HostUnavailable, match="SSLCertVerificationError"):
        email(port, "starttls").send(message, "a-key")
    assert mailbox.letters == []


def test_a_webhook_gets_the_message_with_its_key_and_its_token(http_server, message):
    server = http_server()
    hook(server, token=SECRET).send(message, "a-key")
    ((headers, body),) = server.received
    assert headers["Idempotency-Key"] == "a-key"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Content-Type"] == "application/json"
    assert (body["schema"], body["key"], body["kind"]) == ("lookout.alert/1", "a-key", "firing")


@pytest.mark.parametrize(("form", "part"), [("slack", "blocks"), ("teams", "attachments")])
def test_a_webhook_may_have_the_form_of_slack_or_teams(http_server, message, form, part):
    server = http_server()
    hook(server, form).send(message, "a-key")
    assert part in server.received[0][1]


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_a_webhook_that_refuses_is_told_with_its_status_and_without_its_address(http_server, message, status):
    server = http_server(status)
    with pytest.raises(HostUnavailable, match=f"status {status}") as problem:
        hook(server).send(message, "a-key")
    assert SECRET not in problem.value.message
    assert len(server.received) == 1


def test_a_webhook_that_is_not_there_or_does_not_answer_is_told_without_its_address(http_server, message, monkeypatch):
    absent = WebhookChannel("json", f"http://127.0.0.1:{free_port()}/{SECRET}")
    with pytest.raises(HostUnavailable, match="ConnectionError") as problem:
        absent.send(message, "a-key")
    assert SECRET not in problem.value.message
    monkeypatch.setattr(webhook, "SECONDS_TO_ANSWER", 0.3)
    with pytest.raises(HostUnavailable, match="ReadTimeout"):
        hook(http_server(None)).send(message, "a-key")


def test_no_secret_is_shown_with_a_channel(message):
    channel = WebhookChannel("slack", f"https://hooks.example.org/{SECRET}", token=SECRET)
    assert SECRET not in repr(channel) + channel.recipient
    assert channel.recipient.startswith("slack hooks.example.org ")
    assert SECRET not in repr(email(25, "tls", user="lookout", password=SECRET))


def test_failures_first_then_both_channels_deliver_once_under_the_same_key(store, mail_server, http_server, message):
    mailbox, clock, http_port = Mailbox("451 busy"), Clock(), free_port()
    mail_port = free_port()
    channels = [email(mail_port), WebhookChannel("json", f"http://127.0.0.1:{http_port}/{SECRET}")]
    token = store.alerts.lease.acquire("evaluator", clock(), MINUTE)
    store.alerts.commit(token, EvaluationChanges([], [], notifications_of([message], channels, clock())))

    def deliver():
        clock.pass_time(20 * MINUTE)
        return deliver_due(store.alerts.outbox, channels, "worker", clock)

    assert deliver() == 0  # nobody listens
    mail_server(mailbox, mail_port)
    server = http_server(503, 500, port=http_port)
    assert [deliver(), deliver(), deliver(), deliver()] == [0, 1, 1, 0]
    assert len(mailbox.letters) == 1
    keys = {row["channel"]: row["id"] for row in store.alerts.outbox.newest()}
    assert [headers["Idempotency-Key"] for headers, _ in server.received] == [keys["webhook"]] * 3
    assert mailbox.letters[0][1]["Message-ID"] == f"<{keys['email']}@example.org>"
    outcomes = {
        name: [attempt["outcome"] for attempt in store.alerts.outbox.tries_of(key)] for name, key in keys.items()
    }
    assert outcomes == {"email": ["failed", "failed", "sent"], "webhook": ["failed", "failed", "failed", "sent"]}
    problems = " ".join(
        str(attempt["problem"]) for key in keys.values() for attempt in store.alerts.outbox.tries_of(key)
    )
    assert SECRET not in problems


def test_a_delivery_is_a_trace_that_the_receiver_and_the_log_know(store, http_server, message, capsys):
    server, clock = http_server(), Clock()
    channels = [WebhookChannel("json", server.url)]
    token = store.alerts.lease.acquire("evaluator", clock(), MINUTE)
    store.alerts.commit(token, EvaluationChanges([], [], notifications_of([message], channels, clock())))
    assert deliver_due(store.alerts.outbox, channels, "worker", clock) == 1
    [(headers, _)] = server.received
    [line] = [line for line in capsys.readouterr().err.splitlines() if "alert_delivered" in line]
    assert headers["traceparent"] == "00-{trace_id}-{span_id}-01".format(**json.loads(line))


def test_the_settings_name_the_channels():
    chosen = Settings(
        alert_email_to="night@example.org, day@example.org",
        alert_email_from="lookout@example.org",
        alert_smtp_host="mail.example.org",
        alert_webhooks=f"slack=https://hooks.example.org/{SECRET} json=http://127.0.0.1:8/alerts",
    )
    assert [
        (channel.name, channel.recipient.rpartition(" ")[0] or channel.recipient) for channel in channels_of(chosen)
    ] == [
        ("email", "night@example.org"),
        ("email", "day@example.org"),
        ("webhook", "slack hooks.example.org"),
        ("webhook", "json 127.0.0.1"),
    ]
    assert SECRET not in repr(chosen)
    assert channels_of(Settings()) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"alert_email_to": "a@example.org"}, "ALERT_SMTP_HOST"),
        (
            {
                "alert_email_to": "a@example.org",
                "alert_email_from": "l@example.org",
                "alert_smtp_host": "mail",
                "alert_smtp_security": "none",
                "alert_smtp_user": "lookout",
            },
            "ALERT_SMTP_SECURITY",
        ),
    ],
)
def test_settings_that_lack_a_part_are_told(changes, told):
    with pytest.raises(InvalidSetting, match=told):
        channels_of(Settings(**changes))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_WEBHOOKS", f"https://hooks.example.org/{SECRET}"),
        ("ALERT_WEBHOOKS", f"discord=https://hooks.example.org/{SECRET}"),
        ("ALERT_EMAIL_TO", "nobody"),
        ("ALERT_EMAIL_FROM", "x@y\nBcc: z@example.org"),
        ("ALERT_SECONDS", "0"),
    ],
)
def test_a_setting_of_another_form_is_told_and_no_secret_with_it(name, value, monkeypatch):
    monkeypatch.setenv(f"LOOKOUT_{name}", value)
    settings.cache_clear()
    with pytest.raises(InvalidSetting, match=name) as problem:
        settings()
    assert SECRET not in problem.value.message


@pytest.fixture(autouse=True)
def quiet_mail_log():
    """The mail server's own log stays out of the way."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
