"""What a PDF may cost before it is read: how far its streams unpack.

In     the bytes of a .pdf
Out    whether they may be given to the reader
Never  keeps what it unpacks
Why    the reader unpacks streams whole and in memory, however large they get
"""

import re
import zlib

MAX_BYTES = 32_000_000
MAX_STREAM = 24_000_000
MAX_WHOLE = 192_000_000
_STREAM = re.compile(rb"\bstream\r?\n")
_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
_LZW_BYTES = 1_000_000
_MOST_STREAMS = 50_000
_DICTIONARY = 600
_LAYERS = 3
_CHUNK = 1_000_000


def is_affordable(data: bytes) -> bool:
    """Say whether all streams of a file unpack within the limits; an encrypted file cannot be asked."""
    if len(data) > MAX_BYTES or b"/Encrypt" in data or (b"LZW" in data and len(data) > _LZW_BYTES):
        return False
    room = MAX_WHOLE
    for count, match in enumerate(_STREAM.finditer(data)):
        before = data[max(0, match.start() - _DICTIONARY) : match.start()]
        most = room if _PICTURE.search(before) else min(room, MAX_STREAM)
        used = _unpacked(data, match.end(), most)
        if used > most or count > _MOST_STREAMS:
            return False
        room -= used
    return True


def _unpacked(data: bytes, at: int, most: int) -> int:
    """Count what a stream unpacks to, through up to three layers; more than `most` is given as `most` + 1."""
    layers = [zlib.decompressobj() for _ in range(_LAYERS)]
    totals = [0] * _LAYERS
    while at < len(data) and not layers[0].eof:
        part = data[at : at + _CHUNK]
        at += _CHUNK
        for depth, layer in enumerate(layers):
            try:
                part = layer.decompress(part, most + 1)
            except zlib.error:
                if depth == 0:
                    return max(totals)
                break
            totals[depth] += len(part)
            if layer.unconsumed_tail or totals[depth] > most:
                return most + 1
    return max(totals)
