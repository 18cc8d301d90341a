"""Photos as they come in from outside: good ones, odd ones and hostile ones, made in memory."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 200, 20), (20, 20, 220), (255, 255, 255)
ORIENTATION = 0x0112  # EXIF tag
UNDO = {  # what a camera stores, so that its EXIF orientation turns the picture upright again
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def flag(width: int = 96, height: int = 64) -> Image.Image:
    """Four quarters of different colours, so that every turn and flip shows."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, WHITE
    return Image.fromarray(pixels)


def scene(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """A photo-like picture: smooth light, a few shapes, some grain; each seed another one."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(40, 215, (6, 8, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.int16)
    return Image.fromarray(np.clip(pixels + random.integers(-8, 9, pixels.shape), 0, 255).astype(np.uint8))


def encode(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The file's bytes."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def jpeg(seed: int = 0, width: int = 640, height: int = 480) -> bytes:
    """An ordinary photo."""
    return encode(scene(seed, width, height), "JPEG", quality=88)


def turned_jpeg(orientation: int) -> bytes:
    """The flag as a camera held another way stores it."""
    undo = UNDO[orientation]
    stored = flag() if undo is None else flag().transpose(undo)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encode(stored, "JPEG", quality=100, subsampling=0, exif=exif)


def bomb_png(side: int = 30_000) -> bytes:
    """A PNG of side x side pixels in some 100 KB, written row by row so that making it takes no memory either."""
    packer, row = zlib.compressobj(9), bytes(1 + side // 8)  # filter byte, then one bit a pixel
    packed = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def sixteen_bit_tiff() -> bytes:
    """A grey ramp from black to white in 16 bits."""
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    return encode(Image.fromarray(ramp), "TIFF")


def animated_gif() -> bytes:
    """Ten frames, the first one red."""
    frames = [Image.new("RGB", (48, 48), colour) for colour in (RED, GREEN, BLUE) * 3]
    return encode(frames[0], "GIF", save_all=True, append_images=frames[1:])


def cmyk_jpeg() -> bytes:
    """A print shop's JPEG, red."""
    return encode(Image.new("RGB", (64, 64), RED).convert("CMYK"), "JPEG", quality=95)


def avif(width: int = 96, height: int = 64) -> bytes:
    """The flag as phones and the web keep it lately."""
    return encode(flag(width, height), "AVIF", quality=90)


def avif_that_lies(width: int, height: int) -> bytes:
    """An AVIF of that size [px] whose container says that it is 16 x 16."""
    data = encode(Image.new("RGB", (width, height), RED), "AVIF", quality=10, speed=10)
    said = struct.pack(">II", width, height)
    place = data.index(b"ispe") + 8
    assert data[place : place + 8] == said
    return data[:place] + struct.pack(">II", 16, 16) + data[place + 8 :]


def heic() -> bytes:
    """The flag as iPhones keep it."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    return encode(flag(), "HEIF")


UNREADABLE = {
    "a text file renamed .jpg": b"Dear photo, I am a letter.\n" * 40,
    "a truncated JPEG": jpeg(1)[:6000],
    "a 0-byte file": b"",
    "a JPEG header and nothing else": jpeg(1)[:20],
    "random bytes": np.random.default_rng(3).bytes(4000),
    "an HTML page": b"<!doctype html><title>404</title>",
    "a ZIP file": b"PK\x03\x04" + bytes(200),
    "a broken PNG": encode(flag(), "PNG")[:60],
    "a HEIC header with nothing behind": b"\0\0\0\x18ftypheic" + bytes(60),
    "an AVIF header with nothing behind": b"\0\0\0\x18ftypavif" + bytes(60),
    "a truncated AVIF": avif()[: len(avif()) // 2],
    "an AVIF of its header alone": avif()[:300],
}
"""What has to be refused in words, by name."""

ODD = {
    "a 16-bit TIFF": sixteen_bit_tiff(),
    "an animated GIF": animated_gif(),
    "a CMYK JPEG": cmyk_jpeg(),
    "a JPEG turned by EXIF": turned_jpeg(6),
    "a 1 x 1 PNG": encode(Image.new("RGB", (1, 1), RED), "PNG"),
    "a 3000 x 1 PNG": encode(Image.new("RGB", (3000, 1), RED), "PNG"),
    "a grey PNG with alpha": encode(Image.new("LA", (40, 40), (0, 0)), "PNG"),
    "a palette PNG with transparency": encode(Image.new("P", (40, 40), 0), "PNG", transparency=0),
    "a 1-bit BMP": encode(Image.new("1", (40, 40), 1), "BMP"),
    "a 32-bit float TIFF": encode(Image.fromarray(np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20)), "TIFF"),
    "a WebP": encode(flag(), "WEBP"),
    "an AVIF": avif(),
    "an AVIF with the container's own brand": avif().replace(b"ftypavif", b"ftypmif1", 1),
    "an animated AVIF": encode(flag(), "AVIF", save_all=True, append_images=[flag().rotate(180)]),
    "an AVIF with transparency": encode(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "AVIF"),
    "a HEIC": heic(),
}
"""What has to be answered, by name."""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
