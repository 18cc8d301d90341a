"""The channels that the settings name."""

from __future__ import annotations

from typing import cast

from core.alerts.channels.channel import Channel
from core.alerts.channels.smtp import SmtpChannel, SmtpServer
from core.alerts.channels.webhook import WebhookChannel
from core.alerts.channels.webhook_forms import WebhookForm
from core.errors import InvalidSetting
from core.settings import Settings


def channels_of(chosen: Settings) -> list[Channel]:
    """A channel for each address of e-mail and each webhook. Raises InvalidSetting where settings lack a part."""
    return [*_email(chosen), *_webhooks(chosen)]


def _email(chosen: Settings) -> list[Channel]:
    recipients = [address.strip() for address in (chosen.alert_email_to or "").split(",") if address.strip()]
    if not recipients:
        return []
    if not chosen.alert_smtp_host or not chosen.alert_email_from:
        raise InvalidSetting(
            expected="LOOKOUT_ALERT_SMTP_HOST and LOOKOUT_ALERT_EMAIL_FROM beside LOOKOUT_ALERT_EMAIL_TO",
            received="recipients without a mail server or a sender",
            advice="Set both, or leave the recipients out.",
        )
    if chosen.alert_smtp_user and chosen.alert_smtp_security == "none":
        raise InvalidSetting(
            expected="LOOKOUT_ALERT_SMTP_SECURITY=starttls or tls where a user logs in",
            received="none, which would send the password unencrypted",
            advice="Choose one of them, or leave LOOKOUT_ALERT_SMTP_USER out.",
        )
    password = chosen.alert_smtp_password.get_secret_value() if chosen.alert_smtp_password else None
    server = SmtpServer(
        chosen.alert_smtp_host, chosen.alert_smtp_port, chosen.alert_smtp_security, chosen.alert_smtp_user, password
    )
    sender, public_url, runbook_url = chosen.alert_email_from, chosen.public_url, chosen.alert_runbook_url
    return [SmtpChannel(server, sender, recipient, public_url, runbook_url) for recipient in dict.fromkeys(recipients)]


def _webhooks(chosen: Settings) -> list[Channel]:
    token = chosen.alert_webhook_token.get_secret_value() if chosen.alert_webhook_token else None
    return [
        WebhookChannel(cast(WebhookForm, form), url, token, chosen.public_url, chosen.alert_runbook_url)
        for form, url in dict.fromkeys(chosen.webhooks)
    ]
