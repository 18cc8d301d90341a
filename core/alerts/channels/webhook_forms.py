"""The bodies of webhooks: Lookout's own JSON, and the forms that Slack and Teams show as a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, get_args

from core.alerts.messages import SCHEMA, AlertMessage
from core.alerts.texts import Addresses, rule_in_words, subject, what_is_wrong

WebhookForm = Literal["json", "slack", "teams"]
FORM_NAMES: tuple[str, ...] = get_args(WebhookForm)
MAX_HEADER, MAX_SECTION = 150, 3000  # characters that Slack takes
TEAMS_MARKUP = re.compile(r"([\\`*_\[\]#~])")


def json_form(message: AlertMessage, key: str, where: Addresses) -> dict[str, Any]:
    """All that is known, with a version of the schema; `docs/operations.md` describes it."""
    links = {"page_url": where.page, "runbook_url": where.runbook}
    return {"schema": SCHEMA, "key": key, "text": subject(message), **message.model_dump(mode="json"), **links}


def slack_form(message: AlertMessage, key: str, where: Addresses) -> dict[str, Any]:
    """A message of Slack's Block Kit. Labels are escaped, so that none becomes a link or calls somebody."""
    paragraphs = ["\n".join(f"• {_slack(line)}" for line in what_is_wrong(message)), _slack(rule_in_words(message))]
    if message.kind != "resolved":
        paragraphs.append(f"*What to do:* {_slack(message.advice)}")
    links = [f"<{address}|{name}>" for name, address in _links(where)]
    paragraphs.append(" · ".join(links) if where.runbook else " · ".join([f"Runbook: {message.runbook}", *links]))
    sections = [{"type": "section", "text": {"type": "mrkdwn", "text": text[:MAX_SECTION]}} for text in paragraphs]
    header = {"type": "header", "text": {"type": "plain_text", "text": subject(message)[:MAX_HEADER]}}
    return {"text": _slack(subject(message)), "blocks": [header, *sections]}


def teams_form(message: AlertMessage, key: str, where: Addresses) -> dict[str, Any]:
    """A message with an Adaptive Card, as the workflows of Teams take it. Labels are escaped: none is a link."""
    paragraphs = [*(f"- {_teams(line)}" for line in what_is_wrong(message)), _teams(rule_in_words(message))]
    if message.kind != "resolved":
        paragraphs.append(f"**What to do:** {_teams(message.advice)}")
    if not where.runbook:
        paragraphs.append(f"Runbook: {_teams(message.runbook)}")
    colour = "good" if message.kind == "resolved" else {"critical": "attention", "warning": "warning"}[message.severity]
    title = {"type": "TextBlock", "size": "large", "weight": "bolder", "color": colour, "wrap": True}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {**title, "text": _teams(subject(message))},
            *({"type": "TextBlock", "text": text, "wrap": True} for text in paragraphs),
        ],
        "actions": [{"type": "Action.OpenUrl", "title": name, "url": address} for name, address in _links(where)],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


FORMS: dict[WebhookForm, Callable[[AlertMessage, str, Addresses], dict[str, Any]]] = {
    "json": json_form,
    "slack": slack_form,
    "teams": teams_form,
}


def _links(where: Addresses) -> list[tuple[str, str]]:
    return [(name, address) for name, address in (("Page", where.page), ("Runbook", where.runbook)) if address]


def _slack(text: str) -> str:
    """Text without Slack's control characters (its "escaping text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(text: str) -> str:
    """Text without Markdown."""
    return TEAMS_MARKUP.sub(r"\\\1", text)
