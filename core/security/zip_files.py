"""What Python's zipfile raises on damaged ZIPs of strangers: it promises BadZipFile, and much else gets through."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

DAMAGED_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,  # a member without a name
    NotImplementedError,  # a way of packing that it does not know
    OSError,
    RuntimeError,  # a password
    ValueError,  # offsets before the file's beginning
)
"""Errors of opening a ZIP, listing it and unpacking a member."""
