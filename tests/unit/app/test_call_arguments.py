"""A call's files choose the branch, and its options are checked before anything runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.call_arguments import (
    ArgumentsInvalid,
    CallInputs,
    WrongInputType,
    chosen_branch,
    invocation_for,
    is_taken,
    read_inputs,
)
from skillstrata.app.reports import CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import open_app
from skillstrata.records.contracts import Param
from skillstrata.records.drafts import InputSpec, OptionSpec
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.programs import GivenFile
from skillstrata.records.sandbox_runs import Limits
from skillstrata.records.tools import Branch, Tool, Version
from tests.fakes.sample_tools import a_tool, a_version

PAGE = b"<!DOCTYPE html><html><body><h1>Quay</h1><p>text</p></body></html>"
TABLE = b"a,b\n1,2\n3,4\n5,6\n"
OPTIONS = (
    OptionSpec("width", "integer", "80"),
    OptionSpec("wide", "boolean", "true"),
    OptionSpec("rate", "number", "1"),
    OptionSpec("name", "string", "x"),
)


def _version(*types: str, options: tuple[OptionSpec, ...] = ()) -> Version:
    names = ("input", "second")
    inputs = tuple(InputSpec(n, t, f"x.{t.rpartition('/')[2]}") for n, t in zip(names, types, strict=False))
    return replace(a_version(), inputs=inputs, options=options)


def _tool(**types: str) -> Tool:
    return replace(a_tool(), branches=tuple(Branch(name, 1, (_version(kind),)) for name, kind in types.items()))


def _request(branch: str = "", *, force: bool = False, **arguments: str) -> CallRequest:
    return CallRequest("html-to-markdown", tuple(arguments.items()), "/out", branch, force)


def _given(name: str, data: bytes, *values: tuple[str, str]) -> CallInputs:
    return CallInputs((GivenFile("input", name, data),), values)


BOTH = _tool(html="text/html", csv="text/csv", text="text/plain")


@pytest.mark.parametrize(
    ("name", "data", "branch"),
    [
        ("x.html", PAGE, "html"),
        ("x", PAGE, "html"),
        ("x.csv", TABLE, "csv"),
        ("wrong.html", TABLE, "csv"),
        ("x.txt", b"Just a few words in a row, and then some more.\n", "text"),
    ],
)
def test_the_branch_is_the_one_of_the_content(name: str, data: bytes, branch: str) -> None:
    """A name is what somebody typed."""
    assert chosen_branch(BOTH, _given(name, data), _request()).name == branch


def test_a_file_that_no_branch_takes_is_refused_unless_somebody_insists() -> None:
    """The refusal names every type there is."""
    given = _given("x.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    with pytest.raises(WrongInputType, match="text/html, text/csv, text/plain"):
        chosen_branch(BOTH, given, _request())

    assert chosen_branch(BOTH, given, _request(force=True)).name == "html"


@pytest.mark.parametrize(
    ("name", "data", "force", "taken"),
    [
        ("x.html", PAGE, False, True),
        ("x.html", PAGE, True, True),
        ("x.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, True, False),
        ("x.csv", TABLE, True, False),
    ],
)
def test_what_somebody_insists_on_is_what_a_branch_is_meant_for_only_where_the_type_is_its_own(
    name: str, data: bytes, *, force: bool, taken: bool
) -> None:
    """A program that fails on a picture has not failed at its job."""
    page = _tool(html="text/html").branches[0]

    assert is_taken(page, _given(name, data), _request(force=force)) is taken


def test_a_home_of_nobody_is_refused(tmp_path: Path) -> None:
    """Not a crash; a path that only looks odd is looked for."""
    app = open_app(load_settings(data_dir=tmp_path, config=None, environ={"HOME": str(tmp_path)}))
    with pytest.raises(ArgumentsInvalid, match="home"):
        read_inputs(app, a_tool(), _request(input="~nobody-of-this-name/x.html"))
    with pytest.raises(FileUnreadable):
        read_inputs(app, a_tool(), _request(input="nowhere\0.html"))
    (tmp_path / "~x.html").write_bytes(PAGE)
    assert read_inputs(app, a_tool(), _request(input=str(tmp_path / "~x.html"))).files[0].data == PAGE


def test_a_branch_that_is_asked_for_still_refuses_another_type() -> None:
    """And one that is not there is named with those that are."""
    assert chosen_branch(BOTH, _given("x", PAGE), _request("html")).name == "html"
    with pytest.raises(WrongInputType):
        chosen_branch(_tool(html="text/html", pdf="application/pdf"), _given("x", PAGE), _request("pdf"))
    with pytest.raises(ArgumentsInvalid, match="no branch 'docx'"):
        chosen_branch(BOTH, _given("x", PAGE), _request("docx"))


def test_two_files_choose_together() -> None:
    """A program of two inputs is chosen by both."""
    branches = (
        Branch("a", 1, (_version("text/csv", "application/json"),)),
        Branch("b", 1, (_version("text/csv", "text/html"),)),
    )
    files = (GivenFile("input", "t.csv", TABLE), GivenFile("second", "p.html", PAGE))
    found = chosen_branch(replace(a_tool(), branches=branches), CallInputs(files, ()), _request())

    assert found.name == "b"
    invocation = invocation_for(found.current, CallInputs(files, ()), Limits())
    assert [f.param for f in invocation.files] == ["input", "second"]
    with pytest.raises(ArgumentsInvalid, match="'second' is missing"):
        invocation_for(found.current, CallInputs(files[:1], ()), Limits())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("width", "40", "40"),
        ("width", "-1", "-1"),
        ("wide", "No", "false"),
        ("rate", "2.50", "2.5"),
        ("rate", "3", "3"),
        ("rate", "-5", "-5"),
        ("name", "ä" * 8_000, "ä" * 8_000),
    ],
)
def test_an_option_is_given_as_its_kind_says(name: str, value: str, expected: str) -> None:
    """As it stands on a command line."""
    found = invocation_for(_version("text/html", options=OPTIONS), _given("x", PAGE, (name, value)), Limits())

    assert found.options == ((name, expected),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width", "wide"),
        ("wide", "maybe"),
        ("rate", "much"),
        ("rate", "²"),
        ("rate", "--5"),
        ("depth", "1"),
        ("name", "ä" * 8_000 + "x"),
        ("name", "half \ud800"),
        ("name", "a\0b"),
    ],
)
def test_an_option_of_another_kind_or_branch_is_refused(name: str, value: str) -> None:
    """Before anything runs, with what it may be."""
    with pytest.raises(ArgumentsInvalid) as refused:
        invocation_for(_version("text/html", options=OPTIONS), _given("x", PAGE, (name, value)), Limits())

    assert refused.value.hint


def test_names_and_files_are_checked_first(tmp_path: Path) -> None:
    """A typing error must not cost a run."""
    app = open_app(load_settings(data_dir=tmp_path, config=None, environ={"HOME": str(tmp_path)}))
    (tmp_path / "x.html").write_bytes(PAGE)
    tool = replace(
        a_tool(), contract=replace(a_tool().contract, inputs=(*a_tool().contract.inputs, Param("width", "integer")))
    )
    found = read_inputs(app, tool, _request(input=str(tmp_path / "x.html"), width="4", output="y.md"))

    assert [(f.param, f.name, f.data) for f in found.files] == [("input", "x.html", PAGE)]
    assert dict(found.values) == {"width": "4", "output": "y.md"}
    with pytest.raises(ArgumentsInvalid, match="no argument 'inptu'"):
        read_inputs(app, tool, _request(inptu="x"))
    with pytest.raises(ArgumentsInvalid, match="needs the argument 'input'"):
        read_inputs(app, tool, _request())
