import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.lifecycle_page import body_of, existing_of, fields_of, is_ours, page_of
from skillstrata.records.learned import ArtifactKind, ExistingArtifact, LearnedDraft


def _read(text: str) -> ExistingArtifact:
    return existing_of(text, path="/s/tides/SKILL.md", slug="tides", kind=ArtifactKind.SKILL)


@pytest.mark.parametrize(
    "text",
    [
        "---\norigin: skill-learning\n---\n",
        '---\r\nname: x\r\norigin: "skill-learning"\r\n---\r\nbody',
        "\ufeff---\norigin: 'skill-learning'\n---\n",
        "---\norigin: skill-learning # made by us\n---\n",
    ],
)
def test_the_mark_in_the_frontmatter_counts(text: str) -> None:
    """The twin of the refusals below."""
    assert is_ours(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin: skill-learning\n",
        "---\nname: x\n---\norigin: skill-learning\n",
        "---\nname: x\n---\n---\norigin: skill-learning\n---\n",
        "text\n---\norigin: skill-learning\n---\n",
        "---\norigin: skill-learning\n",
        "---\nmetadata:\n  origin: skill-learning\n---\n",
        "---\norigin: skill-learning-not\n---\n",
        "---\norigin: me\norigin: skill-learning\n---\n",
        "---\norigin: skill-learning\norigin: me\n---\n",
        "---\ndescription: |\n  text\n  origin: skill-learning\n---\n",
        '---\ndescription: "a\norigin: skill-learning\n  b"\n---\n',
        "---\norigin: [skill-learning]\n---\n",
        "---\norigin: skill-learning\nbad: [\n---\n",
    ],
)
def test_nothing_else_does(text: str) -> None:
    """What is not certainly ours is the user's."""
    assert not is_ours(text)


def test_fields_that_say_nothing_have_the_careful_value() -> None:
    """No confidence, active, referenced by nobody known, and never safe to delete."""
    one = _read("plain text")

    assert (one.name, one.description, one.confidence, one.status) == ("tides", "", None, "active")
    assert (one.safe_to_delete, one.quality, one.origin) == (False, "", "")


def test_fields_are_read_from_the_frontmatter() -> None:
    """As a person or `page_of` writes them."""
    one = _read(
        "---\nname: \"Tides\"\ndescription: 'of a harbour'\nconfidence: 0.6\nstatus: superseded\nquality: low\n"
        "safe-to-delete: yes\nreferenced-by: [a, b]\norigin: skill-learning\n---\n"
    )

    assert (one.name, one.description, one.confidence, one.status) == ("Tides", "of a harbour", 0.6, "superseded")
    assert (one.safe_to_delete, one.quality, one.referenced_by) == (True, "low", ("a", "b"))


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=200), st.floats(0, 1))
def test_a_page_that_we_write_is_ours_and_reads_back(
    description: str, because: str, content: str, confidence: float
) -> None:
    """Whatever the words: none of them may end the frontmatter or add a key to it."""
    text = page_of(LearnedDraft("n", description, content, confidence, because=because), "tides")

    assert is_ours(text)
    assert fields_of(text)["description"] == description
    assert body_of(text).strip() == content.strip("\n").lstrip("\r\n").strip()
    assert _read(text).confidence == pytest.approx(confidence, abs=1e-5)
