"""What a page of somebody else's asks for is found in every form that a loader reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.foreign_pages import page_findings, without_wish
from skillstrata.runtime.parsing import parse_skill

PLAIN = "---\nname: a-skill\ndescription: Does a thing.\n{}---\n\nDo it.\n"


def codes(front: str) -> list[str]:
    """Give the codes for a page with these lines more in its frontmatter."""
    return [f.code for f in page_findings(PLAIN.format(front).encode())]


@pytest.mark.parametrize(
    "front",
    [
        "hooks:\n  Stop: x\n",
        '"hooks": {"Stop": [{"command": "x"}]}\n',
        '"allowed-tools": Bash\n',
        "'allowed-tools' : Bash\n",
        "? allowed-tools\n: Bash\n",
        "allowed_tools: [Bash]\n",
        "tools: Bash\n",
        "agent: x\n",
        "permissionMode: acceptEdits\n",
    ],
)
def test_rights_are_found_however_their_key_is_written(front: str) -> None:
    """A hook in a frontmatter is a program that runs by itself."""
    assert codes(front) == ["asks_for_rights"]


@pytest.mark.parametrize("front", ["license: MIT\n", "metadata:\n  hooks-of: nothing\n", "", "allowed-tools:\n"])
def test_a_page_that_asks_for_nothing_has_no_finding(front: str) -> None:
    """The twin; words of the body are no keys."""
    assert codes(front) == []
    assert page_findings((PLAIN.format(front) + "hooks: in the body\n").encode()) == ()


WISHES = [
    "metadata:\n  visibility: published\n",
    'metadata:\n  "visibility": "published"\n',
    "metadata: {visibility: published}\n",
    "metadata:\n  a: b\n  ? visibility\n  : published\n",
    "metadata:\n  visibility: |\n    published\n  a: b\n",
    "metadata:\n  visibility: LISTED # all\n",
    "visibility: published\n",
]


@pytest.mark.parametrize("front", WISHES)
def test_a_wish_to_be_published_is_found_and_can_be_taken_back(front: str) -> None:
    """`sync` writes published skills into the folders that clients read by themselves."""
    assert codes(front) == ["would_be_published"]
    made = without_wish(PLAIN.format(front).encode())
    assert made is not None
    assert page_findings(made) == ()
    before = parse_skill(PLAIN.format(front).encode(), folder_name="a-skill", path="")
    after = parse_skill(made, folder_name="a-skill", path="")
    assert after.frontmatter.description == before.frontmatter.description
    assert after.body == before.body
    assert dict(after.frontmatter.metadata).keys() == dict(before.frontmatter.metadata).keys()


def test_a_page_with_a_narrower_wish_stays_as_it_is() -> None:
    """Byte for byte, with its line ends."""
    page = PLAIN.format("metadata:\n  visibility: searchable\n").replace("\n", "\r\n").encode()
    assert without_wish(page) == page
    assert page_findings(page) == ()


@pytest.mark.parametrize(
    "page", ["---x: y\nhooks: z\n---\n", "---\nhooks: &a x\n---\n", "---\na: 1\n", "---\n- hooks\n---\n"]
)
def test_a_frontmatter_that_cannot_be_read_is_said_to_be_unclear(page: str) -> None:
    """Another program may find in it what is not found here; a page without one has nothing to find."""
    assert [f.code for f in page_findings(page.encode())] == ["page_unclear"]
    assert page_findings(b"Only text.\n") == ()


@given(st.text(alphabet="ab:{}[]\"'|>?-#\n visibltyp hed", max_size=120))
def test_a_page_of_any_form_is_looked_at_and_narrowed(front: str) -> None:
    """It is somebody else's; what comes back wishes for nothing."""
    page = f"---\nname: x\nmetadata:\n  visibility: published\n{front}\n---\nbody\n".encode()
    page_findings(page)
    made = without_wish(page)
    assert made is None or "would_be_published" not in {f.code for f in page_findings(made)}
