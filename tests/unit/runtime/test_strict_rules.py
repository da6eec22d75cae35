import pytest

from skillstrata.runtime.strict_rules import strict_faults


def judged(frontmatter: str, folder: str = "my-skill") -> list[str]:
    """Give the codes of the faults of a file."""
    data = f"---\n{frontmatter}\n---\n# Body\n".encode()
    return [found.code for found in strict_faults(data, folder_name=folder)]


GOOD = "name: my-skill\ndescription: A test skill"


@pytest.mark.parametrize(
    ("frontmatter", "folder"),
    [
        (GOOD, "my-skill"),
        (f"{GOOD}\nlicense: MIT\nmetadata:\n  author: Test\n  version: 1.0", "my-skill"),
        (f"{GOOD}\nallowed-tools: Bash(jq:*) Bash(git:*)", "my-skill"),
        (f"{GOOD}\nallowed-tools:\n  - Read\n  - Write", "my-skill"),
        (f"{GOOD}\ncompatibility: Requires Python 3.11+", "my-skill"),
        (f"{GOOD}\ncompatibility:", "my-skill"),
        (f"{GOOD}\nmetadata: text", "my-skill"),
        (f"{GOOD}\nmetadata:\n  a:\n    b: c", "my-skill"),
        ("name: 技能\ndescription: A", "技能"),
        ("name: мой-навык\ndescription: A", "мой-навык"),
        ("name: cafe\u0301\ndescription: A", "caf\u00e9"),
        ("name: 123\ndescription: 4", "123"),
        (f"name: {'a' * 64}\ndescription: {'x' * 1024}", "a" * 64),
        ("name: my-skill\ndescription: one --- two", "my-skill"),
        ("name: my-skill\ndescription: a\u2028b", "my-skill"),
        ("name: my-skill\ndescription: null", "my-skill"),
    ],
)
def test_what_the_reference_accepts_is_accepted(frontmatter: str, folder: str) -> None:
    """The cases of skills-ref, and edges of it that were measured against version 0.1.1."""
    assert judged(frontmatter, folder) == []


@pytest.mark.parametrize(
    ("frontmatter", "folder", "code"),
    [
        ("description: A", "my-skill", "strict_name"),
        ("name: MySkill\ndescription: A", "MySkill", "strict_name"),
        (f"name: {'a' * 70}\ndescription: A", "a" * 70, "strict_name"),
        ("name: -my-skill\ndescription: A", "-my-skill", "strict_name"),
        ("name: my--skill\ndescription: A", "my--skill", "strict_name"),
        ("name: my_skill\ndescription: A", "my_skill", "strict_name"),
        ("name: НАВЫК\ndescription: A", "НАВЫК", "strict_name"),
        ("name: correct-name\ndescription: A", "wrong-name", "strict_name"),
        ("name: my-skill", "my-skill", "strict_description"),
        ('name: my-skill\ndescription: " "', "my-skill", "strict_description"),
        (f"name: my-skill\ndescription: {'x' * 1025}", "my-skill", "strict_description"),
        (f'name: my-skill\ndescription: "{"x" * 1024} "', "my-skill", "strict_description"),
        (f"{GOOD}\nunknown_field: x", "my-skill", "strict_key"),
        (f"{GOOD}\nmodel: haiku", "my-skill", "strict_key"),
        (f"{GOOD}\ncompatibility: {'x' * 501}", "my-skill", "strict_compatibility"),
        (f"{GOOD}\ncompatibility:\n  - a", "my-skill", "strict_compatibility"),
        ("name: [invalid\ndescription: broken", "my-skill", "strict_style"),
        (f"{GOOD}\nallowed-tools: [Read, Write]", "my-skill", "strict_style"),
        (f"{GOOD}\ndescription: B", "my-skill", "strict_style"),
        ("name: my-skill\ndescription: &a B", "my-skill", "strict_style"),
        ("name: my-skill\ndescription: !!str B", "my-skill", "strict_style"),
        (f"{GOOD}\nmetadata:\n  a:\n    b: c\n  d:\n      e: f", "my-skill", "strict_style"),
        ("name: my-skill\ndescription: a: b", "my-skill", "strict_yaml"),
        ("name: my-skill\ndescription: a\tb", "my-skill", "strict_yaml"),
        ('name: my-skill\ndescription: "one --- two"', "my-skill", "strict_yaml"),
        (f"{GOOD}\nmetadata:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 40)), "my-skill", "strict_yaml"),
        ("- just\n- a\n- list", "my-skill", "strict_not_mapping"),
        ("", "my-skill", "strict_not_mapping"),
    ],
)
def test_what_the_reference_refuses_is_refused(frontmatter: str, folder: str, code: str) -> None:
    """The same; somebody who publishes relies on the verdict, and the code says where to look."""
    assert code in judged(frontmatter, folder)


@pytest.mark.parametrize(
    "data",
    [
        b"# No frontmatter",
        b"---\nname: a\ndescription: b\n",
        b"\n---\nname: a\n---\n",
        b"\xef\xbb\xbf---\nname: a\n---\n",
    ],
)
def test_a_file_must_begin_and_end_its_frontmatter(data: bytes) -> None:
    """A blank line or byte order mark before it is one too much for the reference."""
    assert [found.code for found in strict_faults(data, folder_name="a")] == ["strict_no_fence"]


def test_line_ends_of_windows_are_fine() -> None:
    """The reference reads them as any other."""
    assert strict_faults(b"---\r\nname: a\r\ndescription: b\r\n---\r\nText\r\n", folder_name="a") == ()


@pytest.mark.parametrize(("data", "code"), [(b"---\nname: \xff\n---\n", "not_utf8"), (b"x" * 5_000_000, "too_large")])
def test_what_is_no_text_is_refused(data: bytes, code: str) -> None:
    """The reference raises on the one and hangs on the other."""
    assert [found.code for found in strict_faults(data, folder_name="a")] == [code]


def test_every_fault_is_told_at_once() -> None:
    """Whoever mends a file wants to do so once."""
    assert judged("name: My_Skill\nmodel: x") == ["strict_key", *["strict_name"] * 3, "strict_description"]
