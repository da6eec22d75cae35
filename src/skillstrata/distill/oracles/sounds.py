"""Sound and film in another format: as long as before, with the streams it had.

In     bytes of WAV, FLAC, Ogg, MP3, MP4
Out    OracleResult of profile media-1
Never  starts a program; decodes what the standard library does not: other formats are not measurable here
"""

import io
import wave
from dataclasses import dataclass
from itertools import pairwise

from skillstrata.distill.oracles.findings import Finding, at_least, at_most, conclude, unmeasurable
from skillstrata.distill.oracles.sound_headers import Track, header_of
from skillstrata.records.proofs import OracleResult, TypedBytes

PROFILE = "media-1"
PROFILES = (PROFILE,)
_SLACK_S = 0.15
_SLACK_SHARE = 0.01
_PARTS = 64
_LIKENESS = 0.95
_QUIET = 1e-4
_MAX_FRAMES = 48_000 * 600


@dataclass(frozen=True, slots=True)
class _Wave:
    """A WAV file's track, and how loud it is in each of 64 stretches."""

    track: Track
    loudness: tuple[float, ...]


def knows(given: TypedBytes, produced: TypedBytes) -> bool:
    """Say whether the input is sound or film."""
    del produced
    return given.media_type.startswith(("audio/", "video/"))


def choose(given: TypedBytes, produced: TypedBytes) -> str:
    """Name the profile of a demonstration."""
    return PROFILE if knows(produced, given) and header_of(given.data) is not None else ""


def judge(profile: str, given: TypedBytes, produced: TypedBytes) -> OracleResult:
    """Judge by duration and streams; WAV to WAV also by the course of its loudness."""
    before = header_of(given.data)
    if before is None:
        return unmeasurable(f"no reader for {given.media_type} without ffprobe, or the file is damaged")
    after = header_of(produced.data)
    if after is None:
        return conclude(profile, [at_least("decodes", 0, 1)])
    apart = abs(before.seconds - after.seconds)
    findings = [
        at_least("decodes", 1, 1),
        at_most("duration_difference", apart, max(_SLACK_S, _SLACK_SHARE * before.seconds)),
        at_least("sound_kept", float(after.has_sound or not before.has_sound), 1),
        at_most("copied", float(given.data == produced.data), 0),
        at_least("channels_kept", float(after.channels == before.channels), 1, gate=False),
        at_least("film_kept", float(after.has_film or not before.has_film), 1, gate=False),
    ]
    return conclude(profile, [*findings, *_same_sound(given.data, produced.data)])


def _same_sound(given: bytes, produced: bytes) -> list[Finding]:
    before, after = _wave(given), _wave(produced)
    if before is None or after is None:
        return []
    alike = _correlation(before.loudness, after.loudness)
    return [at_least("loudness_course", alike, _LIKENESS)]


def _wave(data: bytes) -> _Wave | None:
    track = header_of(data)
    if track is None or data[:4] != b"RIFF":
        return None
    try:
        with wave.open(io.BytesIO(data)) as sound:
            width, channels, total = sound.getsampwidth(), sound.getnchannels(), sound.getnframes()
            raw = sound.readframes(min(total, _MAX_FRAMES))
    except (wave.Error, EOFError, ValueError, OSError, RuntimeError):
        return None
    size = width * channels
    frames = len(raw) // size if size else 0
    if frames < _PARTS:
        return None
    edges = [frames * n // _PARTS for n in range(_PARTS + 1)]
    spans = pairwise(edges)
    return _Wave(track, tuple(_loudness(raw[a * size : b * size], width, size) for a, b in spans))


def _loudness(raw: bytes, width: int, size: int) -> float:
    """Give the mean size of the first channel's samples, at most 400 of them."""
    frames = len(raw) // size
    step = max(1, frames // 400)
    full = float(1 << (8 * width - 1))
    total, count = 0.0, 0
    for n in range(0, frames, step):
        sample = raw[n * size : n * size + width]
        value = sample[0] - 128 if width == 1 else int.from_bytes(sample, "little", signed=True)
        total += abs(value) / full
        count += 1
    return total / count if count else 0.0


def _correlation(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """Give the correlation; a steady or silent sound only matches one that is as loud."""
    n = len(first)
    a, b = sum(first) / n, sum(second) / n
    x, y = sum((v - a) ** 2 for v in first), sum((v - b) ** 2 for v in second)
    if min(x, y) < _QUIET * n * max(a, b, _QUIET):
        return 1.0 if max(x, y) < 10 * _QUIET * n * max(a, b, _QUIET) else 0.0
    return sum((v - a) * (w - b) for v, w in zip(first, second, strict=True)) / (x * y) ** 0.5
