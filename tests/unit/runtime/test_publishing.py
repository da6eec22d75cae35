import pytest

from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.publishing import SkillCopy, slug_of, strict_copy
from skillstrata.runtime.strict_rules import strict_faults


def copied(lines: str, folder: str = "report", body: str = "Do it.\n") -> SkillCopy:
    """Make the copy of a skill with some lines."""
    return strict_copy(f"---\nname: report\n{lines}\n---\n{body}".encode(), folder_name=folder)


def values(copy: SkillCopy) -> dict[str, str]:
    """Give the metadata of a copy, read again."""
    front = parse_skill(copy.text, folder_name=copy.name, path="").frontmatter
    return {key: value for key, value in front.metadata if key != "source-digest"}


def codes(copy: SkillCopy) -> list[str]:
    """Give the codes of what differs."""
    return [found.code for found in copy.diagnostics]


def test_a_copy_says_the_same_in_the_strict_form() -> None:
    """Six keys, every scalar quoted, the body byte for byte."""
    copy = copied("description: Writes reports.\nlicense: MIT\nversion: 1.10", body="\n# Report\n\nÄ $1\n")

    assert copy.text.decode().splitlines()[:7] == [
        "---",
        'name: "report"',
        'description: "Writes reports."',
        'license: "MIT"',
        "metadata:",
        '  "version": "1.10"',
        f'  "source-digest": "{copy.source_digest}"',
    ]
    assert copy.text.decode().endswith('"\n---\n\n# Report\n\nÄ $1\n')


@pytest.mark.parametrize(
    ("lines", "folder", "code"),
    [
        ("description: A", "My Report", "publish_name"),
        (f"description: {'word ' * 300}", "report", "publish_cut"),
        (f"description: A\ncompatibility: {'word ' * 120}", "report", "publish_cut"),
        ("description: A\nmodel: haiku", "report", "publish_moved"),
        ("description: A\nmetadata:\n  a:\n    - b", "report", "publish_flattened"),
        ("description: A\nmetadata:\n  a:", "report", "publish_dropped"),
        ("description: A\u200bB", "report", "publish_cleaned"),
        ("description: A\nallowed-tools: [Read, Bash(git *)]", "report", ""),
        ("description: one --- two ---- three", "report", ""),
        ("description: a: b", "report", ""),
        ('description: "\\x07 \\u2028 \\\\ \\" end"', "report", "publish_cleaned"),
    ],
)
def test_what_is_not_strict_is_made_so_and_told(lines: str, folder: str, code: str) -> None:
    """Reference: made like this, 98.4 % of real files can be published, of which 30 % can as they are."""
    copy = copied(lines, folder)

    assert strict_faults(copy.text, folder_name=copy.name) == ()
    assert not code or code in codes(copy)


def test_a_cut_description_ends_at_a_word() -> None:
    """Half a word at the end of a listing looks like a fault."""
    text = parse_skill(copied(f"description: {'word ' * 300}").text, folder_name="report", path="")

    assert len(text.frontmatter.description) <= 1024
    assert text.frontmatter.description.endswith(" word...")


def test_hyphens_in_values_come_back_whole() -> None:
    """Readers that cut at the first `---` would lose the rest; the value is still the same."""
    copy = copied("description: one --- two ----- three\nmetadata:\n  a---b: c")

    assert copy.text.count(b"---") == 2
    assert parse_skill(copy.text, folder_name="report", path="").frontmatter.description == "one --- two ----- three"


def test_keys_that_meet_in_metadata_are_both_kept() -> None:
    """The author wrote two things under one word; neither may go in silence."""
    copy = copied("description: A\nversion: 2\nmetadata:\n  version: 1\n  author: Ann")

    assert values(copy) == {"version": '"1"', "author": '"Ann"', "frontmatter-version": '"2"'}


def test_a_list_of_tools_becomes_text() -> None:
    """The specification has a text with blanks."""
    assert b'allowed-tools: "Read Bash(git *)"' in copied("description: A\nallowed-tools: [Read, Bash(git *)]").text


def test_the_same_source_gives_the_same_copy() -> None:
    """And a copy of a copy says the same again: digests of servers depend on it."""
    once = copied("description: A\nmodel: haiku")

    assert once == copied("description: A\nmodel: haiku")
    again = strict_copy(once.text, folder_name="report")
    assert again.text.replace(again.source_digest.encode(), b"") == once.text.replace(once.source_digest.encode(), b"")


@pytest.mark.parametrize(
    ("data", "folder", "code"),
    [
        (b"# No frontmatter\n", "report", "no_frontmatter"),
        (b"---\nname: report\n---\nText\n", "report", "desc_missing"),
        (b"---\nname: a\ndescription: b\n---\nText\n", "...", "publish_no_name"),
    ],
)
def test_what_cannot_be_published_is_refused_with_its_reason(data: bytes, folder: str, code: str) -> None:
    """Better no copy than one that says what nobody wrote."""
    copy = strict_copy(data, folder_name=folder)

    assert copy.refused
    assert code in codes(copy)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("report", "report"),
        ("My Report_v2!", "my-report-v2"),
        ("--a--b--", "a-b"),
        ("Café Größe", "cafe-groe"),
        ("技能", "技能"),
        ("x" * 80, "x" * 64),
        ("x" * 63 + "-y", "x" * 63),
        ("!!!", ""),
    ],
)
def test_a_name_is_made_of_the_folders_name(folder: str, name: str) -> None:
    """Lowercase letters, digits, single hyphens, at most 64."""
    assert slug_of(folder) == name
