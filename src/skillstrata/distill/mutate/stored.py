"""Wrap bytes as zlib and gzip streams without compressing them: the same bytes on every machine."""

import struct
import zlib

_BLOCK = 65_535


def deflate_stored(data: bytes) -> bytes:
    """Give `data` as stored blocks of a deflate stream."""
    blocks = [data[n : n + _BLOCK] for n in range(0, len(data), _BLOCK)] or [b""]
    return b"".join(
        struct.pack("<BHH", place == len(blocks) - 1, len(block), len(block) ^ 0xFFFF) + block
        for place, block in enumerate(blocks)
    )


def zlib_stored(data: bytes) -> bytes:
    """Give `data` as a zlib stream."""
    return b"\x78\x01" + deflate_stored(data) + struct.pack(">I", zlib.adler32(data))


def gzip_stored(data: bytes) -> bytes:
    """Give `data` as a gzip file without name and date."""
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    return head + deflate_stored(data) + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
