"""Does an extract show only what is there, and a summary only what follows?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.oracles import PROFILES, choose_profile, judge
from skillstrata.distill.views.media_types import CSV, HTML, JSON, MARKDOWN, TEXT
from skillstrata.records.proofs import TypedBytes

SALES = TypedBytes(
    CSV,
    b"region,product,units,price,day\nnorth,anvil,12,19.99,2024-01-03\nsouth,bolt,250,0.35,2024-01-09\n"
    b"north,bolt,100,0.40,2024-02-01\nwest,crank,7,88.00,2024-02-11\nsouth,anvil,3,21.50,2024-02-28\n",
)
LOG = TypedBytes(
    TEXT,
    b"2024-03-01 10:00:01 INFO start port=8080\n2024-03-01 10:00:05 ERROR disk full code=517\n"
    b"2024-03-01 10:01:09 INFO retry ms=250\n2024-03-02 11:30:00 ERROR net lost code=330\n"
    b"2024-03-02 11:31:00 WARN slow ms=910\n",
)
PAGE = TypedBytes(
    HTML,
    b'<h1>Menu of places</h1><p>Visit <a href="https://a.example/one">First place</a> or '
    b'<a href="https://a.example/two">Second place</a>, open since 1987.</p><p>Nothing else matters here at all.</p>',
)
LABELS = frozenset("rows total mean units revenue region count errors lines text href links by max min".split())


def _judged(given: TypedBytes, media_type: str, output: str, profile: str) -> bool:
    return judge(given, TypedBytes(media_type, output.encode()), profile=profile, labels=LABELS).ok


@pytest.mark.parametrize(
    "output",
    [
        "rows: 5\ntotal units: 372\n",
        "mean price: 26.048\n",
        "total revenue: 1047.88\n",
        "north: count 2, units 112\nsouth: count 2, units 253\nwest: count 1, units 7\n",
        "by region\n  north\n    units: 112\n  south\n    units: 253\n",
        "2024-01: 262\n2024-02: 110\n",
        "north 40.0%\nsouth 40.0%\nwest 20.0%\n",
        "max price 88.0, min price 0.35\n",
    ],
)
def test_numbers_that_follow_from_a_table_are_accepted(output: str) -> None:
    """Each is found again by our own group-by."""
    assert _judged(SALES, TEXT, output, "summary")


@pytest.mark.parametrize(
    "output",
    [
        "rows: 6000\n",
        "total units: 373\n",
        "mean price: 26.084\n",
        "north: units 253\nsouth: units 112\n",
        "total revenue: 1047.98\n",
        "by region\n  north\n    units: 121\n",
        "nothing to report\n",
        "rows: 5\nforeign words about other things entirely\n",
        "",
    ],
)
def test_numbers_and_words_that_do_not_follow_are_refused(output: str) -> None:
    """A swapped digit, a group's number under another group's name, words from nowhere."""
    assert not _judged(SALES, TEXT, output, "summary")


def test_a_summary_as_json_is_read_by_its_paths() -> None:
    """The path names the group there."""
    assert _judged(SALES, JSON, '{"rows": 5, "region": {"north": {"units": 112}}}', "summary")
    assert not _judged(SALES, JSON, '{"rows": 5, "region": {"north": {"units": 253}}}', "summary")


def test_counts_of_log_lines_are_recounted() -> None:
    """Filter and count is what agents write for logs."""
    assert _judged(LOG, TEXT, "ERROR: 2\nINFO: 2\nlines: 5\n", "summary")
    assert _judged(LOG, TEXT, "2024-03-01: 3\n2024-03-02: 2\n", "summary")
    assert not _judged(LOG, TEXT, "ERROR: 47\nlines: 93\n", "summary")


def test_an_extract_shows_parts_of_its_input() -> None:
    """Lines of a log, links of a page, some columns of a table."""
    lines = "2024-03-01 10:00:05 ERROR disk full code=517\n2024-03-02 11:30:00 ERROR net lost code=330\n"
    links = '[{"text": "First place", "href": "https://a.example/one"}]'

    assert _judged(LOG, TEXT, lines, "extract")
    assert _judged(PAGE, JSON, links, "extract")
    assert _judged(SALES, CSV, "region,units\nnorth,12\nsouth,250\n", "extract")


@pytest.mark.parametrize(
    "output",
    [
        "2024-03-01 10:00:05 ERROR disk full code=571\n",
        "some text of its own making that stands nowhere\n",
        "total count errors lines\n",
        "found 0 lines\n",
        "[]",
    ],
)
def test_an_extract_with_something_new_or_nothing_in_it_is_refused(output: str) -> None:
    """The program's own words alone show no input."""
    assert not _judged(LOG, TEXT, output, "extract")


@pytest.mark.parametrize(
    ("given", "media_type", "output", "profile"),
    [
        (SALES, TEXT, "rows: 5\ntotal units: 372\n", "summary-1"),
        (SALES, CSV, "region,units\nnorth,12\nsouth,250\n", "extract-1"),
        (LOG, TEXT, "2024-03-01 10:00:05 ERROR disk full code=517\n", "extract-lines-1"),
        (
            PAGE,
            MARKDOWN,
            "# Menu of places\n\nVisit First place or Second place, open since 1987.\n\n"
            "Nothing else matters here at all.\n",
            "html-1",
        ),
        (TypedBytes("image/png", b"\x89PNG"), TEXT, "x", "none"),
    ],
)
def test_what_an_output_is_meant_to_be_is_seen(given: TypedBytes, media_type: str, output: str, profile: str) -> None:
    """Chosen once, on the demonstration; later outputs are held to it."""
    assert choose_profile(given, TypedBytes(media_type, output.encode())) == profile


def test_every_profile_names_its_version() -> None:
    """Proofs are read again when floors have moved."""
    assert all(name.rpartition("-")[2].isdigit() for name in PROFILES)


@given(
    st.binary(max_size=300),
    st.binary(max_size=300),
    st.sampled_from([HTML, MARKDOWN, TEXT, CSV, JSON, "image/png"]),
    st.sampled_from([HTML, MARKDOWN, TEXT, CSV, JSON]),
    st.sampled_from([None, "document", "table", "extract", "summary"]),
)
def test_any_pair_of_bytes_is_judged(left: bytes, right: bytes, one: str, two: str, profile: str | None) -> None:
    """Programs under test write what they like: the judge answers, it never raises."""
    result = judge(TypedBytes(one, left), TypedBytes(two, right), profile=profile)

    assert result.ok == (result.measurable and not result.detail)


@given(st.text(alphabet="abc 0123456789.,:-%\n", max_size=120), st.text(alphabet="abc 0123456789.,:-%\n", max_size=120))
def test_any_two_texts_of_numbers_are_judged(left: str, right: str) -> None:
    """The same where everything looks like a number."""
    result = judge(TypedBytes(TEXT, left.encode()), TypedBytes(TEXT, right.encode()), profile="summary")

    assert result.profile == "summary-1"
    assert result.ok == (result.measurable and not result.detail)
