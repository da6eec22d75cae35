import pytest

from skillstrata.records.skills import Requirement, SkillText
from skillstrata.runtime.parsing import parse_skill


def read(lines: str, body: str = "Text\n") -> SkillText:
    """Parse a skill with some lines in its frontmatter."""
    data = f"---\nname: a\ndescription: b\n{lines}\n---\n{body}".encode()
    return parse_skill(data, folder_name="a", path="")


def skill(*names: str, versions: str = "", hard: bool = True) -> Requirement:
    """Give a requirement of a skill."""
    return Requirement("skill", names, versions, hard)


@pytest.mark.parametrize(
    ("lines", "needs"),
    [
        ("depends: pdf", [skill("pdf")]),
        ("depends: pdf, csv", [skill("pdf"), skill("csv")]),
        ("depends: pdf >=1.2,<2, csv", [skill("pdf", versions=">=1.2,<2"), skill("csv")]),
        ("depends: pdf@^1.2", [skill("pdf", versions="^1.2")]),
        ("depends: pdf (~1.4)", [skill("pdf", versions="~1.4")]),
        ("depends: 'pdf >=1 || 3'", [skill("pdf", versions=">=1 || 3")]),
        ("depends: pdf | csv", [skill("pdf", "csv")]),
        ("depends: pdf or csv >=2", [skill("pdf", "csv", versions=">=2")]),
        ("depends: tools:pdf", [skill("tools:pdf")]),
        ("depends:\n  pdf: '>=1'\n  csv: '*'", [skill("pdf", versions=">=1"), skill("csv", versions="*")]),
        ("requires:\n  skills:\n    - pdf\n    - csv", [skill("pdf"), skill("csv")]),
        ("requires:\n  skills:\n    - any: [pdf, csv]", [skill("pdf", "csv")]),
        ("requires:\n  skills:\n    - any: [pdf >=1, csv]", [skill("pdf", "csv", versions=">=1")]),
        ("requires:\n  skills:\n    all: [pdf, csv]", [skill("pdf"), skill("csv")]),
        ("requires:\n  skills:\n    - name: pdf\n      version: ^2", [skill("pdf", versions="^2")]),
        ("requires:\n  skills:\n    - name: pdf\n      optional: yes", [skill("pdf", hard=False)]),
        ("metadata:\n  requires-skills: pdf >=1, csv", [skill("pdf", versions=">=1"), skill("csv")]),
        ("requires:\n  mcp: [rube]", [Requirement("mcp", ("rube",))]),
        ("metadata:\n  x:\n    requires:\n      bins: [jq]\n      env: [KEY]", [
            Requirement("env", ("KEY",)), Requirement("binary", ("jq",))
        ]),
        ("metadata:\n  x:\n    requires:\n      anyBins: [rg, grep]", [Requirement("binary", ("rg", "grep"))]),
        ("metadata:\n  x:\n    config:\n      requiredEnv: [KEY]", [Requirement("env", ("KEY",))]),
        ("dependencies: [torch>=2.9.0, node>=18]", []),
        ("compatibility: Requires Python 3.11+", []),
    ],
)  # fmt: skip
def test_needs_are_read_where_skills_write_them(lines: str, needs: list[Requirement]) -> None:
    """Reference: these places and forms, and no others; `dependencies` are packages in every real file."""
    assert list(read(lines).requirements) == needs


@pytest.mark.parametrize(
    "lines", ["requires: patience", "depends: [{colour: [red]}, [a]]", "depends: '>=1'", "depends: a >=1 | b >=2"]
)
def test_what_is_not_understood_is_told_and_not_enforced(lines: str) -> None:
    """A guess would make skills unavailable for no reason."""
    text = read(lines)

    assert text.loads
    assert "requirement_unclear" in [found.code for found in text.diagnostics]


def test_related_skills_are_no_needs() -> None:
    """Reference: in the pack of 66 they are circles; whoever loads them loads half of the pack."""
    text = read("metadata:\n  related-skills: csv-tools, pdf\nrelated-skills: [docs]")

    assert text.requirements == ()
    assert text.related == ("docs", "csv-tools", "pdf")


def test_lists_under_a_heading_are_related_skills() -> None:
    """1,408 real files say it there."""
    items = "- **csv-tools** - for tables\n- [pdf](../pdf/SKILL.md)\n* `docs`: more\n"
    body = f"# A\n\n## Related Skills\n\n{items}\n## Next\n- no\n"

    assert read("license: MIT", body).related == ("csv-tools", "pdf", "docs")


def test_the_word_in_prose_names_nothing() -> None:
    """The twin: only a heading makes a list one of skills."""
    assert read("license: MIT", "Ask about related skills:\n\n- csv-tools\n").related == ()
