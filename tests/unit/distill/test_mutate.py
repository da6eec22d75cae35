"""Do changed inputs change what they say, and nothing else?"""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.mutate import mutations
from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.synthesise import fresh
from skillstrata.distill.views import document_view, table_view
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV, XML
from skillstrata.records.proofs import MutatedInput, TypedBytes

TYPES = [HTML, DOCX, MARKDOWN, CSV, TSV, JSON, NDJSON]
PAGE = TypedBytes(
    HTML,
    b"<html><!-- word --><body class='garden'><h1>Garden plan</h1><p>Tulips bloom &amp; fade, 4711 of them.</p>"
    b"<ul><li>spade</li><li>rake</li><li>hose</li></ul></body></html>",
)
LOG = TypedBytes(
    TEXT,
    b"2024-01-02 10:11:12 INFO boot port=8080\n"
    b"2024-01-02 10:12:12 ERROR disk gone code=517\n2024-01-03 10:12:12 INFO calm\n",
)


def _by_relation(
    content: TypedBytes, output: TypedBytes | None = None, **more: frozenset[str]
) -> dict[str, MutatedInput]:
    return {made.relation: made for made in mutations(content, output, seed=3, **more)}


def _words(content: TypedBytes) -> tuple[str, ...]:
    view = document_view(content)
    assert view is not None
    return view.whole


@pytest.mark.parametrize("media_type", TYPES)
def test_each_old_value_is_gone_and_each_new_one_is_there(media_type: str) -> None:
    """This is what the proof looks for in the output."""
    content = fresh(media_type, count=1, seed=5)[0]
    made = _by_relation(content)["replace"]
    before, after = document_view(content), document_view(made.content)

    assert before is not None
    assert after is not None
    assert 3 <= len(made.replaced) <= 8
    for old, new in made.replaced:
        assert old in before.text
        assert new not in before.text
        assert old not in after.text
        assert new in after.text
        assert len(old) == len(new)


@pytest.mark.parametrize("media_type", TYPES)
def test_replacing_touches_nothing_else(media_type: str) -> None:
    """A converter must show exactly this change."""
    content = fresh(media_type, count=1, seed=5)[0]
    made = _by_relation(content)["replace"]
    pairs = list(zip(_words(content), _words(made.content), strict=True))
    expected = {old.lower() for old, _ in made.replaced} | {p for old, _ in made.replaced for p in old.split(".")}

    assert {old for old, new in pairs if old != new} <= expected


def test_markup_comments_and_attributes_stay_as_they_are() -> None:
    """The bytes between the words are the structure the program was written for."""
    data = _by_relation(PAGE)["replace"].content.data

    assert data.startswith(b"<html><!-- word --><body class='garden'><h1>")
    assert b" &amp; " in data
    assert data.endswith(b"</li></ul></body></html>")


def test_keys_of_json_and_headers_of_tables_stay() -> None:
    """They are the schema, not the content."""
    records = TypedBytes(
        JSON, b'{"title": "harbour", "items": [{"name": "crane\\nblue", "tons": 5120}, {"name": "barge", "tons": 873}]}'
    )
    table = TypedBytes(CSV, b"name,tons\ncrane,5120\nbarge,873\n")
    tree = json.loads(_by_relation(records)["replace"].content.data)
    changed = table_view(_by_relation(table)["replace"].content)

    assert list(tree) == ["title", "items"]
    assert [sorted(item) for item in tree["items"]] == [["name", "tons"], ["name", "tons"]]
    assert "\n" in tree["items"][0]["name"]
    assert changed is not None
    assert changed.header == ("name", "tons")


def test_words_the_program_looks_for_can_be_kept() -> None:
    """A program that filters by a word would rightly give something else without it."""
    replaced = _by_relation(PAGE, avoid=frozenset({"tulips", "garden", "spade"}))["replace"].replaced

    assert {old.lower() for old, _ in replaced}.isdisjoint({"tulips", "garden", "spade"})
    assert replaced


def test_log_levels_and_dates_are_never_replaced() -> None:
    """A log with an impossible date is another format."""
    made = _by_relation(LOG)["replace"]

    assert all(date in made.content.data for date in (b"2024-01-02 10:11:12 INFO ", b"2024-01-02 10:12:12 ERROR "))


def test_only_values_that_reach_the_output_are_followed() -> None:
    """What the output never showed proves nothing when it is missing."""
    made = _by_relation(PAGE, TypedBytes(TEXT, b"spade\nrake\nhose\n"))["replace"]

    assert {old for old, _ in made.replaced} <= {"spade", "rake", "hose"}


def test_where_no_value_reaches_the_output_the_input_is_only_changed() -> None:
    """A count shows no word of its input: the oracle judges the new output instead."""
    made = _by_relation(PAGE, TypedBytes(TEXT, b"count: 3\n"))

    assert "replace" not in made
    assert made["resample"].replaced == ()
    assert made["resample"].content.data != PAGE.data


@pytest.mark.parametrize("content", [PAGE, LOG, *(fresh(t, count=1, seed=2)[0] for t in TYPES)])
def test_reordering_keeps_every_word(content: TypedBytes) -> None:
    """Only the order of the parts is new."""
    made = _by_relation(content)["permute"].content

    assert made.data != content.data
    assert sorted(_words(made)) == sorted(_words(content))


@pytest.mark.parametrize("content", [PAGE, LOG, *(fresh(t, count=1, seed=2)[0] for t in TYPES)])
def test_appending_adds_new_words_and_keeps_all_old_ones(content: TypedBytes) -> None:
    """One part more, of the same shape."""
    made = _by_relation(content)["append"]
    old, new = list(_words(content)), list(_words(made.content))

    assert len(new) > len(old)
    assert all(new.count(word) >= old.count(word) for word in set(old))
    assert made.replaced
    assert all(before == "" and after in new and after not in old for before, after in made.replaced)


def test_rewriting_keeps_shapes() -> None:
    """Dates stay dates, addresses addresses, keys keys."""
    made = Rewriter(Dice(1)).rewrite(
        "2024-02-29 23:59:59 ERROR 10.0.0.1 user=Anna &amp; Mar 12 code 00417 Total: x@mail.org"
    )

    assert made.split(" ")[2] == "ERROR"
    assert "user=" in made
    assert "Total:" in made
    assert "&amp;" in made
    assert all(int(part) < 256 for part in made.split(" ")[3].split("."))
    assert made.split(" ")[9].startswith("00")
    assert "Anna" not in made


@given(st.dates(), st.integers(0, 1000))
def test_a_rewritten_date_is_a_date(day: object, seed: int) -> None:
    """Programs parse them."""
    made = Rewriter(Dice(seed)).rewrite(str(day))

    assert len(made) == 10
    assert 1 <= int(made[5:7]) <= 12


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    """Proofs are run again on other machines; fixtures are kept by digest."""
    program = (
        "import hashlib\n"
        "from skillstrata.distill.mutate import mutations\n"
        "from skillstrata.distill.synthesise import fresh, unseen\n"
        "h = hashlib.sha256()\n"
        "for t in ('text/html', 'text/csv', 'application/json', 'text/markdown', 'text/plain'):\n"
        "    c = fresh(t, count=1, seed=9)[0]\n"
        "    made = [m.content for m in mutations(c, None, seed=9)] + list(unseen(c, count=2, seed=9))\n"
        "    [h.update(x.data) for x in (c, *made)]\n"
        "print(h.hexdigest())\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("0", "4242")
    ]

    assert runs[0] == runs[1] != ""


def test_another_seed_gives_other_bytes() -> None:
    """Else one lucky input would stand for all."""
    one, two = (mutations(PAGE, None, seed=seed)[0].content.data for seed in (1, 2))

    assert one != two


@given(st.binary(max_size=400), st.sampled_from([*TYPES, TEXT, XML, "image/png"]))
def test_any_bytes_can_be_asked_to_change(data: bytes, media_type: str) -> None:
    """What cannot be changed gives nothing, never an exception."""
    assert all(made.content.data != data for made in mutations(TypedBytes(media_type, data), None, seed=1))
