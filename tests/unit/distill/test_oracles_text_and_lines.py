"""Are rewritten texts, chosen lines and trees in other formats held to every character, line and leaf?"""

import json

import pytest

from skillstrata.distill.oracles import choose_profile, judge
from skillstrata.distill.oracles.plain_yaml import parse_plain_yaml
from skillstrata.distill.views.media_types import CSV, JSON, MARKDOWN, TEXT, XML
from skillstrata.records.proofs import TypedBytes

PROSE = "  The quick fox jumps over 1234 dogs.\nAnother line: with words.  \n\n\nLast paragraph of fox lines.\n"
TEXT_IN = TypedBytes(TEXT, PROSE.encode())
LOG = TypedBytes(
    TEXT,
    b"2024-03-01 10:00:01 INFO start port=8080\n2024-03-01 10:00:05 ERROR disk full code=517\n"
    b"2024-03-01 10:01:09 INFO retry ms=250\n2024-03-02 11:30:00 ERROR net lost code=330\n",
)
TREE = {
    "server": {"host": "a.example", "port": 8080, "tls": False, "serial": 9007199254740993},
    "tags": ["x", "y"],
    "name": "demo: box",
}
GIVEN = TypedBytes(JSON, json.dumps(TREE).encode())


def _text(text: str, media_type: str = TEXT) -> TypedBytes:
    return TypedBytes(media_type, text.encode())


@pytest.mark.parametrize(
    "made",
    [
        PROSE.upper(),
        "\n".join(line.strip() for line in PROSE.splitlines() if line.strip()),
        "\n".join(sorted(PROSE.splitlines())),
        "\n".join(f"{n:4}  {line}" for n, line in enumerate(PROSE.splitlines(), 1)),
        "\n".join(reversed(PROSE.splitlines())),
        " ".join(PROSE.split()),
        PROSE.replace("fox", "cat"),
        "\n".join(line[::-1] for line in PROSE.splitlines()),
    ],
    ids=["case", "trimmed", "sorted", "numbered", "reversed", "one line", "replaced", "mirrored"],
)
def test_a_text_rewritten_by_a_rule_is_exact_to_the_character(made: str) -> None:
    """The rule is found by trying; one digit swapped in its output leaves none."""
    labels = frozenset({"fox", "cat"})
    profile = choose_profile(TEXT_IN, _text(made), labels=labels)
    wrong = made.replace("1234", "1324").replace("4321", "4231")

    assert profile == "text-1"
    assert judge(TEXT_IN, _text(made), profile=profile, labels=labels).ok
    assert not judge(TEXT_IN, _text(wrong), profile=profile, labels=labels).ok


def test_a_replacement_the_program_does_not_hold_is_none() -> None:
    """Else every wrong word would be a replacement."""
    made = _text(PROSE.replace("fox", "cat"))

    assert judge(TEXT_IN, made, profile="text", labels=frozenset({"fox", "cat"})).ok
    assert not judge(TEXT_IN, made, profile="text", labels=frozenset({"dog"})).ok


def test_chosen_lines_are_lines_of_the_input() -> None:
    """A filter loses lines on purpose; it invents none and keeps their order."""
    lines = [line for line in LOG.data.decode().splitlines() if "ERROR" in line]
    right = _text("\n".join(lines) + "\n")

    assert choose_profile(LOG, right) == "extract-lines-1"
    assert judge(LOG, right, profile="extract-lines").ok
    invented = judge(LOG, _text("\n".join([*lines, lines[0].replace("517", "330")])), profile="extract-lines")
    assert "invented_lines" in invented.detail
    assert not judge(LOG, _text(lines[0] + "\n" + lines[0]), profile="extract-lines").ok
    mixed = [LOG.data.decode().splitlines()[n] for n in (1, 0, 3)]
    assert "order" in judge(LOG, _text("\n".join(mixed)), profile="extract-lines").detail


FLAT = {"server.host": "a.example", "server.port": 8080, "server.tls": False, "server.serial": 9007199254740993}
YAML = (
    "server:\n  host: a.example\n  port: 8080\n  tls: false\n  serial: 9007199254740993\n"
    "tags:\n- x\n- y\nname: 'demo: box'\n"
)
TOML = (
    'name = "demo: box"\ntags = ["x", "y"]\n[server]\nhost = "a.example"\nport = 8080\ntls = false\n'
    "serial = 9007199254740993\n"
)
PAGE = (
    '<cfg><server host="a.example"><port>8080</port><tls>false</tls><serial>9007199254740993</serial></server>'
    "<tags>x</tags><tags>y</tags><name>demo: box</name></cfg>"
)


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        (JSON, json.dumps({**FLAT, "tags.0": "x", "tags.1": "y", "name": "demo: box"})),
        (JSON, json.dumps({**FLAT, "tags_0": "x", "tags_1": "y", "name": "demo: box"}).replace("server.", "server_")),
        (TEXT, YAML),
        (TEXT, TOML),
        (XML, PAGE),
        (MARKDOWN, f"---\n{YAML}---\n# A page\n"),
    ],
    ids=["dots", "underscores", "yaml", "toml", "xml", "front matter"],
)
def test_a_tree_in_another_format_keeps_every_leaf(media_type: str, text: str) -> None:
    """Joined keys, types as text, an outermost element: none of it changes a leaf; a digit or a lost leaf does."""
    made = _text(text, media_type)

    assert choose_profile(GIVEN, made) == "tree-1"
    assert judge(GIVEN, made, profile="tree").ok
    assert judge(made, GIVEN, profile="tree").ok
    for old, new in (("8080", "8008"), ("9007199254740993", "9007199254740992"), ("a.example", ""), ("x", "y")):
        assert not judge(GIVEN, _text(text.replace(old, new, 1), media_type), profile="tree").ok


def test_records_of_xml_become_a_table() -> None:
    """The names of elements are the columns."""
    given = _text("<all><row><k>one</k><v>11</v></row><row><k>two</k><v>22</v></row></all>", XML)

    assert judge(given, _text("k,v\none,11\ntwo,22\n", CSV), profile="tree").ok
    assert not judge(given, _text("k,v\none,22\ntwo,11\n", CSV), profile="tree").ok


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (
            "a: 1\nb:\n  - x\n  - y: 2\n    z: t\nc: [p, 'q']\n",
            {"a": 1, "b": ["x", {"y": 2, "z": "t"}], "c": ["p", "q"]},
        ),
        ("- 007\n- true\n- ~\n", ["007", True, None]),
        ("a: &x 1\nb: *x\n", None),
        ("a: |\n  text\n", None),
        ("just words\n", None),
        ("a:\n   b: 1\n  c: 2\n", None),
    ],
)
def test_only_the_plain_part_of_yaml_is_read(text: str, tree: object) -> None:
    """What this reader does not know it does not guess."""
    assert parse_plain_yaml(text) == tree
