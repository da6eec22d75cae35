"""A few values are the user's to choose: those with a known name, in code, in a pipeline, or in a call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.knobs import knobs, other_values
from skillstrata.distill.lifted_text import LIFTINGS


def found(language: str, body: str, argv: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Give name, kind and value of what is offered."""
    return [(k.name, k.kind, k.value) for k in knobs(language, body, argv, LIFTINGS[language].folds(body))]


@pytest.mark.parametrize(
    ("language", "body", "argv", "expected"),
    [
        ("python", "import textwrap\nprint(textwrap.fill(t, width=40))\n", (), [("width", "integer", "40")]),
        ("python", "DELIMITER = ';'\n", (), [("delimiter", "string", ";")]),
        ("python", "save(quality=0.8, optimize=True)\n", (), [("quality", "number", "0.8")]),
        ("python", "x = 40\nopen(f, buffering=1)\n", (), []),
        ("python", "csv.reader(f, delimiter='\\t')\n", (), []),
        ("python", "", ("in.csv", "--indent", "4"), [("indent", "integer", "4")]),
        ("python", "", ("--max-rows=10", "in.csv"), [("limit", "integer", "10")]),
        ("python", "", ("--frobnicate", "4"), []),
        ("python", "", ("--width", "/home/ann/x"), []),
        ("shell", "fold --width 40 a.txt > b.txt\n", (), [("width", "integer", "40")]),
        ("shell", "fold --width=40 a.txt > b.txt\n", (), []),
    ],
)
def test_only_values_with_a_known_name_are_offered(
    language: str, body: str, argv: tuple[str, ...], expected: list[tuple[str, str, str]]
) -> None:
    """Names reach descriptions: none is taken from the program."""
    assert found(language, body, argv) == expected


def test_one_name_with_two_values_is_two_things() -> None:
    """Only the first is offered, in every place where it has that value."""
    body = "a(width=10)\nb(width=20)\nc(width=10)\n"

    assert found("python", body) == [("width", "integer", "10")] * 2


def test_the_bytes_of_a_value_are_those_of_the_text() -> None:
    """Offsets are UTF-8 bytes: letters before them count for more than one."""
    body = "t = 'Åse 数'; print(fill(t, width=40))\n"
    (knob,) = knobs("python", body, (), ())

    assert body.encode()[knob.start : knob.end] == b"40"


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", "1"), ("integer", "40"), ("number", "0.5"), ("boolean", "true"), ("string", ";")]
)
def test_there_is_another_value_to_turn_to(kind: str, value: str) -> None:
    """An option is proven by turning it."""
    others = other_values(kind, value)

    assert others
    assert value not in others


@given(st.text(max_size=200), st.sampled_from(["python", "shell", "node"]), st.lists(st.text(max_size=9), max_size=4))
def test_any_text_is_read(body: str, language: str, argv: list[str]) -> None:
    """Bodies are untrusted: none ends the pass."""
    assert len({name for name, _, _ in found(language, body, tuple(argv))}) <= 6
