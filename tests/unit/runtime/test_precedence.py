"""Which skill a name means, under each profile; copies; names of plugins and servers."""

from pathlib import Path

import pytest

from skillstrata.records.skills import Frontmatter, Skill
from skillstrata.runtime.conflicts import settle_names
from skillstrata.runtime.precedence import Precedence, likeness
from skillstrata.runtime.registry import alike_by_words
from tests.skill_sources import skill, source

MANAGED, USER, PROJECT = source("managed"), source("user"), source("project")
PLUGIN, OTHER = source("plugin", "plugin:a", prefix="a"), source("plugin", "plugin:b", prefix="b")
COMMAND = source("command", "user:commands")


def _winner(profile: str, *skills: Skill, threshold: float = 0.8) -> str:
    found = settle_names(skills, Precedence(profile, threshold=threshold), alike_by_words)
    (conflict,) = found.conflicts
    return conflict.winner


@pytest.mark.parametrize(
    ("profile", "first", "second", "winner"),
    [
        ("claude-code", "managed", "user", "managed"),
        ("claude-code", "user", "project", "user"),
        ("claude-code", "project", "builtin", "project"),
        ("open", "project", "user", "project"),
        ("open", "managed", "project", "managed"),
        ("seed", "user", "project", "user"),
        ("seed", "project", "builtin", "project"),
        ("seed", "managed", "user", "managed"),
    ],
)
def test_the_profile_decides_between_sources(profile: str, first: str, second: str, winner: str) -> None:
    """Clients contradict each other, so the order is chosen; whichever order they are found in."""
    said = Frontmatter(description="Another thing altogether.")
    one, other = skill("x", source(first)), skill("x", source(second), front=said)

    assert _winner(profile, one, other) == _winner(profile, other, one) == f"{winner}/x"


def test_the_nearest_folder_wins_within_a_kind() -> None:
    """A project inside a repository overrides the repository."""
    near, far = source("project", "project", priority=4), source("project", "project:..", priority=2)

    assert _winner("claude-code", skill("x", far), skill("x", near)) == "project/x"


@pytest.mark.parametrize("profile", ["claude-code", "open", "seed"])
def test_a_skill_goes_before_a_command_of_its_name(profile: str) -> None:
    """Claude Code: commands are the older form."""
    assert _winner(profile, skill("x", COMMAND), skill("x", PROJECT)) == "project/x"


@pytest.mark.parametrize(("share", "winner"), [(0.85, "project/x"), (0.80, "project/x"), (0.79, "user/x")])
def test_a_project_overrides_what_it_is_like_in_the_seeds_profile(share: float, winner: str) -> None:
    """project_skill_override_threshold = 0.8: from there on, the project means to replace the other."""
    found = settle_names([skill("x", USER), skill("x", PROJECT)], Precedence("seed"), lambda _a, _b: share)

    assert found.conflicts[0].winner == winner


def test_numbers_of_a_configuration_decide_where_there_is_one() -> None:
    """The seed's file gives each place its priority."""
    low, high = source("user", "user", priority=10), source("project", "project", priority=90)
    found = settle_names([skill("x", low), skill("x", high)], Precedence("seed", numbered=True), alike_by_words)

    assert found.conflicts[0].winner == "project/x"
    assert found.conflicts[0].rule == "seed: priority 90 before 10"


def test_a_conflict_tells_winner_losers_hashes_and_rule() -> None:
    """Whoever wonders why another skill is used can ask."""
    found = settle_names([skill("x", PROJECT, digest="p"), skill("x", USER, digest="u")], Precedence(), alike_by_words)
    (conflict,) = found.conflicts

    assert (conflict.name, conflict.winner, conflict.losers) == ("x", "user/x", ("project/x",))
    assert conflict.digests == (("user/x", "u"), ("project/x", "p"))
    assert conflict.rule == "claude-code: user before project"
    assert not conflict.identical
    assert {one.id for one in found.skills} == {"user/x", "project/x"}


def test_copies_stay_and_one_name_means_one_of_them_even_with_another_between_them() -> None:
    """A, B, B: the second B is a copy wherever it stands, and A is not."""
    a = skill("x", USER, digest="A")
    found = settle_names(
        [a, skill("x", PROJECT, digest="B"), skill("x", PLUGIN, digest="B")], Precedence(), alike_by_words
    )

    assert [one.id for one in found.skills] == ["plugin:a/x", "project/x", "user/x"]
    assert dict(found.aliases) == {"a:x": "plugin:a/x"}
    assert {(one.winner, one.identical) for one in found.conflicts} == {("user/x", False), ("project/x", True)}
    assert dict(found.names)["a:x"] == "project/x"


def test_plugins_do_not_clash_and_short_names_work_where_they_are_clear() -> None:
    """`plugin:skill` is the name; the last part alone is a convenience, not a guess."""
    found = settle_names([skill("x", PLUGIN), skill("x", OTHER), skill("y", OTHER)], Precedence(), alike_by_words)

    assert found.conflicts == ()
    assert dict(found.names) == {"a:x": "plugin:a/x", "b:x": "plugin:b/x", "b:y": "plugin:b/y", "y": "plugin:b/y"}


@pytest.mark.parametrize("profile", ["claude-code", "open", "seed"])
def test_a_servers_skill_has_its_own_name_only(profile: str) -> None:
    """It must not hide, replace or stand for a skill of any other origin, be it the same byte by byte."""
    remote = source("mcp", "mcp:a", prefix="a")
    found = settle_names(
        [skill("x", remote, digest="same"), skill("x", PLUGIN, digest="same"), skill("y", remote)],
        Precedence(profile),
        alike_by_words,
    )

    assert dict(found.names) == {"a:x": "plugin:a/x", "x": "plugin:a/x", "a:y": "mcp:a/y"}
    assert {one.id for one in found.skills} == {"mcp:a/x", "mcp:a/y", "plugin:a/x"}
    assert dict(found.aliases) == {}


@pytest.mark.parametrize("name", ["Deploy", "ＤＥＰＬＯＹ", "de\u200bploy", " deploy "])
def test_names_that_look_the_same_are_the_same(name: str) -> None:
    """Compatibility forms, case and invisible marks do not make another skill."""
    found = settle_names([skill("deploy", USER), skill(name, PROJECT)], Precedence(), alike_by_words)

    assert [one.winner for one in found.conflicts] == ["user/deploy"]


def test_likeness_is_the_share_of_pairs_of_words() -> None:
    """Symmetric, 1 for the same text, 0 for nothing in common."""
    one, other = "read the file and write it", "read the file and burn it"

    assert likeness(one, one) == 1.0
    assert likeness(one, other) == likeness(other, one) == pytest.approx(0.6)
    assert likeness(one, "nothing like that") == 0.0
    assert likeness("", "") == 1.0


def test_no_source_is_unranked() -> None:
    """A kind that a profile forgot would win or lose by chance."""
    kinds = (
        "managed",
        "user",
        "project",
        "nested",
        "extra",
        "agents",
        "plugin",
        "builtin",
        "library",
        "mcp",
        "command",
    )
    for profile in ("claude-code", "open", "seed"):
        ranks = {Precedence(profile).rank(skill("x", source(kind, root=Path("/r")))) for kind in kinds}
        assert len(ranks) == len(kinds)
