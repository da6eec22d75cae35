"""Write sounds: uncompressed WAV of tones that swell and fade, their samples whole numbers on every machine."""

import io
import struct
import wave

from skillstrata.distill.mutate.dice import Dice

_RATES = (8_000, 11_025, 16_000, 22_050)
_PEAK = 12_000
_MOST_BYTES = 40_000_000
_TENTH_S = 10
_STRETCHES = 12
_FULL = 100
_SOFT, _LOUD = (10, 40), (60, 100)


def sound(dice: Dice) -> bytes:
    """Write a sound of 0.2 to 1 second, one or two channels."""
    return _wav(dice, dice.one(_RATES), dice.between(1, 2), tenths=dice.between(2, 10))


def other_sound(data: bytes, variant: int, dice: Dice) -> bytes | None:
    """Write a sound with the rate and channels of another, in turn shorter and longer; None where it is no WAV."""
    known = _read(data)
    if known is None:
        return None
    channels, rate, frames, _ = known
    tenths = max(1, frames * _TENTH_S // rate)
    tenths = max(1, tenths // 2) if variant % 2 == 0 else tenths + dice.between(1, 9)
    return _wav(dice, rate, channels, tenths=min(tenths, 100))


def reversed_sound(data: bytes) -> bytes | None:
    """Give a sound played backwards, same rate, channels and length; None where it is no WAV."""
    known = _read(data)
    if known is None:
        return None
    channels, rate, frames, raw = known
    width = len(raw) // frames
    turned = b"".join(raw[n : n + width] for n in range((frames - 1) * width, -1, -width))
    return _file(channels, rate, width // channels, turned)


def _wav(dice: Dice, rate: int, channels: int, *, tenths: int) -> bytes:
    count = rate * tenths // _TENTH_S
    tone = _tone(count, dice.between(rate // 900 + 2, rate // 110 + 3))
    # Louder and softer in turn, and the same in every channel: as what is recorded by two microphones.
    levels = [dice.between(*(_LOUD if n % 2 else _SOFT)) for n in range(_STRETCHES)]
    first = [sample * levels[n * _STRETCHES // count] // _FULL for n, sample in enumerate(tone)]
    shares = [_FULL, *(dice.between(50, 90) for _ in range(channels - 1))]
    tracks = [[sample * share // _FULL for sample in first] for share in shares]
    samples = [sample for together in zip(*tracks, strict=True) for sample in together]
    return _file(channels, rate, 2, struct.pack(f"<{len(samples)}h", *samples))


def _tone(count: int, period: int) -> list[int]:
    one = [(_PEAK * 4 * min(n, period - n) // period) - _PEAK for n in range(period)]
    return (one * (count // period + 1))[:count]


def _file(channels: int, rate: int, width: int, raw: bytes) -> bytes:
    form = struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * channels * width, channels * width, 8 * width
    )
    content = b"WAVE" + form + struct.pack("<4sI", b"data", len(raw)) + raw
    return struct.pack("<4sI", b"RIFF", len(content)) + content


def _read(data: bytes) -> tuple[int, int, int, bytes] | None:
    if len(data) > _MOST_BYTES:
        return None
    try:
        with wave.open(io.BytesIO(data)) as reader:
            frames = reader.getnframes()
            raw = reader.readframes(frames)
            width = reader.getnchannels() * reader.getsampwidth()
            whole = len(raw) // width if width else 0
            if not whole or not reader.getframerate():
                return None
            return reader.getnchannels(), reader.getframerate(), whole, raw[: whole * width]
    except (wave.Error, EOFError, OSError, ValueError, struct.error, ZeroDivisionError, OverflowError, MemoryError):
        return None
