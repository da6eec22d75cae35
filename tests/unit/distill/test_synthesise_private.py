"""Is nothing of a demonstrated file's words in the files that are made like it, wherever the words stood?"""

import re

import pytest

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.type_names import JPEG, PNG, WAV, YAML
from skillstrata.distill.mutate.zip_members import members_of, zip_of
from skillstrata.distill.synthesise import unseen
from skillstrata.distill.views import document_view
from skillstrata.distill.views.media_types import (
    DOCX,
    EML,
    EPUB,
    HTML,
    IPYNB,
    JSON,
    MARKDOWN,
    TEXT,
    XML,
)
from skillstrata.distill.views.xml_tree import parse_xml
from skillstrata.records.proofs import TypedBytes
from tests.made_files import one
from tests.marked_files import W, documents, holds


@pytest.mark.parametrize("media_type", sorted(documents()))
def test_no_word_of_a_file_is_in_those_made_like_it(media_type: str) -> None:
    """Fixtures are deposited in a library that is shared: comments, addresses and authors are the user's."""
    content = TypedBytes(media_type, documents()[media_type])
    assert holds(content.data)

    made = unseen(content, count=3, seed=1)

    assert made
    assert {one.data: holds(one.data) for one in made} == {one.data: [] for one in made}
    assert all(document_view(one) is not None for one in made if document_view(content) is not None)


@pytest.mark.parametrize("media_type", [HTML, XML, MARKDOWN, TEXT, YAML, EML, DOCX, EPUB, IPYNB, JSON])
def test_words_the_program_looks_for_stay(media_type: str) -> None:
    """Twin: a filter for a word needs inputs that hold it; the program shows it anyway."""
    content = TypedBytes(media_type, documents()[media_type])

    made = unseen(content, count=2, seed=1, keep=(W,))

    assert made
    assert all(holds(one.data) for one in made)


def test_structure_stays() -> None:
    """Twin: tags, attributes, classes of a page and links to its own parts are what a program is written for."""
    page = (
        '<table class="fleet" id="t"><tr><th>Name</th></tr><tr><td data-n="4711">Aura</td></tr></table>'
        '<a href="#t">up</a> <div style="display: none; color: Zzyzx">gone</div><!-- x -->'
    )
    (made,) = unseen(TypedBytes(HTML, page.encode()), count=1, seed=1, keep=("fleet",))
    text = made.data.decode()

    assert re.sub(r'>[^<]+<|"[^"]*"', "", text) == re.sub(r'>[^<]+<|"[^"]*"', "", page)
    assert 'class="fleet"' in text
    assert 'style="display: none"' in text
    assert re.search(r'data-n="4\d{3}"', text)
    assert "4711" not in text


def test_parts_of_a_book_are_found_under_their_new_names() -> None:
    """A book whose pages cannot be found is no book: names and addresses change together."""
    named = {"OEBPS/chapter1.xhtml": f"OEBPS/{W}-one.xhtml"}
    members = [
        (named.get(n, n), d.replace(b"chapter1.xhtml", f"{W}-one.xhtml".encode()))
        for n, d in members_of(one(EPUB).data) or []
    ]

    for made in unseen(TypedBytes(EPUB, zip_of(members)), count=2, seed=1):
        parts = dict(members_of(made.data) or [])
        listed = re.findall(r'<item [^>]*href="([^"]+)"', parts["OEBPS/content.opf"].decode())
        assert listed
        assert {f"OEBPS/{name}" for name in listed} <= set(parts)
        assert all(parse_xml(data) is not None for name, data in parts.items() if name.endswith((".opf", ".xhtml")))


def test_labels_stay_and_the_last_words_of_clauses_do_not() -> None:
    """`status: ok` is a column of a log; "remember this rule: run it" is a sentence."""
    made = Rewriter(Dice(1)).rewrite("Status: fine\nuser=Ann remember this rule: run it")

    assert made.startswith("Status: ")
    assert "user=" in made
    assert "rule" not in made


@pytest.mark.parametrize("word", ["שלום", "مرحبا", "&#1055;&#1088;&#1080;", "สวัสดี"])
def test_words_of_any_script_become_others(word: str) -> None:
    """Letters in another order are still the author's letters."""
    made = Rewriter(Dice(1)).rewrite(word)

    assert made != word
    assert len(made) == len(word)


@pytest.mark.parametrize("media_type", [WAV, PNG, JPEG])
def test_pictures_and_sounds_carry_no_remarks(media_type: str) -> None:
    """A camera writes its owner's name into a picture."""
    content = one(media_type)
    tag = b"tEXtComment\x00" + W.encode()
    data = content.data + (len(tag) - 4).to_bytes(4, "big") + tag

    assert [holds(made.data) for made in unseen(TypedBytes(media_type, data), count=2, seed=1)] == [[], []]
