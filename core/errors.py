"""One tree of errors with messages for the analyst; no HTTP in it.

A refusal says what was expected, what was received and what to do next: three fields, of which the message is made.
"""

from __future__ import annotations


def refusal(expected: str, received: str, advice: str = "") -> str:
    """A refusal in one text for the analyst.

    expected: what would have been accepted, without the words "Expected" and without the full stop.
    received: what came instead, likewise.
    advice: what to do now, in whole sentences.
    """
    text = f"Expected {expected}. Received {received}."
    return f"{text} {advice}" if advice else text


class LookoutError(Exception):
    """Root of every error that Lookout raises on purpose; its text may be shown to the analyst as it is."""

    kind = "error"

    def __init__(self, message: str = "", *, expected: str = "", received: str = "", advice: str = "") -> None:
        """Either the whole message, or the three parts of a refusal; see `refusal`."""
        self.expected, self.received, self.advice = expected, received, advice
        self.message = message or refusal(expected, received, advice)
        super().__init__(self.message)


class InvalidInput(LookoutError):
    """What the caller sent cannot be used."""

    kind = "invalid_input"


class TooLarge(InvalidInput):
    """What the caller sent is over a stated limit."""

    kind = "too_large"


class UnreadablePhoto(InvalidInput):
    """The bytes are not a photo that can be decoded safely."""

    kind = "unreadable_photo"


class UnknownSystem(LookoutError):
    """No system of that name is installed."""

    kind = "unknown_system"


class UnknownVersion(LookoutError):
    """The system has no such version or alias."""

    kind = "unknown_version"


class UnknownPrediction(LookoutError):
    """The log holds no prediction of that id."""

    kind = "unknown_prediction"


class UnknownFile(LookoutError):
    """An answer brought no file of that name, or it is kept no longer."""

    kind = "unknown_file"


class UnknownWork(LookoutError):
    """Work that nobody gave, or that was removed or is kept no longer."""

    kind = "unknown_work"


class UnknownJob(LookoutError):
    """No job of that id runs here or has lately."""

    kind = "unknown_job"


class Busy(LookoutError):
    """As much work waits already as is taken on."""

    kind = "busy"


class NotReady(LookoutError):
    """The champion is still being loaded."""

    kind = "not_ready"


class StoreUnavailable(LookoutError):
    """The prediction log cannot be reached or written; an answer that cannot be logged is not given."""

    kind = "store_unavailable"


class DamagedArtefact(LookoutError):
    """A model's file is missing or its sha256 is not the one that was registered."""

    kind = "damaged_artefact"


class UnsafeConfiguration(LookoutError):
    """The settings would open a door to strangers; the server refuses to start."""

    kind = "unsafe_configuration"


class InvalidSetting(LookoutError):
    """A setting has a value that makes no sense; nothing starts with it."""

    kind = "invalid_setting"


class Unauthorised(LookoutError):
    """The caller's key is missing or unknown."""

    kind = "unauthorised"


class ForeignPage(LookoutError):
    """A page of another site sent the request through its visitor's browser."""

    kind = "foreign_page"


class MissingPart(LookoutError):
    """An optional part of the environment (TensorFlow for training, say) is not installed."""

    kind = "missing_part"


class HostUnavailable(LookoutError):
    """Another host that a person asked for something is not named in the settings, or does not answer as it should."""

    kind = "host_unavailable"


class Cancelled(LookoutError):
    """A person stopped the work; what was finished before is kept."""

    kind = "cancelled"
