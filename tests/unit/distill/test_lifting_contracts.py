"""What a lifted program is said to do: a verb and types, read off what it gives and how it was judged."""

import pytest

from skillstrata.distill.contract import contract_of, tool_name_of
from skillstrata.records.candidates import ProbeReport
from skillstrata.records.drafts import Draft, InputSpec, OptionSpec, OutputSpec
from skillstrata.records.proofs import Proof

ZIP, CSV, PNG, JPEG, TEXT, JSON = (
    "application/zip",
    "text/csv",
    "image/png",
    "image/jpeg",
    "text/plain",
    "application/json",
)


def told(given: str, made: str, profile: str, *, kind: str = "file", loss: str = "none") -> tuple[str, str]:
    """Give purpose and name."""
    output = OutputSpec("output", kind, made, "parameter" if kind != "text" else "")
    draft = Draft("c", "python", "", "", (), (InputSpec("input", given, "input.x"),), output)
    contract = contract_of(draft, Proof(True, "", "", (), profile, loss=loss), ProbeReport())
    return contract.purpose, tool_name_of(contract)


@pytest.mark.parametrize(
    ("found", "purpose", "name"),
    [
        (told(ZIP, "application/octet-stream", "archive-1", kind="dir"), "Unpack ZIP", "unpack-zip"),
        (told(CSV, CSV, "extract-1", kind="dir", loss="intended"), "Split CSV into several CSV files", "split-csv"),
        (
            told("text/html", TEXT, "extract-1", kind="dir", loss="intended"),
            "Split HTML into several text files",
            "split-html-to-text",
        ),
        (told(ZIP, CSV, "archive-listing-1"), "List the content of ZIP as CSV", "list-zip-to-csv"),
        (told(PNG, PNG, "image-1/as-it-is 80x60>40x30"), "Resize PNG", "resize-png"),
        (told(PNG, JPEG, "image-1/as-it-is 80x60>80x60"), "Convert PNG to JPEG", "png-to-jpeg"),
        (told(PNG, JPEG, "image-1/as-it-is 80x60>40x30"), "Resize PNG to JPEG", "resize-png-to-jpeg"),
        (told(PNG, PNG, "image-1/rotated-90 80x60>60x80"), "Rotate PNG", "rotate-png"),
        (told(PNG, PNG, "image-1/grey 80x60>80x60"), "Turn PNG grey", "grey-png"),
        (told(PNG, PNG, "image-1/cut-centre 80x60>40x40"), "Crop PNG", "crop-png"),
        (told(PNG, JSON, "image-1/facts", kind="text"), "Describe PNG as JSON", "describe-png-to-json"),
        (told(TEXT, TEXT, "extract-lines-1", loss="intended"), "Filter the records of text", "filter-text"),
        (told(CSV, JSON, "extract-rows-1", loss="intended"), "Filter the records of CSV as JSON", "filter-csv-to-json"),
        (told(CSV, JSON, "extract-columns-1", loss="intended"), "Choose columns of CSV as JSON", "select-csv-to-json"),
        (told(CSV, CSV, "extract-values-1", loss="intended"), "Shorten values of CSV", "shorten-csv"),
        (told(JSON, JSON, "extract-1", loss="intended"), "Extract a part of JSON", "extract-from-json"),
        (told(CSV, CSV, "summary-groups-1", loss="intended"), "Summarise CSV as CSV", "summarise-csv"),
        (told(TEXT, TEXT, "text-1"), "Rewrite text, keeping its content", "rewrite-text"),
    ],
)
def test_the_verb_follows_from_what_it_gives(found: tuple[str, str], purpose: str, name: str) -> None:
    """Agents choose by these words: a folder of parts, a turned picture and a filter are three things."""
    assert found == (purpose, name)


def test_an_option_is_described_by_its_own_name_alone() -> None:
    """A name from the table, or a number: nothing of the program's text reaches a description."""
    draft = Draft(
        "c",
        "python",
        "",
        "",
        (),
        (InputSpec("input", CSV, "input.csv"),),
        OutputSpec("output", "file", JSON, "parameter"),
        options=(OptionSpec("width", "integer", "40"), OptionSpec("option_1", "string", "Norrvik")),
    )
    contract = contract_of(draft, Proof(True, "", "", (), "table-1"), ProbeReport())
    options = [(p.name, p.kind, p.required, p.default, p.description) for p in contract.inputs if p.default is not None]

    assert options == [
        ("width", "integer", False, "40", "Width."),
        ("option_1", "string", False, "Norrvik", "Option 1."),
    ]
