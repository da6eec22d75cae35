"""Are numbers and claims about a table right under the words they stand with?"""

import pytest

from skillstrata.distill.oracles import choose_profile, judge
from skillstrata.distill.views.media_types import CSV, JSON, MARKDOWN
from skillstrata.records.proofs import TypedBytes

PEOPLE = TypedBytes(CSV, b"name,city,age\nAnn Lee,Oslo,31\nBo Ray,Rome,25\nCy Doe,Paris,47\nDi Fox,Berlin,52\n")
LABELS = frozenset("rows records entries row_count lines people mean age".split())


@pytest.mark.parametrize("label", ["rows", "records", "total_entries", "row_count"])
def test_the_header_line_is_no_row(label: str) -> None:
    """The number of lines explains it, but not under this name."""

    def counted(name: str, number: int) -> bool:
        made = TypedBytes(JSON, f'{{"{name}": {number}}}'.encode())
        return judge(PEOPLE, made, profile="summary", labels=LABELS | {name}).ok

    assert counted(label, 4)
    assert not counted(label, 5)
    assert counted("lines", 5)


@pytest.mark.parametrize("year", ["March 2026", "the year"])
def test_a_claim_typed_into_a_report_is_no_content(year: str) -> None:
    """Its figures stand in the program; on the next table they are wrong."""
    claim = f"The increase of 12 percent since {year} is due to the new pier."
    labels = LABELS | frozenset(claim.lower().replace(".", "").split())
    report = "# People\n\nPeople: 4\n\nMean age: 38.75\n"
    typed = TypedBytes(MARKDOWN, f"{report}\n{claim}\n".encode())
    plain = TypedBytes(MARKDOWN, report.encode())
    result = judge(PEOPLE, typed, profile="summary", labels=labels)

    assert choose_profile(PEOPLE, plain, labels=labels) == "summary-1"
    assert judge(PEOPLE, plain, profile="summary", labels=labels).ok
    assert not result.ok
    assert "typed_sentences" in result.detail
