"""Would a new skill take requests from one that is there?"""

from skillstrata.runtime.routing_index import RoutingIndex
from skillstrata.runtime.shadowing import shadows
from tests.routed_skills import DESCRIPTIONS, a_skill, body_of, described_again, known_registry


def test_a_skill_that_says_the_same_is_named_with_what_it_would_take() -> None:
    """At install somebody can still change its description."""
    thief = a_skill("helm-deployer", DESCRIPTIONS["helm-release"] + " Helm Helm charts releases Kubernetes clusters.")
    found = shadows(thief, known_registry(), body_of)

    assert [shadow.skill_id for shadow in found] == ["user/helm-release"]
    assert found[0].stolen > 0
    assert found[0].examples
    assert 0 < found[0].share <= 1


def test_a_skill_for_something_else_takes_nothing() -> None:
    """Twin: a warning at every install would be read by nobody."""
    assert shadows(a_skill("knots", "Tie a bowline and other knots"), known_registry(), body_of) == ()


def test_the_index_is_as_it_was() -> None:
    """The new skill is not installed yet, and an old version is still the one in use."""
    index, registry = RoutingIndex(), known_registry()
    index.sync(registry, body_of)
    before = [index.route(text) for text in DESCRIPTIONS.values()]
    current = next(skill for skill in registry.skills if skill.name == "changelog")

    shadows(a_skill("new", DESCRIPTIONS["changelog"]), registry, body_of, index)
    shadows(described_again(current, DESCRIPTIONS["sql-tuning"]), registry, body_of, index)

    assert [index.route(text) for text in DESCRIPTIONS.values()] == before
    assert len(index) == len(DESCRIPTIONS)


def test_a_new_version_may_keep_its_own_requests() -> None:
    """It takes them from nobody but from itself; what it takes from others is named."""
    registry = known_registry()
    current = next(skill for skill in registry.skills if skill.name == "changelog")

    assert shadows(described_again(current, "Write the release notes of a version"), registry, body_of) == ()
    grabbing = described_again(current, DESCRIPTIONS["sql-tuning"] + " PostgreSQL queries query plan slow")
    assert [shadow.skill_id for shadow in shadows(grabbing, registry, body_of)] == ["user/sql-tuning"]
