"""Does the output hold the whole document?"""

import pytest

from skillstrata.distill.oracles import choose_profile, judge
from skillstrata.distill.views.media_types import HTML, MARKDOWN, TEXT
from skillstrata.records.proofs import TypedBytes

PAGE = """<html><head><title>Tab</title><style>p{margin:0}</style></head><body>
<h1>Harbour report</h1>
<p>The crane lifted 1875 boxes before noon, and the crew counted them twice.</p>
<p>Rain came later; the <a href="https://weather.example/x">weather service</a> measured 42.75 units &amp; more.</p>
<h2>Ships</h2>
<table><tr><th>Name</th><th>Tons</th></tr><tr><td>Aurora</td><td>5120</td></tr><tr><td>Borealis</td><td>873</td></tr></table>
<h2>Outlook</h2>
<ul><li>Dredging starts in spring</li><li>Two berths stay closed</li></ul>
<pre>load(crane, 17)</pre>
<p>Whoever reads this far may visit the old lighthouse on the northern pier any day.</p>
</body></html>"""
GOOD = """# Harbour report

The crane lifted 1875 boxes before noon, and the crew counted them twice.

Rain came later; the [weather service](https://weather.example/x) measured 42.75 units & more.

## Ships

| Name | Tons |
| --- | --- |
| Aurora | 5120 |
| Borealis | 873 |

## Outlook

- Dredging starts in spring
- Two berths stay closed

```
load(crane, 17)
```

Whoever reads this far may visit the old lighthouse on the northern pier any day.
"""
GIVEN = TypedBytes(HTML, PAGE.encode())
BLOCKS = GOOD.split("\n\n")


def _failed(output: str, media_type: str = MARKDOWN) -> set[str]:
    result = judge(GIVEN, TypedBytes(media_type, output.encode()), profile="document")
    assert result.ok == (not result.detail)
    return {m.name for m in result.measures if m.gate and not m.ok}


def test_an_honest_conversion_passes() -> None:
    """The twin of every refusal below."""
    assert _failed(GOOD) == set()


@pytest.mark.parametrize(
    "output",
    [
        GOOD.replace(
            "| Name | Tons |\n| --- | --- |\n| Aurora | 5120 |\n| Borealis | 873 |",
            "Name: Aurora; Tons: 5120\nName: Borealis; Tons: 873",
        ),
        GOOD.replace("## ", "").replace("# ", "").replace("- ", "* "),
        GOOD.replace("- Dredging", "1. Dredging").replace("- Two", "2. Two"),
        GOOD.replace("[weather service](https://weather.example/x)", "weather service (https://weather.example/x)"),
        "Tab\n\n" + GOOD,
        GOOD.replace("\n\n", "\n\n\n\n").replace("boxes before", "boxes\nbefore"),
    ],
    ids=["table as list", "no headings", "numbered", "link in brackets", "with title", "wrapped"],
)
def test_another_honest_way_to_write_it_passes(output: str) -> None:
    """The content must survive, its form need not."""
    assert _failed(output) == set()


@pytest.mark.parametrize(
    ("output", "detector"),
    [
        ("", "output_tokens"),
        ("   \n\n", "output_tokens"),
        (GOOD.replace("1875", "1785"), "novel_numbers"),
        (GOOD.replace("42.75", "42.57"), "novel_numbers"),
        ("\n\n".join(reversed(BLOCKS)), "order"),
        ("\n\n".join(b for b in BLOCKS if not b.startswith("| ")), "table_cells"),
        ("\n\n".join(b for b in BLOCKS if not b.startswith("## ")), "heading_texts"),
        ("\n\n".join(b for b in BLOCKS if not b.startswith("```")), "code_blocks"),
        ("\n\n".join(BLOCKS[:-1]), "gap"),
        (GOOD.replace("weather service", ""), "link_texts"),
        (GOOD.replace("old lighthouse", "old\x1b[1m lighthouse"), "control_characters"),
        (GOOD.replace("the old", "the Ã© old"), "broken_characters"),
        (
            GOOD + "\nvar tracker = window.push(args);\nadd listener to node; parse tree of the frame again now.",
            "foreign_run",
        ),
        ("Traceback (most recent call last):\n  File x\nValueError: y", "error_text"),
        ("Converted 0 pages", "nothing_found"),
        ("[]", "whole_output_empty"),
        ("lorem ipsum dolor sit amet " * 20, "recall"),
    ],
)
def test_each_fault_has_its_detector(output: str, detector: str) -> None:
    """No measure sees everything: each kind of wrong output has one that does."""
    assert detector in _failed(output)


def test_a_copy_of_the_input_is_no_conversion() -> None:
    """Programs that copy a file report success too."""
    result = judge(GIVEN, GIVEN, profile="document")

    assert not result.ok
    assert "copied" in result.detail


def test_plain_text_under_another_name_is_a_copy_too() -> None:
    """Text and Markdown are one family: changing the ending is not a conversion."""
    words = b"some words that stand here for a document of text"

    assert not judge(TypedBytes(TEXT, words), TypedBytes(MARKDOWN, words + b"\n"), profile="document").ok


def test_letters_that_became_question_marks_are_seen() -> None:
    """An ASCII console turns names into ????."""
    given = TypedBytes(HTML, "<p>Žluťoučký kůň úpěl ďábelské ódy in the old town of trees</p>".encode())
    lost = TypedBytes(TEXT, b"?lu?ou?k? k?? ?p?l ??belsk? ?dy in the old town of trees")

    assert "lost_letters" in judge(given, lost, profile="document").detail


def test_a_whole_document_is_judged_as_one_without_being_told() -> None:
    """The profile is chosen on the demonstration."""
    assert choose_profile(GIVEN, TypedBytes(MARKDOWN, GOOD.encode())) == "html-1"


def test_a_type_without_a_reader_is_not_measurable() -> None:
    """Unmeasurable is said, never guessed."""
    result = judge(TypedBytes("image/png", b"\x89PNG"), TypedBytes(TEXT, b"words"))

    assert (result.measurable, result.ok, result.profile) == (False, False, "none")


def test_an_unknown_profile_is_not_measurable_and_a_versioned_one_is_found() -> None:
    """Proofs keep the name of the floors they were made with."""
    made = TypedBytes(MARKDOWN, GOOD.encode())

    assert not judge(GIVEN, made, profile="document-99").measurable
    assert judge(GIVEN, made, profile="document-1").ok


def test_a_json_result_that_says_it_is_an_error_is_no_result() -> None:
    """False success: an error caught and written down with status 0; an input that has such a key is content."""
    table = TypedBytes("text/csv", b"name,tons\nMarten,4821\nOtter,1730\n")
    caught = TypedBytes("application/json", b'{"error": "Marten", "rows": 2}')
    fine = TypedBytes("application/json", b'{"error": null, "names": ["Marten", "Otter"]}')

    def error_text(output: TypedBytes) -> bool:
        measures = judge(table, output, profile="extract-1", labels=frozenset({"error", "rows", "names"})).measures
        return next(not m.ok for m in measures if m.name == "error_text")

    assert error_text(caught)
    assert not error_text(fine)
