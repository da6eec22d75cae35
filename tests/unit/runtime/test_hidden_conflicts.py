"""Skills that nobody declared to conflict and that change the same things."""

import pytest

from skillstrata.records.skills import Frontmatter, Skill
from skillstrata.runtime.dependency_graph import Resolver
from skillstrata.runtime.hidden_conflicts import hidden_conflicts
from skillstrata.runtime.precedence import Precedence
from skillstrata.runtime.registry import RegistryBuilder
from tests.skill_sources import Facts, skill, source


def shared(one: Frontmatter, other: Frontmatter) -> list[str]:
    """Give what is warned of for two skills."""
    return [odd.message for odd in hidden_conflicts([skill("a", front=one), skill("b", front=other)])]


def tools(*patterns: str) -> Frontmatter:
    """Give a skill with these tools."""
    return Frontmatter(allowed_tools=patterns)


@pytest.mark.parametrize(
    ("one", "other", "scope"),
    [
        ("Write(out/**)", "Write(out/**)", "the files out/**"),
        ("Write(/tmp/x)", "Edit(/tmp/x)", "the files /tmp/x"),
        ("MultiEdit(./notes.md)", "NotebookEdit(notes.md)", "the files notes.md"),
        ("Bash(git push:*)", "Bash(git push *)", "the command git push"),
    ],
)
def test_tools_that_change_the_same_place_are_warned_of(one: str, other: str, scope: str) -> None:
    """By what stands in the parentheses, whichever of the tools that write it is."""
    assert shared(tools("Read", one), tools(other)) == [f"2 skills share {scope}: user/a, user/b"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Write", "Write"),
        ("Write(**)", "Edit(**)"),
        ("Bash(git:*)", "Bash(git:*)"),
        ("Bash(git log:*)", "Bash(git log:*)"),
        ("Read(a.md)", "Read(a.md)"),
        ("Write(a.md)", "Write(b.md)"),
        ("Bash(git push:*)", "Bash(git pull:*)"),
    ],
)
def test_what_is_wide_or_only_looks_is_no_sign(one: str, other: str) -> None:
    """The twin: nearly every skill has some of these, and a warning for each would be read by nobody."""
    assert shared(tools(one), tools(other)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("report.md", '"report.md"'),
        ('["report.md", "log.txt"]', '["summary.md", "./report.md"]'),
        ("report.md, log.txt", '[{"path": "report.md"}]'),
        ('{"main": "report.md"}', "report.md"),
    ],
)
def test_the_same_output_is_found_in_every_form_of_a_list(one: str, other: str) -> None:
    """A list with one name in common is a conflict over that name alone."""
    first, second = Frontmatter(metadata=(("outputs", one),)), Frontmatter(unknown=(("produces", other),))

    assert shared(first, second) == ["2 skills share the output report.md: user/a, user/b"]
    assert shared(first, Frontmatter(metadata=(("outputs", '["other.md", "*", null]'),))) == []


def test_a_skill_that_lost_its_name_conflicts_with_nobody() -> None:
    """The same skill in two places is not two skills at work; two of different names are."""
    builder = RegistryBuilder(Precedence(), Resolver(Facts()))
    here, there = skill("a", front=tools("Write(x.md)")), skill("a", source("project"), front=tools("Write(x.md)"))
    other = skill("b", front=tools("Write(x.md)"))

    def warned(*skills: Skill) -> bool:
        return "scope_shared" in {odd.code for odd in builder.build(skills).registry.diagnostics}

    assert not warned(here, there)
    assert warned(here, there, other)


@pytest.mark.parametrize("rule", ["Bash(git push origin:*)", "Bash(git push origin main)"])
def test_a_narrower_command_is_within_a_wider_one(rule: str) -> None:
    """Whoever may push anywhere may push there; a command that only begins with the same letters is another."""
    assert shared(tools("Bash(git push:*)"), tools(rule)) == ["2 skills share the command git push: user/a, user/b"]
    assert shared(tools("Bash(git push:*)"), tools("Bash(git pushall origin:*)")) == []
    assert shared(tools(rule), tools("Bash(git push elsewhere:*)")) == []
