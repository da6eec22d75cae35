"""Two purposes are one, two, or nobody can tell: by the contract alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.purpose import either, merged, opinion_of, sketch_of
from skillstrata.records.contracts import Contract, Param, ToolOutput
from skillstrata.records.purposes import PurposeSketch

HTML, DOCX, EPUB, MD, TXT = "text/html", "application/x-docx", "application/epub+zip", "text/markdown", "text/plain"
CSV, JSON, XLSX, PDF, PNG, JPG = "text/csv", "application/json", "application/x-xlsx", "application/pdf", "png", "jpg"


def _does(verb: str, given: str, made: str, **more: object) -> PurposeSketch:
    sketch = PurposeSketch(verb, f"{verb} {given} {made}", (given,), (made,), ("file",), "none", ("input",))
    return replace(sketch, **more)  # type: ignore[arg-type]


def _to(given: str, made: str, **more: object) -> PurposeSketch:
    return _does("convert", given, made, **more)


LOSSY = {"loss": "intended"}
PAIRS = [
    (_to(HTML, MD), _to(DOCX, MD), "same"),
    (_to(HTML, MD), _to(HTML, MD), "same"),
    (_to(EPUB, MD), _to(PDF, MD), "same"),
    (_to(CSV, JSON), _to(XLSX, JSON), "same"),
    (_to(PNG, JPG), _to("webp", JPG), "same"),
    (_to(HTML, TXT), _to(DOCX, TXT), "same"),
    (_to(HTML, MD, purpose="a"), _to(DOCX, MD, purpose="b"), "same"),
    (_to(CSV, JSON, options=(("delimiter", "string"),)), _to(XLSX, JSON, options=(("delimiter", "string"),)), "same"),
    (_to(HTML, MD), _to(MD, HTML), "different"),
    (_to(CSV, JSON), _to(JSON, CSV), "different"),
    (_to(HTML, MD), _to(HTML, TXT), "different"),
    (_to(HTML, MD), _to(DOCX, TXT), "different"),
    (_to(HTML, MD), _does("extract", HTML, MD, **LOSSY), "different"),
    (_to(HTML, MD), _does("summarise", DOCX, MD, **LOSSY), "different"),
    (_does("extract", HTML, JSON, **LOSSY), _does("summarise", HTML, JSON, **LOSSY), "different"),
    (_to(HTML, MD), _to(DOCX, MD, loss="intended"), "different"),
    (_to(HTML, MD), _to(DOCX, MD, ways=("text",)), "different"),
    (_to(PDF, PNG), _to(DOCX, PNG, ways=("dir",)), "different"),
    (_to(CSV, JSON), _does("combine", CSV, JSON, files=("first", "second")), "different"),
    (_does("rewrite", CSV, CSV), _to(CSV, JSON), "different"),
    (_does("extract", HTML, JSON, **LOSSY), _does("extract", DOCX, JSON, **LOSSY), "ambiguous"),
    (_does("extract", HTML, JSON, **LOSSY), _does("extract", HTML, JSON, **LOSSY), "ambiguous"),
    (_does("summarise", CSV, MD, **LOSSY), _does("summarise", XLSX, MD, **LOSSY), "ambiguous"),
    (_does("rewrite", JSON, JSON), _does("rewrite", JSON, JSON), "ambiguous"),
    (_to(HTML, MD, options=(("width", "integer"),)), _to(DOCX, MD), "ambiguous"),
    (_to(XLSX, CSV, options=(("sheet", "string"),)), _to("ods", CSV, options=(("sheet", "integer"),)), "ambiguous"),
]


@pytest.mark.parametrize(("one", "other", "verdict"), PAIRS)
def test_the_rules_agree_with_a_person_or_stay_silent(one: PurposeSketch, other: PurposeSketch, verdict: str) -> None:
    """Direction, types, loss and options count; what is left out on purpose no type tells."""
    there, back = opinion_of(one, other), opinion_of(other, one)

    assert there.verdict == verdict
    assert there == back
    assert there.why
    assert there.by == "offline"


def _contract(given: str, written: str) -> Contract:
    return Contract(
        purpose=f"Convert {written} to Markdown",
        verb="convert",
        inputs=(
            Param("input", "file", (given,), description=f"The {written} file to convert."),
            Param("output", "string", required=False, description="Name of the Markdown file to make."),
        ),
        outputs=(ToolOutput("output", "file", (MD,)),),
    )


KINDS = [_contract(HTML, "HTML"), _contract(DOCX, "DOCX"), _contract(EPUB, "EPUB"), _contract(PDF, "PDF")]


@given(st.permutations(KINDS))
def test_merging_does_not_depend_on_who_came_first(kinds: list[Contract]) -> None:
    """The same tools in another order must not grow another page."""
    found = kinds[0]
    for other in kinds[1:]:
        found = merged(found, other)

    assert found.purpose == "Convert DOCX, EPUB, HTML or PDF to Markdown"
    assert found.inputs[0].description == "The DOCX, EPUB, HTML or PDF file to convert."
    assert found.given == tuple(sorted((HTML, DOCX, EPUB, PDF)))
    assert merged(found, kinds[0]) == found
    assert [p.name for p in found.inputs] == ["input", "output"]


def test_an_option_of_one_branch_is_an_option_of_the_tool() -> None:
    """It is never needed: the other branch has none."""
    wide = replace(KINDS[1], inputs=(*KINDS[1].inputs, Param("width", "integer", default="80")))
    found = merged(KINDS[0], wide)

    assert [(p.name, p.required) for p in found.inputs] == [("input", True), ("output", False), ("width", False)]
    assert sketch_of(found).options == (("width", "integer"),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Convert HTML to Markdown", "Keep it"),
        ("Convert to Markdown", "Convert DOCX to Markdown"),
        ("Convert a b c d e f g to Markdown", "Convert HTML to Markdown"),
    ],
)
def test_sentences_that_differ_in_more_than_a_word_stay_as_they_are(one: str, other: str) -> None:
    """Better the first than a heap of both."""
    assert either(one, other) == one
