"""Webhooks: a POST of JSON to an address from the settings, which is a secret."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from core import telemetry
from core.alerts.channels.channel import SECONDS_TO_ANSWER, SECONDS_TO_CONNECT
from core.alerts.channels.webhook_forms import FORMS, WebhookForm
from core.alerts.messages import AlertMessage
from core.alerts.texts import addresses
from core.errors import HostUnavailable

SHOWN_DIGITS = 8  # of the address' hash: tells two addresses of one host apart


@dataclass(frozen=True)
class WebhookChannel:
    """A webhook. token: sent as a bearer token. public_url, runbook_url: as for `texts.addresses`."""

    form: WebhookForm
    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    public_url: str | None = None
    runbook_url: str | None = None
    name: str = "webhook"

    @property
    def recipient(self) -> str:
        """The form, the host, and a hash of the address, whose path is often the key to a room."""
        digest = sha256(self.url.encode()).hexdigest()[:SHOWN_DIGITS]
        return f"{self.form} {urlsplit(self.url).hostname} {digest}"

    def send(self, message: AlertMessage, key: str) -> None:
        """Deliver a message; the header Idempotency-Key is its key. Raises HostUnavailable.

        Any answer but 2xx is a refusal, a redirect too: it would turn the POST into a GET.
        """
        import requests

        body = FORMS[self.form](message, key, addresses(message, self.public_url, self.runbook_url))
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, "User-Agent": "Lookout"}
        headers |= telemetry.trace_headers()
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            with requests.post(
                self.url,
                data=json.dumps(body).encode(),
                headers=headers,
                timeout=(SECONDS_TO_CONNECT, SECONDS_TO_ANSWER),
                allow_redirects=False,
                stream=True,  # the answer's text is of no interest, and could be endless
            ) as answer:
                status = answer.status_code
        except requests.RequestException as problem:
            raise self._refusal(type(problem).__name__) from None  # its text holds the address
        if not 200 <= status < 300:
            raise self._refusal(f"status {status}")

    def _refusal(self, received: str) -> HostUnavailable:
        return HostUnavailable(
            expected=f"the webhook at {urlsplit(self.url).hostname} to answer 2xx",
            received=received,
            advice="Check LOOKOUT_ALERT_WEBHOOKS and the receiver.",
        )
