"""How long a sound or a film is, and what streams it has, from its own headers.

In     bytes
Out    Track; None for formats we do not read, and for damaged files
Never  raises, decodes samples
"""

import struct
from dataclasses import dataclass
from itertools import pairwise

_MP3_RATES = (44100, 48000, 32000)
_MP3_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MOST_BOXES = 20_000
_LEAST_FRAMES = 3
_MONO = 3
# Eleven bits of one, then the version, then the layer.
_MP3_MARK = 0xFFE6
_MP3_LAYER_3 = 0xFFE2
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia"})


@dataclass(frozen=True, slots=True)
class Track:
    """Duration in seconds, channels (0: not known), and which kinds of stream there are."""

    seconds: float
    channels: int = 0
    has_sound: bool = True
    has_film: bool = False


def header_of(data: bytes) -> Track | None:
    """Read the headers of a WAV, FLAC, Ogg, MP3 or MP4 file."""
    try:
        if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
            return _wav(data)
        if data[:4] == b"fLaC":
            return _flac(data)
        if data[:4] == b"OggS":
            return _ogg(data)
        if data[4:8] == b"ftyp":
            return _mp4(data)
        return _mp3(data)
    except (struct.error, IndexError, ZeroDivisionError, ValueError, OverflowError):
        return None


def _wav(data: bytes) -> Track | None:
    at, form, size = 12, b"", -1
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if kind == b"fmt ":
            form = data[at + 8 : at + 24]
        if kind == b"data":
            size = min(length, len(data) - at - 8)
            break
        at += 8 + length + length % 2
    if size < 0 or not form:
        return None
    channels, rate, per_second = struct.unpack_from("<HII", form, 2)
    return Track(size / per_second, channels) if rate and channels else None


def _flac(data: bytes) -> Track | None:
    packed = int.from_bytes(data[18:26], "big")
    rate, channels, samples = packed >> 44, ((packed >> 41) & 7) + 1, packed & ((1 << 36) - 1)
    return Track(samples / rate, channels) if rate and samples else None


def _ogg(data: bytes) -> Track | None:
    last = data.rfind(b"OggS")
    granule = struct.unpack_from("<q", data, last + 6)[0]
    head = data[:200]
    vorbis, opus = head.find(b"\x01vorbis"), head.find(b"OpusHead")
    if vorbis >= 0:
        channels, rate = struct.unpack_from("<BI", data, vorbis + 11)
        return Track(granule / rate, channels)
    if opus >= 0:
        skip = struct.unpack_from("<H", data, opus + 10)[0]
        return Track((granule - skip) / 48_000, data[opus + 9])
    return None


def _mp4(data: bytes) -> Track | None:
    seconds, kinds = 0.0, set[bytes]()
    spans = [(0, len(data))]
    for _ in range(_MOST_BOXES):
        if not spans:
            break
        at, end = spans.pop()
        if at + 8 > end:
            continue
        size, kind, head = struct.unpack_from(">I", data, at)[0], data[at + 4 : at + 8], 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        size = size or end - at
        if size < head:
            return None
        spans.append((at + size, end))
        if kind in _CONTAINERS:
            spans.append((at + head, min(at + size, end)))
        elif kind == b"mvhd":
            seconds = _mp4_seconds(data, at + head)
        elif kind == b"hdlr":
            kinds.add(data[at + head + 8 : at + head + 12])
    return Track(seconds, 0, b"soun" in kinds, b"vide" in kinds) if seconds else None


def _mp4_seconds(data: bytes, at: int) -> float:
    scale, length = struct.unpack_from(">IQ", data, at + 20) if data[at] else struct.unpack_from(">II", data, at + 12)
    return length / scale


def _mp3(data: bytes) -> Track | None:
    """Walk the frames: the header of a file with a varying rate need not say how long it is."""
    at = 0
    if data[:3] == b"ID3":
        size = 0
        for byte in data[6:10]:
            size = (size << 7) | (byte & 127)
        at = 10 + size
    seconds, starts, channels = 0.0, list[int](), 0
    while (frame := _mp3_frame(data, at)) is not None:
        length, duration, channels = frame
        starts.append(at)
        seconds += duration
        at += length
    steady = len(starts) >= _LEAST_FRAMES and all(b > a for a, b in pairwise(starts))
    return Track(seconds, channels) if steady else None


def _mp3_frame(data: bytes, at: int) -> tuple[int, float, int] | None:
    """Give a frame's length in bytes, its seconds and its channels; None where no layer-3 frame begins."""
    if at + 4 > len(data) or struct.unpack_from(">H", data, at)[0] & _MP3_MARK != _MP3_LAYER_3:
        return None
    version, kbits, rate = (data[at + 1] >> 3) & 3, data[at + 2] >> 4, (data[at + 2] >> 2) & 3
    if version == 1 or kbits in {0, 15} or rate == len(_MP3_RATES):
        return None
    first = version == len(_MP3_RATES)
    hertz = _MP3_RATES[rate] // (1 if first else 2 if version else 4)
    bits = (_MP3_KBITS_1 if first else _MP3_KBITS_2)[kbits] * 1000
    samples = 1152 if first else 576
    length = samples // 8 * bits // hertz + ((data[at + 2] >> 1) & 1)
    return length, samples / hertz, 1 if data[at + 3] >> 6 == _MONO else 2
