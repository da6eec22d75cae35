"""Are small counts recounted, dates found again in another form, settings read as text, channels mixed?"""

import io
import json
import struct
import wave

import pytest

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.sounds import sound
from skillstrata.distill.mutate.type_names import INI, TOML, WAV, YAML
from skillstrata.distill.oracles import choose_profile, judge
from skillstrata.distill.oracles.trees import tree_leaves
from skillstrata.distill.synthesise import quoted, unseen
from skillstrata.distill.views.media_types import JSON, TEXT, TSV
from skillstrata.records.proofs import OracleResult, TypedBytes

LEVELS = ("INFO", "ERROR", "INFO", "WARN", "INFO", "ERROR", "INFO", "INFO", "WARN", "ERROR", "INFO", "INFO")
LOG = TypedBytes(
    TEXT,
    "".join(
        f"2026-01-{n + 2:02} 10:0{n % 7}:0{n % 5} {level} part {n} ready\n" for n, level in enumerate(LEVELS)
    ).encode(),
)
RIGHT = {"INFO": 7, "ERROR": 3, "WARN": 2}
LABELS = frozenset({"info", "error", "warn", "lines", "total"})


def _judged(given: TypedBytes, media_type: str, output: str, labels: frozenset[str] = LABELS) -> OracleResult:
    produced = TypedBytes(media_type, output.encode())
    return judge(given, produced, profile=choose_profile(given, produced, labels=labels), labels=labels)


def _counts(off: int, form: str) -> tuple[str, str]:
    found = {level: count + off for level, count in RIGHT.items()}
    if form == "json":
        return JSON, json.dumps(found)
    return TEXT, "".join(f"{level}: {count}\n" for level, count in found.items())


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("off", [1, -1, 2])
def test_counts_that_are_all_off_are_refused(form: str, off: int) -> None:
    """Small numbers stand in any log by accident: a date has them."""
    result = _judged(LOG, *_counts(off, form))

    assert not result.ok
    assert "miscounted_groups" in result.detail or "unexplained" in result.detail


@pytest.mark.parametrize("form", ["text", "json"])
def test_right_counts_are_accepted(form: str) -> None:
    """Twin: the same report with the right numbers."""
    assert _judged(LOG, *_counts(0, form)).ok


def test_numbers_that_stand_beside_their_words_are_content() -> None:
    """Twin: what is picked out of an input is no count of it."""
    given = TypedBytes(
        TEXT, b"berth 12 is free since Monday\ncrane 7 is broken and waits\nharbour 3 opens late today\n"
    )

    assert _judged(given, TEXT, "berth: 12\ncrane: 7\nharbour: 3\n", frozenset()).ok


def test_small_numbers_that_follow_from_nothing_cannot_be_measured() -> None:
    """They may be right, and nobody can say so."""
    given = TypedBytes(TEXT, b"2")
    result = judge(given, TypedBytes(TEXT, b"2:"), profile="summary")
    counted = judge(given, TypedBytes(TEXT, b"lines: 1\n"), profile="summary", labels=frozenset({"lines"}))

    assert (result.ok, result.measurable) == (False, False)
    assert (counted.ok, counted.measurable) == (True, True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"2026-01-{:02}", "{:02}.01.2026"),
        (r"2026-01-{:02}", "01/{:02}/2026"),
        (r"2026-01-{:02}", "{} January 2026"),
        (r"{:02}/01/2026", "2026-01-{:02}"),
    ],
)
def test_dates_written_anew_in_every_line_follow_a_rule(old: str, new: str) -> None:
    """All lines are kept, and one rule gives every one of them to the character."""
    lines = [f"{{}} {level} part {n} ready" for n, level in enumerate(LEVELS)]
    given = TypedBytes(TEXT, "\n".join(line.format(old.format(n + 2)) for n, line in enumerate(lines)).encode())
    made = [line.format(new.format(n + 2)) for n, line in enumerate(lines)]
    good = TypedBytes(TEXT, "\n".join(made).encode())
    profile = choose_profile(given, good)

    assert profile == "text-1"
    assert judge(given, good, profile=profile).ok
    wrong = ["\n".join(made[:-1]), "\n".join([*made[:-1], lines[-1].format("2026-02-02")])]
    assert not any(judge(given, TypedBytes(TEXT, text.encode()), profile=profile).ok for text in wrong)


def test_lines_rewritten_by_an_unknown_rule_are_not_called_wrong() -> None:
    """Another number in every line: nobody can say here that this was not wanted."""
    line = "the ship numbered {} came into the harbour at night and left it in the morning\n"
    given = TypedBytes(TEXT, "".join(line.format(n * 37) for n in range(30, 50)).encode())
    masked = "".join(line.format(n * 41 + 7) for n in range(30, 50))

    assert not _judged(given, TEXT, masked, frozenset()).measurable
    assert _judged(given, TEXT, "".join(line.format(n * 37) for n in range(30, 49)), frozenset()).ok


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        (YAML, "name: quay\nport: 8080\nowner: Ann Berg\n"),
        (TOML, 'name = "quay"\nport = 8080\nowner = "Ann Berg"\n'),
        (INI, "[quay]\nname = quay\nport = 8080\nowner = Ann Berg\n"),
    ],
)
def test_settings_are_trees(media_type: str, text: str) -> None:
    """A converter of settings is measured like one of text."""
    given = TypedBytes(media_type, text.encode())
    plain = {"name": "quay", "port": "8080" if media_type == INI else 8080, "owner": "Ann Berg"}
    tree = json.dumps({"quay": plain} if media_type == INI else plain)

    assert tree_leaves(TypedBytes(TEXT, given.data))
    assert _judged(given, JSON, tree, frozenset()).profile == "tree-1"
    assert _judged(given, JSON, tree, frozenset()).ok
    assert not judge(given, TypedBytes(JSON, tree.replace("8080", "8081").encode()), profile="tree-1").ok


def test_tables_between_tabs_keep_their_dialect() -> None:
    """A program that cuts at tabs is right where no cell was ever quoted."""
    bare = TypedBytes(TSV, b"name\tnote\nAnn\tcame in late\nBo\tleft, then came\nCy\tstayed there\n")
    marked = TypedBytes(TSV, b'name\tnote\nAnn\t"came in ""late"""\nBo\tleft then came\nCy\tstayed there\n')

    assert all(b'"' not in made.data for made in unseen(bare, count=4, seed=1))
    assert {len(row.split(b"\t")) for made in unseen(bare, count=4, seed=1) for row in made.data.splitlines()} == {2}
    assert quoted(bare, seed=1) is None
    assert b'"' in (quoted(marked, seed=1) or bare).data


def _stereo(seed: int) -> bytes:
    return next(data for n in range(20) if (data := sound(Dice(seed, n)))[22] == 2)


def _mono(data: bytes, *, backwards: bool = False) -> bytes:
    with wave.open(io.BytesIO(data)) as source:
        rate, raw = source.getframerate(), source.readframes(source.getnframes())
    pairs = list(struct.iter_unpack("<hh", raw))
    mixed = [(left + right) // 2 for left, right in (pairs[::-1] if backwards else pairs)]
    out = io.BytesIO()
    with wave.open(out, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(rate)
        target.writeframes(struct.pack(f"<{len(mixed)}h", *mixed))
    return out.getvalue()


@pytest.mark.parametrize("seed", range(4))
def test_a_sound_mixed_to_one_channel_is_the_same_sound(seed: int) -> None:
    """Its course of loud and soft stays; played backwards it does not."""
    given = TypedBytes(WAV, _stereo(seed))

    assert judge(given, TypedBytes(WAV, _mono(given.data)), profile="media-1").ok
    assert not judge(given, TypedBytes(WAV, _mono(given.data, backwards=True)), profile="media-1").ok


def test_channels_that_differ_may_be_mixed() -> None:
    """A sound of somebody else's has two channels of their own courses."""
    frames = [(n % 80 * (n // 800 + 1) * 20, (n % 60) * (10 - n // 800) * 20) for n in range(8_000)]
    out = io.BytesIO()
    with wave.open(out, "wb") as target:
        target.setnchannels(2)
        target.setsampwidth(2)
        target.setframerate(8_000)
        target.writeframes(b"".join(struct.pack("<hh", *frame) for frame in frames))
    given = TypedBytes(WAV, out.getvalue())

    assert judge(given, TypedBytes(WAV, _mono(given.data)), profile="media-1").ok
