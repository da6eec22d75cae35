"""A contract says what a draft takes and gives, in words of types and verbs only."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.contract import contract_of, tool_name_of
from skillstrata.records.candidates import ProbeReport
from skillstrata.records.contracts import Contract
from skillstrata.records.drafts import Draft, InputSpec, OutputSpec
from skillstrata.records.proofs import Proof

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _contract(
    made: OutputSpec, given: str = "text/html", *, loss: str = "none", profile: str = "document/1"
) -> Contract:
    draft = Draft("c1", "python", "", "", (), (InputSpec("input", given, "SECRET-customer.html"),), made)
    return contract_of(draft, Proof(True, "", "", (), profile, loss=loss), ProbeReport())


def _file(media_type: str, naming: str = "parameter") -> OutputSpec:
    return OutputSpec("output", "file", media_type, naming, ".x")


def _text(media_type: str) -> OutputSpec:
    return OutputSpec("output", "text", media_type)


@pytest.mark.parametrize(
    ("contract", "purpose", "name"),
    [
        (_contract(_file("text/markdown")), "Convert HTML to Markdown", "html-to-markdown"),
        (_contract(_file("application/json"), "text/csv"), "Convert CSV to JSON", "csv-to-json"),
        (_contract(_text("text/plain"), DOCX), "Convert DOCX to text", "docx-to-text"),
        (
            _contract(_file("text/csv"), loss="intended", profile="extract/1"),
            "Extract text from HTML as CSV",
            "extract-html-to-csv",
        ),
        (
            _contract(_text("text/plain"), "text/csv", loss="intended", profile="summary/1"),
            "Summarise CSV as text",
            "summarise-csv",
        ),
        (
            _contract(_text("application/json"), "text/csv", loss="intended", profile="summary/1"),
            "Summarise CSV as JSON",
            "summarise-csv-to-json",
        ),
        (_contract(_file("text/csv"), "text/csv"), "Rewrite CSV, keeping its content", "rewrite-csv"),
    ],
)
def test_purpose_and_name_are_made_of_types_and_verbs(contract: Contract, purpose: str, name: str) -> None:
    """They stand in every agent's listing: a name taken from a trace would be somebody else's text."""
    assert (contract.purpose, tool_name_of(contract)) == (purpose, name)


def test_nothing_of_the_demonstration_is_in_a_contract() -> None:
    """The file's name there may be a customer's."""
    assert "SECRET" not in repr(_contract(_file("text/markdown")))


def test_the_file_that_is_asked_for_is_required_and_typed() -> None:
    """An agent must know what to pass."""
    needed = [p for p in _contract(_file("text/markdown")).inputs if p.required]

    assert [(p.name, p.kind, p.media_types) for p in needed] == [("input", "file", ("text/html",))]


@pytest.mark.parametrize(
    ("made", "names"),
    [
        (_file("text/markdown"), ["input", "output"]),
        (_file("text/markdown", "derived"), ["input"]),
        (_text("text/markdown"), ["input"]),
    ],
)
def test_an_output_name_is_a_parameter_only_where_the_program_takes_one(made: OutputSpec, names: list[str]) -> None:
    """A parameter that is ignored would be a lie."""
    contract = _contract(made)

    assert [p.name for p in contract.inputs] == names
    assert all(not p.required and p.kind == "string" for p in contract.inputs[1:])


@pytest.mark.parametrize(
    ("made", "kind"),
    [(_file("application/json"), "file"), (_text("application/json"), "json"), (_text("text/csv"), "text")],
)
def test_the_kind_of_the_output_is_how_it_comes(made: OutputSpec, kind: str) -> None:
    """A file is written for the caller, a text is in the answer."""
    assert [(o.kind, o.media_types) for o in _contract(made).outputs] == [(kind, (made.media_type,))]


def test_wording_and_optional_names_do_not_change_the_merge_key() -> None:
    """Two programs of one job must meet whether or not one of them takes an output name."""
    named, derived = _contract(_file("text/markdown")), _contract(_file("text/markdown", "derived"))

    assert named.key == derived.key
    assert replace(named, purpose="other").key == named.key
    assert _contract(_text("text/markdown")).key != named.key
    assert _contract(_file("text/markdown"), loss="intended", profile="extract/1").key != named.key


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(["none", "intended"]))
def test_any_pair_of_types_gives_a_valid_skill_name(given_type: str, made_type: str, loss: str) -> None:
    """A name is a folder and a word on a command line."""
    name = tool_name_of(_contract(_file(made_type), given_type, loss=loss, profile="extract/1"))

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert len(name) <= 64
