"""The safe opening of what strangers send as photos: base64, format, size and pixels checked before decoding."""

from __future__ import annotations

import base64
import binascii
import io
import re
import threading
import warnings
from contextlib import nullcontext

from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import InvalidInput, TooLarge, UnreadablePhoto
from core.settings import settings

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")  # and HEIF, see _open
ACCEPTED = "a JPEG, PNG, WebP, HEIC, TIFF, GIF or BMP photo"
BYTES_PER_MB = 1_000_000
SIXTEEN_TO_EIGHT_BITS = 257  # 65535 / 255
LARGE_PHOTO = 16_000_000  # pixels; above, a decoded photo takes some 100 MB, so that one at a time is decoded
_one_large_photo = threading.Lock()

# Size is checked below, from the header and before any pixel is decoded; Pillow's warning would only repeat it.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def decode_base64(text: str, wanted: str = ACCEPTED, refusal: type[InvalidInput] = UnreadablePhoto) -> bytes:
    """Bytes of base64 `text`; spaces, line breaks and a `data:` prefix are tolerated. Else raises `refusal`."""
    body = text.partition(",")[2] if text[:20].lstrip().lower().startswith("data:") else text
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        pass  # spaces, line breaks, the URL-safe alphabet or missing padding: clean it and try once more
    packed = re.sub(r"\s+", "", body).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise refusal(
            f"Expected {wanted} as base64. Received text that is not base64 ({text[:20]!r}...). "
            "Encode the file's bytes with a base64 function."
        ) from None


def decode_photo(data: bytes, enough: int = 512) -> Image.Image:
    """Decode a photo of unknown origin: RGB, turned upright, never larger than the limits in Settings.

    data: the file's bytes.
    enough: a larger photo is reduced, and decoded at a smaller scale where the format can (JPEG); both sides stay at
        least this long [px]. What is kept of a batch is small, whatever was sent.
    Animations give their first frame; transparency lies on white; 16-bit grey is scaled to 8.
    Raises UnreadablePhoto or TooLarge.
    """
    limits = settings()
    if not data:
        raise UnreadablePhoto(f"Expected {ACCEPTED}. Received an empty file. Check that the upload was complete.")
    if len(data) > limits.max_photo_mb * BYTES_PER_MB:
        raise TooLarge(
            f"Expected a photo of up to {limits.max_photo_mb:g} MB. "
            f"Received {_size(data)}. Resize it or export it as JPEG."
        )
    try:
        with _open(data) as image:
            _refuse_bomb(image)
            image.draft("RGB", (enough, enough))
            with _one_large_photo if image.width * image.height > LARGE_PHOTO else nullcontext():
                return _reduced(_rgb(ImageOps.exif_transpose(_eight_bits(image))), enough)
    except (UnreadablePhoto, TooLarge):
        raise
    except Exception as problem:  # Pillow's decoders raise many types on damaged files; all mean the same here
        raise UnreadablePhoto(
            f"Expected {ACCEPTED}. Received a file that breaks off or is damaged ({problem}). Upload it again."
        ) from problem


def _open(data: bytes) -> Image.Image:
    formats: tuple[str, ...] = PHOTO_FORMATS
    if data[4:8] == b"ftyp":  # HEIC, the phones' format: registered only when first met, it costs start-up time
        import pillow_heif

        pillow_heif.register_heif_opener()
        formats = ("HEIF",)
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError as problem:
        raise _too_many_pixels(str(problem)) from problem
    except UnidentifiedImageError:
        raise UnreadablePhoto(
            f"Expected {ACCEPTED}. Received a file of another kind, {_size(data)}. "
            "Export it as JPEG; renaming a file does not convert it."
        ) from None


def _size(data: bytes) -> str:
    """16 bytes, 30 kB, 4.2 MB."""
    if len(data) < 1000:
        return f"{len(data)} bytes" if len(data) > 1 else "1 byte"
    return f"{len(data) / 1000:.0f} kB" if len(data) < BYTES_PER_MB else f"{len(data) / BYTES_PER_MB:.1f} MB"


def _refuse_bomb(image: Image.Image) -> None:
    if image.width * image.height > settings().max_photo_megapixels * 1e6:
        raise _too_many_pixels(f"{image.width} x {image.height} pixels")


def _too_many_pixels(received: str) -> TooLarge:
    return TooLarge(
        f"Expected a photo of up to {settings().max_photo_megapixels:g} megapixels. "
        f"Received more ({received}). Resize it and upload it again."
    )


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode in ("RGB", "L"):
        return image
    import numpy as np

    if image.mode.startswith("I;16") or image.mode == "I":
        grey = np.asarray(image, dtype=np.float32) / SIXTEEN_TO_EIGHT_BITS
        turned = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
        turned.getexif().update(image.getexif())
        return turned
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image, dtype=np.float32))
        span = float(np.ptp(values)) or 1.0
        return Image.fromarray(((values - values.min()) / span * 255).astype(np.uint8))
    return image


def _reduced(image: Image.Image, enough: int) -> Image.Image:
    factor = min(image.size) // (2 * enough)
    return image.reduce(factor) if factor > 1 else image


def _rgb(image: Image.Image) -> Image.Image:
    image.load()
    if "A" in image.getbands() or "transparency" in image.info:
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    return image.convert("RGB")
