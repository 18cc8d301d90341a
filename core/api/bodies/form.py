"""Forms: files and fields as `multipart/form-data`, or fields alone as browsers and curl write them by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from core.errors import InvalidInput, TooLarge
from core.settings import settings

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
MAX_FIELDS = 100  # beside the files, of which each is an instance


@dataclass(frozen=True)
class FormPart:
    """One field of a form; file_name and kind: of a file alone, kind being its media type."""

    name: str
    content: bytes
    file_name: str | None = None
    kind: str = ""

    @property
    def text(self) -> str:
        """The field as text. Raises InvalidInput for what is not UTF-8."""
        try:
            return self.content.decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidInput(
                expected=f"text in UTF-8 as {self.name!r:.40}", received="other bytes", advice="Send a file as a file."
            ) from None


def parts_of(content: bytes, content_type: str) -> list[FormPart]:
    """The fields of a multipart body, in order. Raises InvalidInput, TooLarge."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import FormParser, parse_options_header

    _, options = parse_options_header(content_type)
    parts: list[FormPart] = []

    def keep(part: FormPart) -> None:
        parts.append(part)
        _check_count(len(parts))

    def on_field(field: Any) -> None:
        keep(FormPart(_text(field.field_name), field.value or b""))

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        kind = (file.content_type or "").partition(";")[0].strip().lower()
        keep(FormPart(_text(file.field_name), file.file_object.read(), _text(file.file_name), kind))

    try:
        # In memory, whatever its size: the whole body is there already.
        config = {"MAX_MEMORY_FILE_SIZE": len(content) + 1, "MAX_FIELD_SIZE": len(content) + 1}
        parser = FormParser(MULTIPART, on_field, on_file, boundary=options.get(b"boundary"), config=config)
        parser.write(content)
        parser.finalize()
    except (FormParserError, ValueError, AssertionError) as problem:
        raise InvalidInput(
            expected="multipart/form-data with its boundary",
            received=f"what cannot be read as that ({problem!s:.80})",
            advice="Have an HTTP library write it, as with curl -F image=@photo.jpg.",
        ) from None
    return parts


def fields_of(content: bytes) -> list[FormPart]:
    """The fields of a body as HTML forms without files send it. Raises InvalidInput."""
    try:
        pairs = parse_qsl(
            content.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise InvalidInput(
            expected="a JSON object and the header 'content-type: application/json', or fields of a form",
            received="neither",
            advice="See /docs for the forms that are understood.",
        ) from None
    return [FormPart(name, value.encode("utf-8", "surrogatepass")) for name, value in pairs]


def _text(name: bytes | None) -> str:
    return (name or b"").decode("utf-8", "replace")


def _check_count(count: int) -> None:
    limit = settings().max_instances + MAX_FIELDS
    if count > limit:
        raise TooLarge(
            expected=f"up to {limit} fields and files", received="more", advice="Send them in several requests."
        )
