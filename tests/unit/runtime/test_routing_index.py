"""Which skills does the index propose, and when does it keep silent?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.records.skills import Skill
from skillstrata.runtime.routing_index import RoutingIndex
from tests.routed_skills import DESCRIPTIONS, a_registry, a_skill, body_of, described_again, known_registry


def _index() -> RoutingIndex:
    index = RoutingIndex()
    index.sync(known_registry(), body_of)
    return index


@pytest.mark.parametrize(
    ("request_text", "skill"),
    [
        ("fill in this PDF form for me", "pdf-forms"),
        ("my query is slow, what does the plan say", "sql-tuning"),
        ("deploy the chart to the cluster", "helm-release"),
        ("照片太多了, 帮我整理", "fotos"),
        ("roll back a hanging pending-upgrade", "helm-release"),
        ("PostgresSQL explain", "sql-tuning"),
    ],
)
def test_a_request_finds_its_skill(request_text: str, skill: str) -> None:
    """By description, by body alone, in Chinese, and with a word that is spelled wrong."""
    route = _index().route(request_text)

    assert (route.proposed, route.abstained) == (f"user/{skill}", False)
    assert 0 < route.confidence <= 1
    assert route.candidates[0].score == max(one.score for one in route.candidates)


@pytest.mark.parametrize(
    "request_text",
    [
        "",
        "   ",
        "why is the sky blue",
        "can you please help me with this",
        "\0\0\0",
        '"(){}[]:*^~?\\/&|!+-',
        "'; DROP TABLE skills; --" * 10,
        "🎉🎉🎉",
        "\ud800",
    ],
)
def test_a_request_that_fits_nothing_gets_no_proposal(request_text: str) -> None:
    """A wrong skill costs more than none; nothing is read as a query language."""
    route = _index().route(request_text)

    assert route.abstained
    assert route.proposed == ""
    assert route.alternatives == ()


def test_a_huge_request_is_answered_by_its_beginning() -> None:
    """Somebody pastes a log: the question stands before it."""
    huge = "fill in this PDF form " + "z" * 10_000_000

    assert _index().route(huge).candidates[0].skill_id == "user/pdf-forms"


def test_where_two_are_near_the_other_is_shown_too() -> None:
    """Under 0.7 a model should see the alternatives; over it they only cost room."""
    twins = [a_skill(f"notes-{n}", "Write the notes of a meeting for the team") for n in "ab"]
    index = RoutingIndex()
    index.sync(a_registry(*twins, a_skill("other", "Draw maps of rivers")), body_of)

    unsure, sure = index.route("write meeting minutes and agenda"), index.route("draw a map of rivers")

    assert unsure.confidence < 0.7 <= sure.confidence
    assert "user/notes-b" in unsure.alternatives
    assert sure.alternatives == ()


def test_only_what_changed_is_read_again() -> None:
    """One edit among two thousand skills must not cost two thousand files."""
    read: list[str] = []

    def reading(skill: Skill) -> str:
        read.append(skill.name)
        return body_of(skill)

    index, registry = RoutingIndex(), known_registry()
    assert index.sync(registry, reading) == len(DESCRIPTIONS)
    read.clear()
    changed = [described_again(s, "Peel apples") if s.name == "changelog" else s for s in registry.skills]

    assert index.sync(a_registry(*changed), reading) == 1
    assert read == ["changelog"]
    assert index.route("peel an apple").proposed == "user/changelog"
    assert index.route("write release notes from commits").proposed != "user/changelog"


def test_skills_that_a_model_may_not_call_are_never_proposed() -> None:
    """For users only, not available, or without its own name: each stays out, and comes in when it may."""
    hidden = a_skill("secret", "Rotate the signing keys", for_model=False)
    missing = a_skill("git-bisect", "Bisect the history of a repository")
    index = RoutingIndex()
    index.sync(a_registry(hidden, missing, unavailable=("user/git-bisect",)), body_of)
    assert len(index) == 0

    index.sync(a_registry(a_skill("secret", "Rotate the signing keys", digest="2"), missing), body_of)
    assert index.route("rotate signing keys").proposed == "user/secret"
    assert index.route("bisect the history").proposed == "user/git-bisect"


@settings(max_examples=25, deadline=None)
@given(st.permutations(list(DESCRIPTIONS)), st.lists(st.sampled_from(list(DESCRIPTIONS)), max_size=4))
def test_the_order_of_changes_does_not_matter(order: list[str], again: list[str]) -> None:
    """Servers that saw other histories of the same folders must propose the same."""
    index = RoutingIndex()
    for name in [*order, *again]:
        index.add(a_skill(name, DESCRIPTIONS[name]), body_of(a_skill(name)))
    for query in ("form", "make a slow query faster", "release", "整理图片"):
        assert index.route(query) == _index().route(query)


def test_equal_skills_come_by_their_ids() -> None:
    """Nothing else may decide between them."""
    index = RoutingIndex()
    for name in ("b", "c", "a"):
        index.add(a_skill(name, "Sharpen knives"), "")

    assert [one.skill_id for one in index.route("sharpen a knife").candidates] == ["user/a", "user/b", "user/c"]


class OneMeaning:
    """A store of meanings that finds one skill whatever is asked."""

    def put(self, skill_id: str, text: str) -> None: ...

    def remove(self, skill_id: str) -> None: ...

    def nearest(self, query: str, *, limit: int) -> tuple[tuple[str, float], ...]:
        return (("user/changelog", 0.9), ("user/not-there", 0.5))[:limit]


def test_meanings_are_counted_beside_words() -> None:
    """A team's vector store may know what no word says; an id it alone knows is left out."""
    index = RoutingIndex(OneMeaning())
    index.sync(known_registry(), body_of)

    with_words = index.route("what is new since last week")

    assert "user/changelog" in [one.skill_id for one in with_words.candidates]
    assert "user/not-there" not in [one.skill_id for one in with_words.candidates]
    without = _index().route("what is new since last week")
    assert "user/changelog" not in [one.skill_id for one in without.candidates]
