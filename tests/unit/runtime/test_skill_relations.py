import pytest

from skillstrata.records.skills import Requirement, SkillText
from skillstrata.runtime.parsing import parse_skill


def read(lines: str, body: str = "Text\n") -> SkillText:
    """Parse a skill with some lines in its frontmatter."""
    data = f"---\nname: a\ndescription: b\n{lines}\n---\n{body}".encode()
    return parse_skill(data, folder_name="a", path="")


def skill(*names: str, versions: str = "", hard: bool = True, each: tuple[str, ...] = ()) -> Requirement:
    """Give a requirement of a skill."""
    return Requirement("skill", names, versions, hard, each)


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
        ("depends: pdf or csv >=2", [skill("pdf", "csv", each=("", ">=2"))]),
        ("depends: a >=1 | b >=2", [skill("a", "b", each=(">=1", ">=2"))]),
        ("depends: pdf || csv", [skill("pdf", "csv")]),
        ("depends: x1 || x2", [skill("x1", "x2")]),
        ("depends: pdf >=1 || 3 || csv", [skill("pdf", "csv", each=(">=1 || 3", ""))]),
        ("depends: tools:pdf", [skill("tools:pdf")]),
        ("depends:\n  pdf: '>=1'\n  csv: '*'", [skill("pdf", versions=">=1"), skill("csv", versions="*")]),
        ("requires:\n  skills:\n    - pdf\n    - csv", [skill("pdf"), skill("csv")]),
        ("requires:\n  skills:\n    - any: [pdf, csv]", [skill("pdf", "csv")]),
        ("requires:\n  skills:\n    - any: [pdf >=1, csv]", [skill("pdf", "csv", each=(">=1", ""))]),
        (
            "requires:\n  skills:\n    - any: [pdf >=1, csv]\n      version: ^2",
            [skill("pdf", "csv", each=(">=1", "^2"))],
        ),
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
    ("lines", "hard"),
    [
        ("depends: [[a]]", True),
        ("depends: '>=1'", True),
        ("depends: [{name: '>=1', optional: yes}]", False),
    ],
)
def test_a_need_that_is_not_understood_is_told_and_kept(lines: str, hard: bool) -> None:
    """Left out, it would offer a skill that cannot work."""
    text = read(lines)

    assert text.loads
    assert [(need.unclear, need.hard) for need in text.requirements] == [(True, hard)]
    assert "requirement_unclear" in [found.code for found in text.diagnostics]


def test_a_text_that_names_no_kind_is_told_and_no_need() -> None:
    """The twin: `requires` alone is prose as often as not, and says nothing of skills or programs."""
    text = read("requires: patience")

    assert text.requirements == ()
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
