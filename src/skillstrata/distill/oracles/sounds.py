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
    """A WAV file's track, and how loud each channel and their mixture are in each of 64 stretches."""

    track: Track
    courses: tuple[tuple[float, ...], ...]


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
    # The first channel is followed; where there are fewer than before, one of them or the mixture was kept.
    mixed = after.track.channels < before.track.channels
    courses = before.courses if mixed else before.courses[:1]
    alike = max(_correlation(course, after.courses[0]) for course in courses)
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
    stretches = [_loudness(raw[a * size : b * size], width, channels) for a, b in spans]
    return _Wave(track, tuple(zip(*stretches, strict=True)))


def _loudness(raw: bytes, width: int, channels: int) -> tuple[float, ...]:
    """Give the mean size of the samples of each channel, then of their mixture; of at most 400 frames."""
    size = width * channels
    frames = len(raw) // size
    full = float(1 << (8 * width - 1))
    totals = [0.0] * (channels + 1)
    taken = range(0, frames, max(1, frames // 400))
    for n in taken:
        values = [_sample(raw, n * size + c * width, width) / full for c in range(channels)]
        for place, value in enumerate([*values, sum(values) / channels]):
            totals[place] += abs(value)
    return tuple(total / max(1, len(taken)) for total in totals)


def _sample(raw: bytes, at: int, width: int) -> int:
    return raw[at] - 128 if width == 1 else int.from_bytes(raw[at : at + width], "little", signed=True)


def _correlation(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """Give the correlation; a steady or silent sound only matches one that is as loud."""
    n = len(first)
    a, b = sum(first) / n, sum(second) / n
    x, y = sum((v - a) ** 2 for v in first), sum((v - b) ** 2 for v in second)
    if min(x, y) < _QUIET * n * max(a, b, _QUIET):
        return 1.0 if max(x, y) < 10 * _QUIET * n * max(a, b, _QUIET) else 0.0
    return sum((v - a) * (w - b) for v, w in zip(first, second, strict=True)) / (x * y) ** 0.5
