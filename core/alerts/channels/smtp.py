"""E-mail over SMTP, one message to each recipient, so that one refused address costs no other its message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from core.alerts.channels.channel import SECONDS_TO_ANSWER
from core.alerts.messages import AlertMessage
from core.alerts.texts import addresses, plain_text, subject
from core.errors import HostUnavailable

if TYPE_CHECKING:  # at the first e-mail, not at start
    import smtplib
    from email.message import EmailMessage

SmtpSecurity = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class SmtpServer:
    """A mail server. security: STARTTLS after the connection (mostly port 587), TLS from its start (465), or none."""

    host: str
    port: int
    security: SmtpSecurity
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, {self.security})"  # without the password


@dataclass(frozen=True)
class SmtpChannel:
    """E-mail to one address. public_url, runbook_url: as for `texts.addresses`."""

    server: SmtpServer
    sender: str
    recipient: str
    public_url: str | None = None
    runbook_url: str | None = None
    name: str = "email"

    def send(self, message: AlertMessage, key: str) -> None:
        """Deliver a message; its Message-ID is the key. Raises HostUnavailable."""
        import smtplib

        try:
            with self._connected() as connection:
                connection.send_message(self.letter(message, key))
        except (smtplib.SMTPException, OSError, UnicodeError) as problem:
            raise HostUnavailable(
                expected=f"the mail server {self.server.host}:{self.server.port} to take the message",
                received=_in_words(problem),
                advice="Check the settings LOOKOUT_ALERT_SMTP_... and LOOKOUT_ALERT_EMAIL_....",
            ) from None  # the cause may hold what was sent

    def letter(self, message: AlertMessage, key: str) -> EmailMessage:
        """The message as an e-mail."""
        from email.message import EmailMessage

        letter = EmailMessage()
        letter["Subject"] = f"[Lookout] {subject(message)}"
        letter["From"], letter["To"] = self.sender, self.recipient
        letter["Date"] = datetime.now(UTC)
        letter["Message-ID"] = f"<{key}@{self.sender.rpartition('@')[2].strip('> ') or 'lookout'}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
        letter["X-Lookout-Alert"] = f"{message.rule} {message.kind}"
        letter.set_content(plain_text(message, addresses(message, self.public_url, self.runbook_url)))
        return letter

    def _connected(self) -> smtplib.SMTP:
        """A connection that is encrypted and logged in as the settings say."""
        import smtplib
        import ssl

        server = self.server
        if server.security == "tls":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=SECONDS_TO_ANSWER, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS_TO_ANSWER)
        try:
            if server.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        return connection


def _in_words(problem: Exception) -> str:
    """What went wrong, without anything that was sent: the kind of problem, and the server's code if there is one."""
    code = getattr(problem, "smtp_code", None)
    refused = getattr(problem, "recipients", None)
    if isinstance(refused, dict) and refused:
        code = next(iter(refused.values()))[0]
    return type(problem).__name__ + (f", code {code}" if code is not None else "")
