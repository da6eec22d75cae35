"""The ledger of waived checks equals the code."""

import io
import re
import tokenize
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WAIVER = re.compile(r"(noqa|type: ignore|pyright: \w+|pragma|fmt: \w+|ruff: \w+)\b(?:: ?[A-Z0-9, ]+|\[[\w, -]+\])?")


def _waivers(source: str) -> list[str]:
    comments = (t.string for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT)
    return [match.group(0).strip() for comment in comments for match in WAIVER.finditer(comment)]


def _in_code() -> Counter[tuple[str, str]]:
    return Counter(
        (path.relative_to(ROOT).as_posix(), waiver)
        for path in sorted((ROOT / "src").rglob("*.py"))
        for waiver in _waivers(path.read_text(encoding="utf-8"))
    )


def _in_ledger() -> list[dict[str, str | int]]:
    return tomllib.loads((ROOT / "waivers.toml").read_text(encoding="utf-8"))["waiver"]


def test_the_ledger_equals_the_code() -> None:
    """House style, rot 10: waivers creep unless each new one is a line somebody has to defend."""
    ledger = {(entry["file"], entry["comment"]): entry["count"] for entry in _in_ledger()}

    assert ledger == dict(_in_code())


def test_every_waiver_says_why() -> None:
    """The reason is what the next reader needs to take the waiver out again."""
    assert [entry for entry in _in_ledger() if len(str(entry.get("why", ""))) < len("one reason")] == []


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("x = 1  # noqa: S311", ["noqa: S311"]),
        ("x = 1  # noqa", ["noqa"]),
        ("x = f()  # type: ignore[arg-type]", ["type: ignore[arg-type]"]),
        ("x = f()  # pyright: ignore[reportPrivateUsage]", ["pyright: ignore[reportPrivateUsage]"]),
        ("# pyright: basic", ["pyright: basic"]),
        ("x = '# noqa: S311'", []),
        ("x = 1  # the type is ignored by the caller", []),
    ],
)
def test_each_form_of_waiver_is_counted(line: str, seen: list[str]) -> None:
    """Canary: comments count, strings and prose do not."""
    assert _waivers(line) == seen
