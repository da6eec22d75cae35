"""Does each document profile refuse what it must, and accept the honest output beside it?"""

import pytest

from skillstrata.distill.oracles import PROFILES, choose_profile, judge
from skillstrata.distill.oracles.document_dates import dates_of, days_of, without_dates
from skillstrata.distill.oracles.document_scripts import scripts_of
from skillstrata.distill.views.media_types import DOCX, EML, HTML, MARKDOWN, RTF, TEXT
from skillstrata.records.proofs import TypedBytes

WORDS = """The harbour office counted 1875 crates on 2024-05-06 and 42 barrels the day after.
Nobody expected rain before the evening, so both cranes kept loading until the tide turned.
Aurora left first with 5120 tons of gravel, Borealis followed with 873 tons of timber.
A pilot boat guided them past the sandbank, which had moved since the last survey was printed.
Repairs of the northern pier begin in spring; two berths stay closed for 16 weeks at least.
Visitors may still climb the old lighthouse, whose keeper sells postcards and strong coffee."""
LINES = WORDS.split("\n")
ROWS = (("Ship", "Berth"), ("Heron", "31"), ("Osprey", "64"))
TABLE = "<table>" + "".join(f"<tr><td>{ship}</td><td>{berth}</td></tr>" for ship, berth in ROWS) + "</table>"
PAGE = "<h1>Port news</h1>" + "".join(f"<p>{line}</p>" for line in LINES) + TABLE + "<pre>unload(crane, '31')</pre>"
SHEET = "| Ship | Berth |\n| --- | --- |\n| Heron | 31 |\n| Osprey | 64 |"
GOOD = "\n\n".join(["# Port news", *LINES, SHEET, "```\nunload(crane, '31')\n```\n"])
GIVENS = {
    "html-1": TypedBytes(HTML, PAGE.encode()),
    "mail-1": TypedBytes(EML, f"Subject: Port news\nContent-Type: text/html\n\n{PAGE}".encode()),
    "markdown-1": TypedBytes(MARKDOWN, GOOD.encode()),
    "rtf-1": TypedBytes(RTF, ("{\\rtf1 Port news\\par " + "\\par ".join(LINES) + "\\par}").encode()),
}


def _failed(profile: str, output: str) -> set[str]:
    media_type = HTML if profile == "markdown-1" else MARKDOWN
    result = judge(GIVENS[profile], TypedBytes(media_type, output.encode()), profile=profile)
    assert result.profile == profile
    return {m.name for m in result.measures if m.gate and not m.ok}


def _honest(profile: str) -> str:
    if profile == "markdown-1":
        return PAGE
    return GOOD if profile != "rtf-1" else "\n\n".join(["Port news", *LINES])


@pytest.mark.parametrize("profile", sorted(GIVENS))
def test_an_honest_conversion_passes(profile: str) -> None:
    """The twin of every refusal below."""
    assert _failed(profile, _honest(profile)) == set()


@pytest.mark.parametrize("profile", sorted(GIVENS))
@pytest.mark.parametrize(
    ("old", "new", "detector"),
    [
        ("1875", "1785", "novel_numbers"),
        ("42 barrels", "24 barrels", "changed_numbers"),
        ("2024-05-06", "2024-05-16", "novel_dates"),
        ("2024-05-06", "2024-50-06", "novel_dates"),
        (LINES[3], "", "lost_window"),
        (LINES[3], LINES[3] + " " + " ".join(reversed((LINES[0] + LINES[5]).split())), "foreign_run"),
        (LINES[3], " ".join([LINES[3]] * 4), "invented_window"),
        (LINES[3], "тне пилот воат гуидед тнем паст тне сандбанк вхицх хад мовед", "scripts_changed"),
    ],
    ids=["digits", "two digits", "day", "month", "lost line", "words again", "line again", "alphabet"],
)
def test_a_small_fault_has_its_detector(profile: str, old: str, new: str, detector: str) -> None:
    """Each of them leaves nearly every run of words as it was."""
    assert detector in _failed(profile, _honest(profile).replace(old, new))


@pytest.mark.parametrize("profile", sorted(GIVENS))
def test_a_document_that_ends_early_is_refused(profile: str) -> None:
    """A fifth of it gone is a fifth of its words gone."""
    output = _honest(profile)

    assert _failed(profile, output[: int(len(output) * 0.8)])


@pytest.mark.parametrize("written", ["6 May 2024", "May 6, 2024", "06.05.2024", "6/5/2024", "05-06-24", "2024/5/6"])
def test_a_date_may_be_written_another_way(written: str) -> None:
    """The day is the content, the spelling the format's."""
    assert _failed("html-1", GOOD.replace("2024-05-06", written)) == set()


def test_code_survives_to_the_letter() -> None:
    """Quotes that a converter makes pretty are another program."""
    assert _failed("html-1", GOOD.replace("'31'", "\u201931\u2019")) == {"code_lines"}


def test_a_target_that_is_lost_where_others_are_kept_is_missed() -> None:
    """An output without links at all is text on purpose; one with half of them is not."""
    links = [
        f'<a href="https://port.example/{n}">{word}</a>' for n, word in enumerate(["crates", "rain", "tons", "boat"])
    ]
    given = TypedBytes(HTML, (PAGE + "<p>See " + " ".join(links) + " for more of it.</p>").encode())

    def failed(targets: list[str]) -> bool:
        shown = " ".join(
            f"[{word}]({target})" for word, target in zip(["crates", "rain", "tons", "boat"], targets, strict=True)
        )
        made = TypedBytes(MARKDOWN, f"{GOOD}\n\nSee {shown} for more of it.\n".encode())
        return "link_targets" in judge(given, made, profile="html-1").detail

    right = [f"https://port.example/{n}" for n in range(4)]
    assert not failed(right)
    assert failed([*right[:2], "x", "y"])


def test_each_type_has_its_profile_and_the_old_name_keeps_its_meaning() -> None:
    """Proofs keep the name they were made with: what document-1 accepted, it accepts."""
    made = TypedBytes(MARKDOWN, GOOD.replace("42 barrels", "24 barrels").encode())

    assert choose_profile(GIVENS["html-1"], TypedBytes(MARKDOWN, GOOD.encode())) == "html-1"
    assert judge(GIVENS["html-1"], made, profile="document-1").ok
    assert not judge(GIVENS["html-1"], made, profile="html-1").ok
    assert judge(GIVENS["html-1"], made, profile="document").profile == "document-2"


def test_every_document_profile_is_registered() -> None:
    """A name in a proof must be found again."""
    wanted = {"document-1", "document-2", "html-1", "docx-1", "odt-1", "rtf-1", "markdown-1", "epub-1", "mail-1"}

    assert wanted | {"notebook-1", "slides-1", "sheet-1", "pdf-1"} <= set(PROFILES)


def test_a_type_without_a_profile_of_its_own_has_the_general_one() -> None:
    """Text to Markdown is judged as strictly as the rest."""
    given = TypedBytes(TEXT, WORDS.encode())

    assert judge(given, TypedBytes(MARKDOWN, f"# {WORDS}".encode()), profile="document").ok
    assert not judge(given, TypedBytes(MARKDOWN, f"# {WORDS.replace('42', '24')}".encode()), profile="document").ok
    assert not judge(given, TypedBytes(DOCX, b"PK"), profile="document").measurable


# ---- the parts ----


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("on 2024-05-06.", {(2024, 5, 6)}),
        ("3/4/2024", {(2024, 3, 4), (2024, 4, 3)}),
        ("30th September, 2024", {(2024, 9, 30)}),
        ("Sept. 30, 2024", {(2024, 9, 30)}),
        ("2024-50-12", set()),
        ("1,2015-12-12,8", {(2015, 12, 12)}),
    ],
)
def test_a_date_means_the_days_it_may_mean(text: str, days: set[tuple[int, int, int]]) -> None:
    """Two readings where the order is open, none where no day has these numbers."""
    assert [set(date.days) for date in dates_of(text)] == [days]


@pytest.mark.parametrize("text", ["version 1.2.2024.7", "2024", "10.0.0.1", "1999-2024", "call 555-2024"])
def test_what_is_no_date_is_none(text: str) -> None:
    """Versions, addresses and spans have dots and dashes too."""
    assert days_of(text) == frozenset()


def test_known_dates_are_taken_out_and_others_stay() -> None:
    """Their digits are no numbers of their own, in whatever spelling."""
    assert without_dates("a 6 May 2024 b 2023-01-01", days_of("2024-05-06")).split() == ["a", "b", "2023-01-01"]


def test_letters_are_counted_by_script() -> None:
    """Accents do not make another script; digits and signs are of none."""
    assert scripts_of("aé1 жя 漢!") == {"LATIN": 2, "CYRILLIC": 2, "CJK": 1}
