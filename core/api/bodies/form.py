"""Forms: files and fields as `multipart/form-data`, or fields alone as browsers and curl write them by default."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from core.errors import InvalidInput, TooLarge
from core.settings import settings

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
NEW_LINE, BLANK_LINE = b"\r\n", b"\r\n\r\n"
MAX_HEADER_BYTES = 8192  # of one part
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
    """The fields of a multipart body (RFC 7578), in order. Raises InvalidInput, TooLarge.

    The whole body is in memory, so that parts are found by searching for the boundary: the library's parser, which
    reads streams, takes ten times as long. Its reading of headers is used.
    """
    from python_multipart.multipart import parse_options_header

    _, options = parse_options_header(content_type)
    delimiter = b"--" + options.get(b"boundary", b"")
    start = content.find(delimiter)
    if delimiter == b"--" or start < 0 or content[max(0, start - 2) : start] not in (b"", NEW_LINE):
        raise _broken("a body without the boundary that its header names")
    parts: list[FormPart] = []
    start += len(delimiter)
    while content[start : start + 2] != b"--":
        headers_end = content.find(BLANK_LINE, start, start + MAX_HEADER_BYTES)
        end = content.find(NEW_LINE + delimiter, headers_end + len(BLANK_LINE))
        if headers_end < 0 or end < 0 or content[start : start + 2] != NEW_LINE:
            raise _broken("a part that breaks off")
        parts.append(_part(content[start:headers_end], content[headers_end + len(BLANK_LINE) : end]))
        _check_count(len(parts))
        start = end + len(NEW_LINE + delimiter)
    return parts


def _part(headers: bytes, content: bytes) -> FormPart:
    """A field by its headers. Raises InvalidInput without a name."""
    from python_multipart.multipart import parse_options_header

    lines = (line.partition(b":") for line in headers.strip().split(NEW_LINE))
    values = {name.strip().lower(): value.strip() for name, _, value in lines}
    _, options = parse_options_header(values.get(b"content-disposition", b""))
    if b"name" not in options:
        raise _broken("a part without a name")
    file_name = options.get(b"filename")
    kind = values.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
    return FormPart(_text(options[b"name"]), content, None if file_name is None else _text(file_name), kind)


def _broken(received: str) -> InvalidInput:
    return InvalidInput(
        expected="multipart/form-data with its boundary, each part with a name",
        received=received,
        advice="Have an HTTP library write it, as with curl -F image=@photo.jpg.",
    )


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


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _check_count(count: int) -> None:
    limit = settings().max_instances + MAX_FIELDS
    if count > limit:
        raise TooLarge(
            expected=f"up to {limit} fields and files", received="more", advice="Send them in several requests."
        )
