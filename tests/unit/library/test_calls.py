"""Arguments are described exactly, names are safe, and a call without its output is a failure."""

import json
from dataclasses import replace

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library import CallCancelled, CallFailed, CallOutputs, call_schema, outputs_of, safe_name
from skillstrata.library.calls import LimitBroken, NoOutput, OutputNotText, ProgramFailed
from skillstrata.library.quality import OWN_FAULTS, failure_class
from skillstrata.records.contracts import Param
from skillstrata.records.drafts import OutputSpec
from skillstrata.records.errors import Retry
from skillstrata.records.sandbox_runs import CollectedFile, SandboxResult
from skillstrata.records.tools import Version
from tests.fakes.sample_tools import a_contract, a_version

TEXT = replace(a_version(), output=OutputSpec("output", "text", "text/plain"))
DERIVED = replace(a_version(), output=OutputSpec("output", "file", "text/markdown", "derived", ".md"))


def _wrote(*files: tuple[str, bytes], code: int = 0, written: bool = True) -> SandboxResult:
    return SandboxResult(code, b"", b"", tuple(CollectedFile(path, data, written) for path, data in files))


def _printed(stdout: bytes, stderr: bytes = b"", code: int | None = 0, limit: str = "") -> SandboxResult:
    return SandboxResult(code, stdout, stderr, limit=limit)


def _out(version: Version, result: SandboxResult) -> CallOutputs:
    return outputs_of(version, result, output_name="a.md")


def test_the_output_that_was_asked_for_is_given() -> None:
    """Files on the side are not outputs."""
    result = _wrote(("/out/a.log", b"log"), ("/out/a.md", b"# A"))

    assert _out(a_version(), result) == CallOutputs(files=(("a.md", b"# A"),))


def test_a_program_that_names_its_output_is_taken_at_its_ending() -> None:
    """It derives the name from the input's; where it puts the file inside the work folder does not matter."""
    result = _wrote(("/out/a.log", b"log"), ("/out/made/b.md", b"# B"))

    assert _out(DERIVED, result).files == (("b.md", b"# B"),)
    assert _out(DERIVED, _wrote(("/out/b.txt", b"B"))).files == (("b.txt", b"B"),)


def test_printed_text_is_the_output_of_a_tool_that_prints() -> None:
    """Not a byte is lost or added."""
    assert _out(TEXT, _printed("grün\r\n".encode())) == CallOutputs(text="grün\r\n")


@pytest.mark.parametrize(
    ("version", "result", "error", "said"),
    [
        (a_version(), _wrote(), NoOutput, "no output file"),
        (a_version(), _wrote(("/out/b.md", b"B")), NoOutput, "no output file"),
        (a_version(), _wrote(("/out/a.md", b"A"), written=False), NoOutput, "no output file"),
        (a_version(), _wrote(("/out/a.md", b" \n")), NoOutput, "an empty file"),
        (DERIVED, _wrote(), NoOutput, "no output file"),
        (TEXT, _printed(b"", b"warn: nothing found"), NoOutput, "nothing found"),
        (TEXT, _printed(b"caf\xe9"), OutputNotText, "byte 3"),
        (a_version(), _wrote(("/out/a.md", b"half"), code=3), ProgramFailed, "status 3"),
        (TEXT, _printed(b"x", b"Traceback\nValueError: \x1b[31mbad\n", 1), ProgramFailed, "ValueError:  [31mbad"),
        (TEXT, _printed(b"x", code=None, limit="wall"), LimitBroken, "wall"),
    ],
)
def test_a_call_without_its_output_is_a_failure_with_a_next_step(
    version: Version, result: SandboxResult, error: type[CallFailed], said: str
) -> None:
    """Status 0 is the program's word; an agent needs to know what to do instead."""
    with pytest.raises(error) as caught:
        _out(version, result)

    assert said in caught.value.message
    assert caught.value.hint
    assert caught.value.retry is Retry.CHANGED
    assert isinstance(caught.value, CallFailed)


def test_a_call_that_nobody_waits_for_is_no_limit_of_the_tool() -> None:
    """It says nothing about the tool, and the same call may well end; the twin stands above, with `wall`."""
    with pytest.raises(CallCancelled) as caught:
        _out(TEXT, _printed(b"x", code=None, limit="cancelled"))

    assert caught.value.retry is Retry.SAME
    assert failure_class(caught.value.code) not in OWN_FAULTS


def test_the_schema_takes_what_the_tool_takes_and_nothing_else() -> None:
    """Arguments are checked before anything runs."""
    text = call_schema(a_contract())
    check = jsonschema_rs.validator_for(json.loads(text))

    assert json.loads(text)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert check.is_valid({"input": "a.html"})
    assert check.is_valid({"input": "a.html", "output": "b.md"})
    for wrong in ({}, {"input": 1}, {"input": ""}, {"input": "a", "more": 1}, {"output": "b"}, "a", None):
        assert not check.is_valid(wrong)


def test_every_kind_of_parameter_has_its_type() -> None:
    """Later contracts have more than files."""
    kinds = {"integer": 1, "number": 1.5, "boolean": True, "string": "x", "path": "x", "json": {"a": [1]}}
    params = tuple(Param(kind, kind, default="d" if kind == "string" else None) for kind in kinds)
    schema = json.loads(call_schema(replace(a_contract(), inputs=params)))
    check = jsonschema_rs.validator_for(schema)

    assert check.is_valid(kinds)
    assert schema["properties"]["string"]["default"] == "d"
    for kind in ("integer", "number", "boolean"):
        assert not check.is_valid({**kinds, kind: "x"})


@pytest.mark.parametrize("name", ["page.html", "Übersicht 2024.md", "a.b.c", "no_ending", "-x.md", "数据.csv"])
def test_an_ordinary_name_stays(name: str) -> None:
    """Users must find their files under the names they know."""
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\docs\\a.html", "a.html"),
        (".bashrc", "bashrc"),
        ("a\nb\x1b[31m.md", "a_b_[31m.md"),
        ("..", "unnamed"),
        ("", "unnamed"),
        (" . .x ", "x"),
        ("a\udcff.md", "a_.md"),
    ],
)
def test_a_name_that_could_do_harm_is_made_safe(name: str, safe: str) -> None:
    """Names come from agents and lie in the user's folders afterwards."""
    assert safe_name(name) == safe


@given(st.text(max_size=400))
def test_any_name_becomes_one_plain_part(name: str) -> None:
    """One part, printable, not hidden, short enough for every file system; and safe names stay."""
    safe = safe_name(name)

    assert safe
    assert "/" not in safe
    assert "\\" not in safe
    assert not safe.startswith(".")
    assert safe.isprintable()
    assert len(safe.encode()) <= 200
    assert safe_name(safe) == safe


def test_a_long_name_keeps_its_ending() -> None:
    """The ending says what it is."""
    assert safe_name("ü" * 300 + ".html").endswith("ü.html")
