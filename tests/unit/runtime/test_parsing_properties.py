import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import SkillText
from skillstrata.runtime import yaml_values
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.publishing import strict_copy
from skillstrata.runtime.skill_codes import SKILL_CODES
from skillstrata.runtime.strict_rules import strict_faults
from skillstrata.runtime.yaml_reader import pure_reader, yaml_reader
from skillstrata.runtime.yaml_values import FrontmatterFault, Mapping, read_mapping

KNOWN = {row.code for row in SKILL_CODES}
_WORDS = (
    "name",
    "description",
    "metadata",
    "requires",
    "a",
    "é",
    "1.10",
    "&a ",
    "*a",
    "---",
    "- ",
    ": ",
    "  ",
    "\u200d",
)
PIECES = st.sampled_from([*_WORDS, *"\n \t:[]{}'\"#!|>%@`?,\\~\x85\u2028\r"])
FILES = st.one_of(
    st.binary(max_size=200),
    st.lists(PIECES, max_size=60).map(lambda pieces: "".join(pieces).encode()),
    st.lists(PIECES, max_size=60).map(lambda pieces: f"---\nname: a\n{''.join(pieces)}\n---\nText\n".encode()),
)


@settings(max_examples=300, deadline=None)
@given(FILES)
def test_no_file_raises(data: bytes) -> None:
    """One bad file must not cost another one; every reason is in the table."""
    text = parse_skill(data, folder_name="a", path="")

    assert isinstance(text, SkillText)
    assert {found.code for found in text.diagnostics} <= KNOWN
    assert text.loads or any(found.severity == "error" for found in text.diagnostics)


@settings(max_examples=200, deadline=None)
@given(FILES)
def test_every_copy_that_is_made_is_strict(data: bytes) -> None:
    """A copy that the reference refuses is worse than none; what loads with a name can be copied."""
    copy = strict_copy(data, folder_name="a")

    assert copy.refused or strict_faults(copy.text, folder_name="a") == ()
    assert copy.refused is not parse_skill(data, folder_name="a", path="").loads


PLAIN_LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "  ", "   "]),
        st.sampled_from(["a", "b-c", "d_e", "on", "été"]),
        st.text(st.sampled_from("ab:#'\"-[]{}~,|>%@`\\ .!&*\t\u00a0\u2028é\U0001f600\x7f"), max_size=8),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=500, deadline=None)
@given(PLAIN_LINES)
def test_the_short_way_reads_what_yaml_reads(lines: list[tuple[str, str, str]]) -> None:
    """Most files are read without a YAML parser: that may never give another value."""
    text = "\n".join(f"{indent}{key}: {value}" for indent, key, value in lines)
    short = yaml_values._simple(text, 1)

    if short is not None:
        assert short == yaml_values._from_yaml(text, 1)


def test_the_short_way_is_taken() -> None:
    """Canary of the comparison above: plain files are not all handed on to YAML."""
    assert yaml_values._simple("name: a\nmetadata:\n  b: c d\n", 1) == Mapping(
        {"name": "a", "metadata": {"b": "c d"}}, {"name": 1, "metadata": 2}
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_the_reader_in_python_gives_what_libyaml_gives(text: str) -> None:
    """Where libyaml is missing, files must not mean something else; what only one of them reads is refused or text."""
    found: list[Mapping | Diagnostic] = []
    with pytest.MonkeyPatch.context() as patch:
        for reader in (yaml_reader, pure_reader):
            patch.setattr(yaml_values, "yaml_reader", reader)
            try:
                found.append(read_mapping(text))
            except FrontmatterFault as fault:
                found.append(fault.found)
    if all(isinstance(one, Mapping) for one in found):
        assert found[0] == found[1]


LONG = {
    "colons": lambda n: b"---\n" + b"a: " * n + b"\n---\n",
    "brackets": lambda n: b"---\nx: " + b"[" * n + b"\n---\n",
    "hyphens": lambda n: b"---\n" + b"- " * n + b"\n---\n",
    "blanks": lambda n: b"---\nname: a" + b" " * n + b"b\n---\n",
    "fences": lambda n: b"---\na: b\n" + b"----\n" * n,
    "shell": lambda n: b"---\ndescription: b\n---\n" + b" !`" * n,
    "requires": lambda n: b"---\ndescription: b\ndepends: a =" + b" " * n + b"b\n---\n",
    "related": lambda n: b"---\ndescription: b\n---\n" + b"related " * n,
    "backslashes": lambda n: b"---\ndescription: b\n---\n" + b"\\" * n,
    "lines": lambda n: b"---\ndescription: a: b\n" + b"x: y: z\n" * (n // 40) + b"---\n",
}


@pytest.mark.parametrize("shape", LONG)
def test_a_long_line_of_one_thing_is_read_to_its_end(shape: str) -> None:
    """What takes the square of its length to read would stand still here; the caps keep it to moments."""
    text = parse_skill(LONG[shape](60_000), folder_name="a", path="")

    assert isinstance(text, SkillText)
