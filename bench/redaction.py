"""How fast secrets are looked for: the gate that nearly every text ends at, and what it saves.

In     the sources and documents of this repository as the texts of events, some with a made-up key in them
Out    MB of text a second: with the gate, with known values beside it, of whole events, and without the gate
"""

import time
from collections.abc import Callable
from pathlib import Path

from bench.capture import Row
from skillstrata.capture.redact import Redactor, redact_event
from skillstrata.records.events import Event, EventKind, ShellCall
from tests.fakes.memory_secret_values import MemorySecretValues

ROOT = Path(__file__).parents[1]
# What an event's texts look like: a short command, a page of output, now and then a long one.
SIZES = (60, 400, 3_000, 1_200, 90, 20_000, 700, 2_500)
SECRET_EVERY = 200
# Import has to reach 40 MB/s of transcript in all; texts are half of that, and redaction is one part of the work.
MIN_MB_PER_S, MB = 50.0, 1e6
_KEY = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
_VALUES = {f"SERVICE_{n}_TOKEN": f"{n}q8Kx2mP0aa9Z{n * 7919:08x}tR5" for n in range(6)}


def measure() -> list[Row]:
    """Measure everything; a few seconds."""
    texts = _texts()
    size = sum(len(text) for text in texts)
    plain, store = Redactor(), MemorySecretValues()
    Redactor({f"OLD_{name}": value[::-1] for name, value in _VALUES.items()}, store=store).heed()
    knowing = Redactor(_VALUES, store=store)
    events = [
        Event("i", "a", "s", EventKind.CALL, 1.0, cwd="/home/dev/project", shell=ShellCall(command=one, stdout=other))
        for one, other in zip(texts[::2], texts[1::2], strict=True)
    ]
    sample = texts[:: max(1, len(texts) // 150)]
    fast = _rate(size, lambda: [plain.redact(text) for text in texts])
    known = _rate(size, lambda: [knowing.redact(text) for text in texts])
    whole = _rate(size, lambda: [redact_event(event, knowing) for event in events])
    slow = _rate(sum(map(len, sample)), lambda: [plain.redact_ungated(text) for text in sample])
    hits = sum(plain.redact(text).hits for text in texts)
    detail = f"{len(texts)} texts, {size / MB:.1f} MB, {hits} secrets in them"
    return [
        _row("redact", fast, detail, ok=fast >= MIN_MB_PER_S),
        _row("redact, known values", known, "6 values of the environment, 6 by their marks", ok=known >= MIN_MB_PER_S),
        _row(
            "redact, whole events", whole, "a command and its output, with those known values", ok=whole >= MIN_MB_PER_S
        ),
        _row("redact without the gate", slow, "every rule over every text, to compare", ok=True, bound="-"),
    ]


def _texts() -> list[str]:
    files = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "docs").rglob("*.md")])
    whole = "".join(path.read_text(encoding="utf-8") for path in files)
    texts: list[str] = []
    at = 0
    while at < len(whole):
        text = whole[at : at + SIZES[len(texts) % len(SIZES)]]
        at += len(text)
        texts.append(f"{text}\ntoken {_KEY}\n" if len(texts) % SECRET_EVERY == 0 else text)
    return texts[: len(texts) // 2 * 2]


def _rate(size: int, work: Callable[[], object]) -> float:
    work()
    began = time.process_time()
    work()
    return size / (time.process_time() - began) / MB


def _row(name: str, value: float, detail: str, *, ok: bool, bound: str = f">= {MIN_MB_PER_S:g}") -> Row:
    return {"name": name, "value": round(value, 1), "unit": "MB/s", "bound": bound, "ok": ok, "detail": detail}


if __name__ == "__main__":
    for measured in measure():
        print(measured)
