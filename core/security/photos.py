"""The safe opening of what strangers send as photos: format, size and pixels checked before decoding."""

from __future__ import annotations

import io
import threading
import warnings
from contextlib import nullcontext

from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import TooLarge, UnreadablePhoto
from core.security import av1_header
from core.security.encoded_files import PHOTO_FILE
from core.settings import settings

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")  # and those of phones, see _phone_formats
AVIF_BRANDS = (b"avif", b"avis")
NEUTRAL_BRANDS = (b"mif1", b"msf1")  # of the container alone, which holds HEIC or AVIF
BYTES_PER_MB = 1_000_000
ORIENTATION, TURNED = 0x0112, range(2, 9)  # EXIF's tag, and what it holds where the picture is not upright
SIXTEEN_TO_EIGHT_BITS = 257  # 65535 / 255
BLOCK_BYTES = 64 * 1024 * 1024  # of a decoded photo, see below
LARGE_PHOTO = 16_000_000  # pixels; above, a decoded photo takes some 100 MB, so that one at a time is decoded
_large_photo_turn = threading.Lock()

# Size is checked below, from the header and before any pixel is decoded; Pillow's warning would only repeat it.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

# A photo's blocks over 32 MB are mapped by glibc, and so given back when it is let go. Those of 16 MB, Pillow's own
# choice, come from the heap, where what is kept of one photo holds up hundreds of megabytes.
Image.core.set_block_size(BLOCK_BYTES)  # type: ignore[attr-defined] # a part of Pillow's documented interface


def decode_photo(data: bytes, enough: int = 512) -> Image.Image:
    """Decode a photo of unknown origin: RGB, turned upright, never larger than the limits in Settings.

    Animations give their first frame; transparency lies on white; 16-bit grey is scaled to 8.
    Raises UnreadablePhoto or TooLarge.

    data: the file's bytes.
    enough: a larger photo is reduced, and decoded at a smaller scale where the format can (JPEG); both sides stay at
        least this long [px]. What is kept of a batch is small, whatever was sent.
    """
    limits = settings()
    if not data:
        raise UnreadablePhoto(
            expected=PHOTO_FILE, received="an empty file", advice="Check that the upload was complete."
        )
    if len(data) > limits.max_photo_mb * BYTES_PER_MB:
        raise TooLarge(
            expected=f"a photo of up to {limits.max_photo_mb:g} MB",
            received=_size(data),
            advice="Resize it or export it as JPEG.",
        )
    try:
        with _open(data) as image:
            _refuse_bomb(image)
            if image.format == "AVIF":
                _refuse_hidden_bomb(data)
            image.draft("RGB", (enough, enough))
            with _large_photo_turn if image.width * image.height > LARGE_PHOTO else nullcontext():
                return _reduced(_rgb(_upright(_eight_bits(image))), enough)
    except (UnreadablePhoto, TooLarge):
        raise
    except Exception as problem:  # Pillow's decoders raise many types on damaged files; all mean the same here
        raise UnreadablePhoto(
            expected=PHOTO_FILE,
            received=f"a file that breaks off or is damaged ({problem})",
            advice="Upload it again.",
        ) from problem


def _open(data: bytes) -> Image.Image:
    """The image with its header read and no pixel decoded yet; refuses formats that are not accepted."""
    formats = _phone_formats(data[8:12]) if data[4:8] == b"ftyp" else PHOTO_FORMATS
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError as problem:
        raise _too_many_pixels(str(problem)) from problem
    except UnidentifiedImageError:
        raise UnreadablePhoto(
            expected=PHOTO_FILE,
            received=f"a file of another kind, {_size(data)}",
            advice="Export it as JPEG; renaming a file does not convert it.",
        ) from None


def _phone_formats(brand: bytes) -> tuple[str, ...]:
    """The formats that a file of this major brand may have: AVIF, which Pillow reads itself, or HEIC."""
    if brand in AVIF_BRANDS:
        return ("AVIF",)
    import pillow_heif  # registered only when first met, it costs start-up time

    pillow_heif.register_heif_opener()
    return ("AVIF", "HEIF") if brand in NEUTRAL_BRANDS else ("HEIF",)


def _size(data: bytes) -> str:
    """The size of a file for people: 16 bytes, 30 kB, 4.2 MB."""
    if len(data) < 1000:
        return f"{len(data)} bytes" if len(data) > 1 else "1 byte"
    return f"{len(data) / 1000:.0f} kB" if len(data) < BYTES_PER_MB else f"{len(data) / BYTES_PER_MB:.1f} MB"


def _refuse_bomb(image: Image.Image) -> None:
    """Raise TooLarge if the header says that decoding would take too much memory."""
    if image.width * image.height > settings().max_photo_megapixels * 1e6:
        raise _too_many_pixels(f"{image.width} x {image.height} pixels")


def _refuse_hidden_bomb(avif: bytes) -> None:
    """Raise TooLarge if the coded pictures are larger than the container says: they decide what decoding takes."""
    for width, height in av1_header.coded_sizes(avif):
        if width * height > settings().max_photo_megapixels * 1e6:
            raise _too_many_pixels(f"{width} x {height} pixels")


def _too_many_pixels(received: str) -> TooLarge:
    return TooLarge(
        expected=f"a photo of up to {settings().max_photo_megapixels:g} megapixels",
        received=f"more ({received})",
        advice="Resize it and upload it again.",
    )


def _eight_bits(image: Image.Image) -> Image.Image:
    """The image with grey of 16 bits, of 32 or of floating point scaled to 8 bits; any other as it is."""
    if image.mode in ("RGB", "L"):
        return image
    import numpy as np

    if image.mode.startswith("I;16") or image.mode == "I":
        grey = np.array(image, dtype=np.float32)
        grey /= SIXTEEN_TO_EIGHT_BITS
        scaled = Image.fromarray(np.clip(grey, 0, 255, out=grey).astype(np.uint8))
        scaled.getexif().update(image.getexif())  # which way is up stands there
        return scaled
    if image.mode == "F":
        values = np.nan_to_num(np.array(image, dtype=np.float32), copy=False)
        values /= 4  # so that the largest less the smallest number is one
        span = float(np.ptp(values)) or 1.0
        values -= values.min()
        values /= span
        values *= 255
        return Image.fromarray(values.astype(np.uint8))
    return image


def _upright(image: Image.Image) -> Image.Image:
    """The image turned as its EXIF data say; as it is, and not copied, where they say nothing."""
    return ImageOps.exif_transpose(image) if image.getexif().get(ORIENTATION) in TURNED else image


def _reduced(image: Image.Image, enough: int) -> Image.Image:
    """A copy of the image at a whole fraction of its size, both sides still of at least `enough` [px]."""
    factor = min(image.size) // (2 * enough)
    return image.reduce(factor) if factor > 1 else image.copy()


def _rgb(image: Image.Image) -> Image.Image:
    """The decoded image as RGB, what is transparent on white."""
    image.load()
    if "A" in image.getbands() or "transparency" in image.info:
        over = image if image.mode == "RGBA" else image.convert("RGBA")
        white = Image.new("RGB", over.size, "white")
        white.paste(over, mask=over)  # a large photo is there twice, not four times
        return white
    return image if image.mode == "RGB" else image.convert("RGB")
