"""Needs of skills: order, circles, what is missing, the deadline; and the drawings of it."""

import itertools
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.records.skills import Frontmatter, Requirement, Skill
from skillstrata.runtime.dependency_drawing import as_dot, as_svg, as_text
from skillstrata.runtime.dependency_graph import FAIL_FAST, DependencyCycle, Resolution, Resolver
from skillstrata.runtime.precedence import Precedence
from skillstrata.runtime.registry import RegistryBuilder
from skillstrata.runtime.requirements import is_range, satisfies
from skillstrata.runtime.rollback import MatrixRules, RollbackMatrix
from tests.skill_sources import Clock, Facts, skill, source


def _needs(*names: str, versions: str = "", hard: bool = True) -> tuple[Requirement, ...]:
    return tuple(Requirement("skill", (name,), versions, hard) for name in names)


def _resolve(*skills: Skill, facts: Facts | None = None, on_cycle: str = "warn_and_sort") -> Resolution:
    names = [(one.name, one.id) for one in skills]
    return Resolver(facts or Facts(), on_cycle=on_cycle).resolve(skills, names)


def test_what_is_needed_comes_first() -> None:
    """Whatever the names' order."""
    found = _resolve(skill("a", needs=_needs("m")), skill("m", needs=_needs("z")), skill("z"))

    assert found.order == ("user/z", "user/m", "user/a")
    assert found.cycles == found.missing == found.unavailable == ()


@given(st.integers(1, 12), st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40))
def test_every_need_is_kept_or_in_a_circle(count: int, wanted: set[tuple[int, int]]) -> None:
    """For any graph: the order has every skill once, and breaks a need only inside a circle that is reported."""
    edges = {(a, b) for a, b in wanted if a < count and b < count}
    skills = [skill(f"s{n}", needs=_needs(*(f"s{b}" for a, b in sorted(edges) if a == n))) for n in range(count)]
    found = _resolve(*skills)
    at = {one: n for n, one in enumerate(found.order)}
    reach = {(a, b) for a, b in edges}
    for _ in range(count):
        reach |= {(a, d) for a, b in reach for c, d in edges if b == c}
    mutual = {(a, b) for a, b in edges if (b, a) in reach or a == b}

    assert sorted(at) == sorted(one.id for one in skills)
    assert all(at[f"user/s{b}"] < at[f"user/s{a}"] for a, b in edges - mutual)
    assert bool(found.cycles) == bool(mutual)
    for cycle in found.cycles:
        assert cycle[0] == cycle[-1]
        assert all((int(a[6:]), int(b[6:])) in edges for a, b in itertools.pairwise(cycle))


def test_a_circle_is_told_with_its_path_and_sorted_by_name() -> None:
    """warn_and_sort: what is in the circle goes by name, everything else keeps its order."""
    found = _resolve(
        skill("c", needs=_needs("a")), skill("a", needs=_needs("b")), skill("b", needs=_needs("c", "y")), skill("y")
    )

    assert found.cycles == (("user/a", "user/b", "user/c", "user/a"),)
    assert found.order == ("user/y", "user/a", "user/b", "user/c")
    assert found.unavailable == ()


def test_a_circle_fails_where_that_is_wanted() -> None:
    """fail_fast names the path; without a circle it lets everything through."""
    with pytest.raises(DependencyCycle, match="user/a -> user/b -> user/a"):
        _resolve(skill("a", needs=_needs("b")), skill("b", needs=_needs("a")), on_cycle=FAIL_FAST)
    assert _resolve(skill("a", needs=_needs("b")), skill("b"), on_cycle=FAIL_FAST).order == ("user/b", "user/a")


def test_hints_may_run_in_circles_without_an_alarm() -> None:
    """`related-skills` of the 66-skill pack is one knot of thirty: a hint, not a need."""
    found = _resolve(skill("a", related=("b",)), skill("b", related=("a", "nowhere")))

    assert found.cycles == found.missing == ()
    assert {(edge.needs, edge.needed, edge.hard) for edge in found.edges} == {
        ("user/a", "user/b", False),
        ("user/b", "user/a", False),
    }


def test_a_missing_skill_makes_all_that_need_it_unavailable_with_the_reason() -> None:
    """Along the whole chain, and even when it is a circle; an optional need does not."""
    found = _resolve(
        skill("a", needs=_needs("b")),
        skill("b", needs=_needs("c")),
        skill("c", needs=(*_needs("gone"), *_needs("a"))),
        skill("d", needs=_needs("gone", hard=False)),
    )
    reasons = {one.skill_id: one.reason for one in found.unavailable}

    assert set(reasons) == {"user/a", "user/b", "user/c"}
    assert reasons["user/c"] == "needs the skill gone, which is not there"
    assert reasons["user/b"] == "needs user/c, which is unavailable: needs the skill gone, which is not there"
    assert {lack.skill_id: lack.hard for lack in found.missing} == {"user/c": True, "user/d": False}


def test_one_of_several_is_enough() -> None:
    """any: the first that is there and fits; all: each is a need of its own."""
    either = Requirement("skill", ("gone", "old", "new"), ">=2")
    old, new = skill("old", front=Frontmatter(version="1.9")), skill("new", front=Frontmatter(version="2.0"))

    assert [edge.needed for edge in _resolve(skill("a", needs=(either,)), old, new).edges] == ["user/new"]
    assert _resolve(skill("a", needs=(either,)), old).unavailable[0].reason == (
        "needs the skill gone or old or new >=2, and there is only user/old 1.9"
    )


def test_of_several_the_first_that_can_be_used_is_taken() -> None:
    """any: one that is there and lacks something itself is no choice while another is; it is where none can be used."""
    either = Requirement("skill", ("lame", "well"))
    lame, well = skill("lame", needs=_needs("gone")), skill("well")
    found = _resolve(skill("a", needs=(either,)), lame, well)

    assert [one.skill_id for one in found.unavailable] == ["user/lame"]
    assert [(edge.needs, edge.needed) for edge in found.edges] == [("user/a", "user/well")]
    assert found.order.index("user/well") < found.order.index("user/a")
    reasons = {one.skill_id: one.reason for one in _resolve(skill("a", needs=(either,)), lame).unavailable}
    assert reasons["user/a"] == "needs user/lame, which is unavailable: needs the skill gone, which is not there"


def test_a_choice_that_is_lost_far_away_is_left_for_the_other() -> None:
    """Whether one can be used is known only when everything that it goes back to is."""
    chain = [skill(f"s{n}", needs=_needs(f"s{n + 1}")) for n in range(50)]
    found = _resolve(skill("a", needs=(Requirement("skill", ("s0", "well")),)), skill("well"), *chain)

    assert "user/a" not in {one.skill_id for one in found.unavailable}
    assert len(found.unavailable) == 50
    assert max(len(one.reason) for one in found.unavailable) < 1000
    both = _resolve(skill("a", needs=(Requirement("skill", ("s0", "s1")),)), *chain)
    assert "needs user/s0 or user/s1, which are all unavailable" in {
        one.reason.partition(":")[0] for one in both.unavailable
    }


def test_each_of_several_has_its_own_range() -> None:
    """`x >=1 | y >=2` asks of y what it does not ask of x."""
    want = Requirement("skill", ("x", "y"), each=(">=1", ">=2"))
    old, one = skill("y", front=Frontmatter(version="1.5")), skill("x", front=Frontmatter(version="1.5"))

    assert [edge.needed for edge in _resolve(skill("a", needs=(want,)), one, old).edges] == ["user/x"]
    (lost,) = _resolve(skill("a", needs=(want,)), old).unavailable
    assert lost.reason == "needs the skill x >=1 or y >=2, and there is only user/y 1.5"


def test_a_need_that_is_not_understood_makes_a_skill_unavailable_with_that_reason() -> None:
    """Nobody can say that it is met; a wish that is not understood costs nothing."""
    x = skill("x", front=Frontmatter(version="1.0"))
    found = _resolve(
        skill("a", needs=(Requirement("skill", (">=1",), unclear=True),)),
        skill("b", needs=_needs("x", versions=">=foo")),
        skill("c", needs=(Requirement("skill", ("{}",), hard=False, unclear=True),)),
        skill("d", needs=_needs("x", versions="latest")),
        x,
    )

    assert {one.skill_id: one.reason for one in found.unavailable} == {
        "user/a": "needs the skill >=1, which is not understood",
        "user/b": "needs the skill x >=foo, and '>=foo' is no range of versions",
    }


def test_a_need_is_looked_for_beside_the_skill_first() -> None:
    """Skills of one plugin mean each other, whatever else is called so."""
    plugin = source("plugin", "plugin:p", prefix="p")
    found = _resolve(skill("a", plugin, needs=_needs("b")), skill("b", plugin), skill("b"))

    assert [edge.needed for edge in found.edges] == ["plugin:p/b"]


def test_a_local_skill_never_comes_to_need_a_servers() -> None:
    """A server could offer whatever is missing; its own skills may need each other."""
    remote = source("mcp", "mcp:s", prefix="s")
    found = _resolve(skill("a", needs=_needs("s:b")), skill("b", remote), skill("c", remote, needs=_needs("b")))

    assert [one.skill_id for one in found.unavailable] == ["user/a"]
    assert [(edge.needs, edge.needed) for edge in found.edges] == [("mcp:s/c", "mcp:s/b")]


@pytest.mark.parametrize(
    ("kind", "there", "reason"),
    [
        ("binary", Facts(binaries="rg"), "needs the program rg or grep, which is not on the path"),
        ("env", Facts(variables="grep"), "needs the variable rg or grep, which is not set"),
        ("mcp", Facts(servers="rg"), "needs the MCP server rg or grep, which is not configured"),
    ],
)
def test_what_the_machine_lacks_is_said(kind: str, there: Facts, reason: str) -> None:
    """A skill that cannot work is shown with the reason, not offered."""
    asks = skill("a", needs=(Requirement(kind, ("rg", "grep")),))

    assert [one.reason for one in _resolve(asks).unavailable] == [reason]
    assert _resolve(asks, facts=there).unavailable == ()


def test_over_the_deadline_skills_are_offered_without_their_needs() -> None:
    """No-dependency mode: everything is there, by name, and it is told."""
    ticks = itertools.count()
    skills = [skill(f"s{n}", needs=_needs("gone")) for n in range(3)]
    slow = Resolver(Facts(), timeout_s=5.0, clock=lambda: next(ticks) * 6.0).resolve(skills, ())
    fast = Resolver(Facts(), timeout_s=5.0, clock=lambda: 0.0).resolve(skills, ())

    assert slow.timed_out
    assert (slow.order, slow.unavailable) == (("user/s0", "user/s1", "user/s2"), ())
    assert not fast.timed_out
    assert len(fast.unavailable) == 3


def test_a_short_limit_is_told_in_milliseconds() -> None:
    """It says nothing to be told of 0.0 s: a limit may be as short as a millisecond."""
    ticks = itertools.count()
    quick = Resolver(Facts(), timeout_s=0.001, clock=lambda: next(ticks) * 0.012)
    odd = RegistryBuilder(Precedence(), quick).build([skill("a")]).registry.diagnostics
    answer = RollbackMatrix(Clock(), rules=MatrixRules(timeout_s=0.001)).resolution_took(0.012)

    assert [one.message for one in odd if one.code == "resolution_timeout"] == [
        "needs were not resolved within 24 ms; skills are offered without them"
    ]
    assert answer is not None
    assert answer.signal == "resolution took 12 ms, more than 1 ms"


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("1.10", ">=1.9", True),
        ("1.2", ">=1.2,<2", True),
        ("2.0", ">=1.2 <2", False),
        ("1.9.9", "^1.2", True),
        ("2.0.0", "^1.2", False),
        ("0.3.0", "^0.2", False),
        ("1.2.9", "~1.2.3", True),
        ("1.3.0", "~1.2.3", False),
        ("1.4", "~=1.2", True),
        ("1.3.0", "~=1.2.3", False),
        ("1.7", "1.x", True),
        ("2.7", "1.x", False),
        ("3.1", "1.x || 3", False),
        ("3.0", "1.x || 3", True),
        ("1.0", "==1.0.0", True),
        ("1.0.0-rc.1", ">=1.0.0", False),
        ("1.0", "!=1.0", False),
        ("", "", True),
        ("", ">=1", False),
        ("today", ">=1", False),
        ("1.0", "soon", False),
        ("1.0", "*", True),
    ],
)
def test_versions_and_ranges(version: str, wanted: str, fits: bool) -> None:
    """The forms that are written in the wild; what cannot be understood is never satisfied."""
    assert satisfies(version, wanted) is fits
    assert is_range(wanted) is (wanted not in {"soon", ""}) or wanted == ""


def test_the_drawings_show_needs_hints_circles_and_what_is_missing() -> None:
    """Text for a terminal, DOT for tools, a picture that is XML whatever the names are."""
    evil = '</text><script>"x"'
    found = _resolve(
        skill("a", needs=_needs("b")),
        skill("b", needs=_needs("a")),
        skill("c", needs=_needs("gone"), related=(evil,)),
        skill(evil, related=("c",)),
    )
    text, dot, picture = as_text(found), as_dot(found), as_svg(found)

    assert "circle: user/a -> user/b -> user/a" in text
    assert "user/c needs the skill gone, which is not there" in text
    assert '"user/a" -> "user/b" [color=red];' in dot
    assert "[style=dashed, constraint=false]" in dot
    titles = [node.text for node in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}title")]  # noqa: S314 - our own picture
    assert sorted(t or "" for t in titles) == sorted(["user/a", "user/b", "user/c", f"user/{evil}"])
