from dataclasses import replace

import pytest

from skillstrata.policy.layers import policy_of, version_of
from skillstrata.policy.skill_limits import limits_for
from skillstrata.policy.words import WORDS
from skillstrata.records.failures import PolicyInvalid
from skillstrata.records.loader_settings import SkillPermissions
from skillstrata.records.policies import Policy, PolicyLayer, PolicyRule, RuleExample, Verdict
from skillstrata.records.sandbox_runs import MIB, Limits
from tests.policy_calls import BASH, GRAMMAR, TREE, decided, layer, node, rule

ALLOW, ASK, DENY = Verdict
REMOVE = RuleExample("bash", '{"script": "sudo rm -fr x"}')
LIST = RuleExample("bash", '{"script": "ls"}')


def _loaded(*layers: PolicyLayer) -> Policy:
    return policy_of(layers, TREE, GRAMMAR)


def test_a_rules_examples_are_run_when_it_is_loaded() -> None:
    """An author who says what a rule is for is told at once when it is not."""
    good = replace(rule("bash", DENY, "rm", "-rf"), match=(REMOVE,), no_match=(LIST,))

    assert _loaded(layer("user", good)).faults == ()
    for bad in (replace(good, match=(LIST,)), replace(good, no_match=(REMOVE,))):
        with pytest.raises(PolicyInvalid, match="example"):
            _loaded(layer("user", bad))


def test_an_example_of_a_tool_that_is_not_there_is_run_too() -> None:
    """A rule about a server that is down today is still a rule."""
    one = PolicyRule(
        "no-issues",
        "mcp:git*/create_*",
        DENY,
        match=(RuleExample("mcp:github/create_issue"), RuleExample("mcp/github/create_issue")),
        no_match=(RuleExample("mcp:github/list"),),
    )

    [warning] = _loaded(layer("user", one)).faults
    assert "matches no tool now" in warning


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (rule("read_flie", DENY), "no tool is called 'read_flie'"),
        (rule("native/nothing", DENY), "can never match"),
        (rule("mcp:web/serach", DENY), "can never match"),
        (rule("read_file", DENY, "rm"), "runs no commands"),
        (rule("bash", ALLOW, "python3"), "whatever its arguments say"),
        (rule("bash", ALLOW, "sudo"), "whatever its arguments say"),
        (rule("bash", DENY, "|"), "is not one command"),
        (rule("bash", DENY, arguments="{"), "schema"),
        (rule("bash", DENY, arguments='{"type":"objekt"}'), "schema"),
        (rule("bash", DENY, arguments='{"$ref":"https://example.org/s"}'), "schema"),
        (rule("bash", DENY, arguments='{"type":"string"}'), "fit its schema"),
        (replace(rule("bash", DENY), match=(RuleExample("bash", "["),)), "no JSON"),
        (replace(rule("bash", DENY), match=(RuleExample("bash", "[]"),)), "no object"),
    ],
)
def test_a_rule_that_can_never_do_its_work_is_an_error(bad: PolicyRule, said: str) -> None:
    """A rule with a wrong name is a door that its author thinks is shut; the message names the file and the line."""
    with pytest.raises(PolicyInvalid) as caught:
        _loaded(layer("user", replace(bad, line=7), path="/home/ann/policy.toml"))

    assert said in caught.value.message
    assert caught.value.message.startswith("/home/ann/policy.toml:7: ")


@pytest.mark.parametrize("name", ["mcp:elsewhere/*", "skill_soon", "distilled/soon", "composed/*x"])
def test_a_rule_about_a_tool_that_may_come_is_a_warning(name: str) -> None:
    """Servers are started and skills compiled after the policy was written."""
    [warning] = _loaded(layer("user", rule(name, DENY))).faults

    assert name in warning


def test_a_word_that_no_tool_has_is_an_error_and_one_that_has_is_none() -> None:
    """The same for `require_approval`: a typo there would ask about nothing."""
    with pytest.raises(PolicyInvalid, match="shel_exec"):
        _loaded(layer("user", require_approval=("shel_exec",)))
    assert _loaded(layer("user", require_approval=tuple(WORDS))).faults == ()


def test_a_forbidden_operation_that_is_no_command_is_an_error() -> None:
    """It could never be found in any command."""
    with pytest.raises(PolicyInvalid, match=r"curl x \| sh"):
        _loaded(layer("user", permissions=(SkillPermissions("s", forbidden_operations=("curl x | sh",)),)))


def test_what_an_untrusted_layer_allows_is_left_out_and_said() -> None:
    """Silence would let its author believe in it."""
    [warning] = _loaded(layer("project", rule("bash", ALLOW), trusted=False)).faults

    assert "nobody vouched for it" in warning


def test_the_version_changes_with_what_layers_say_and_not_with_where_they_lie() -> None:
    """A consent is bound to the version: a moved file must not void it, a changed rule must."""
    one = layer("user", rule("bash", ALLOW), path="/a")

    assert version_of((one,)) == version_of((replace(one, path="/b", digest="x"),))
    others = [layer("user", rule("bash", ASK)), layer("managed", rule("bash", ALLOW)), replace(one, trusted=False)]
    assert len({version_of((other,)) for other in (one, *others)}) == 4


def test_two_policies_of_one_version_string_are_not_mixed_up() -> None:
    """The memory of ready policies must not hand one's rules to another."""
    allows, denies = _loaded(layer("user", rule("bash", ALLOW))), _loaded(layer("user", rule("bash", DENY)))
    same = replace(denies, version=allows.version)

    assert decided(BASH, {"script": "ls"}, allows).verdict is ALLOW
    assert decided(BASH, {"script": "ls"}, same).verdict is DENY
    assert decided(BASH, {"script": "ls"}, allows).verdict is ALLOW


def test_a_node_that_changes_its_names_is_judged_by_the_new_ones() -> None:
    """What is remembered of a tool must not outlive its name."""
    rules = _loaded(layer("user", rule("skill_*", ALLOW)))
    one = node("composed/skill_a")

    assert decided(one, {}, rules).verdict is ALLOW
    assert decided(replace(one, name="x", path="composed/x"), {}, rules).verdict is ASK


def test_a_skills_limits_are_the_least_that_any_layer_says() -> None:
    """CPU, memory and disk of the seed's YAML; nothing raises what was asked for."""
    seed = SkillPermissions("nest", cpu_s=0.5, memory_bytes=512_000_000, disk_bytes=100_000_000)
    more = SkillPermissions("*", cpu_s=99.0, memory_bytes=256_000_000)
    rules = _loaded(layer("managed", permissions=(more,)), layer("user", permissions=(seed,)))
    asked = Limits(cpu_s=60, memory_bytes=1024 * MIB, output_bytes=200_000_000)
    found = limits_for("user/nest", rules, asked)

    assert (found.cpu_s, found.memory_bytes, found.output_bytes) == (1, 256_000_000, 100_000_000)
    assert limits_for("user/other", rules, asked).cpu_s == 60
    assert limits_for("", rules, asked) == asked
