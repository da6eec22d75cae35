import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.lifecycle_deciding import is_safe_to_delete
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


@pytest.mark.parametrize(
    "said",
    [
        "referenced-by:\n  - other-skill",
        "referencedBy: [other]",
        "referenced_by: other",
        '"referenced-by": [other]',
        "? referenced-by\n: - other",
        "referenced-by: [{name: other}]",
        "referenced-by: {name: other}",
        "referenced-by:",
        'referenced-by: ""',
        "referenced-by: [\n  other,\n]",
        "referenced-by: []\nreferencedBy: [other]",
        "metadata:\n  referenced-by: other",
        "<<: {referenced-by: [other]}",
        '"referenced\\x2dby": [other]',
        "referenced-by: [other",
    ],
)
def test_whatever_may_state_a_reference_counts_as_one(said: str) -> None:
    """A skill that another one names must never be deleted for good: in doubt it is one of those."""
    assert not is_safe_to_delete(
        _read(f"---\norigin: skill-learning\nquality: low\nsafe-to-delete: true\n{said}\n---\n")
    )


@pytest.mark.parametrize("said", ["safe-to-delete: true", "safeToDelete: true", "safe-to-delete: 'yes'"])
def test_without_any_reference_it_may_be_deleted(said: str) -> None:
    """The twin: nothing is said of others, or that there are none."""
    for none in ("", "referenced-by: []\n", "description: safe to delete and referenced nowhere\n"):
        assert is_safe_to_delete(_read(f"---\norigin: skill-learning\nquality: low\n{none}{said}\n---\n"))


@pytest.mark.parametrize(
    "said",
    ["safe-to-delete: false", "safe-to-delete: [true]", "safe-to-delete: true\nsafeToDelete: false", "x: delete"],
)
def test_what_is_not_clearly_safe_to_delete_is_not(said: str) -> None:
    """Somebody has to have said it, and nobody the opposite."""
    assert not is_safe_to_delete(_read(f"---\norigin: skill-learning\nquality: low\n{said}\n---\n"))


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
