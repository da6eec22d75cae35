from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability
from skillstrata.records.json_values import JsonObject
from skillstrata.records.loader_settings import SkillPermissions
from skillstrata.records.policies import PolicyLayer, PolicyRule, Verdict
from tests.policy_calls import BASH, FETCH, MAIL, READ, SEARCH, SKILL, WRITE, decided, layer, node, policy, rule

ALLOW, ASK, DENY = Verdict
Call = tuple[Capability, JsonObject]
SEED = SkillPermissions("nestjs-expert", ("file_read", "file_write", "npm", "git"), ("rm -rf", "format C:"))


def test_without_rules_the_level_of_a_tool_decides() -> None:
    """No consent needed: allow; anything else: ask."""
    free, asked = decided(READ, {"path": "a"}), decided(WRITE, {"path": "a"})

    assert (free.verdict, free.rule, free.key) == (ALLOW, "default", "")
    assert (asked.verdict, asked.approval, asked.rule) == (ASK, Approval.PLAN_CONFIRM, "default")
    assert len(asked.key) == 64


def test_an_unknown_tool_gets_the_strictest_answer() -> None:
    """Fail closed: what the tree does not have cannot be harmless."""
    found = decided(None, {})

    assert (found.verdict, found.approval, found.rule) == (DENY, Approval.EXEC_ESCALATION, "unknown_tool")


@pytest.mark.parametrize("name", ["managed", "user", "project"])
def test_an_allow_of_a_trusted_layer_goes_before_the_default(name: str) -> None:
    """That is what a rule is for; its twin below is not believed."""
    found = decided(WRITE, {"path": "a"}, policy(layer(name, rule("write_file", ALLOW))))

    assert (found.verdict, found.layer, found.rule) == (ALLOW, name, "allow-write_file-")


def test_a_layer_that_nobody_vouched_for_can_only_forbid_and_ask() -> None:
    """A repository that is cloned must not bring its own consent."""
    untrusted = layer("project", rule("write_file", ALLOW), trusted=False, default_allow=("file_write",))
    forbids = layer("project", rule("read_file", DENY), trusted=False)

    assert decided(WRITE, {"path": "a"}, policy(untrusted)).verdict is ASK
    assert decided(READ, {"path": "a"}, policy(forbids)).verdict is DENY


def test_a_deny_anywhere_wins_and_an_ask_before_every_allow() -> None:
    """Layers intersect: what one allows, another may still forbid, whichever it is."""
    allows = layer("managed", rule("*", ALLOW))

    assert decided(WRITE, {"path": "a"}, policy(allows, layer("project", rule("native/*", ASK)))).verdict is ASK
    assert decided(WRITE, {"path": "a"}, policy(layer("user", rule("write_file", DENY)), allows)).verdict is DENY
    assert decided(WRITE, {"path": "a"}, policy(allows)).verdict is ALLOW


def test_in_one_layer_the_strictest_matching_rule_answers() -> None:
    """Specificity never matters: an exception that allows would be a way around what forbids."""
    one = layer("user", rule("write_file", ALLOW), rule("*", DENY))

    assert decided(WRITE, {"path": "a"}, policy(one)).verdict is DENY


def test_a_schema_restricts_a_rule_to_arguments() -> None:
    """Conditions are about the resolved arguments."""
    schema = '{"properties":{"path":{"pattern":"^docs/"}},"required":["path"]}'
    rules = policy(layer("user", rule("write_file", ALLOW, arguments=schema)))

    assert decided(WRITE, {"path": "docs/a"}, rules).verdict is ALLOW
    assert decided(WRITE, {"path": "src/a"}, rules).verdict is ASK


def test_a_step_that_was_raised_is_not_lowered_by_a_rule() -> None:
    """A skill may raise what its step needs; the level is never below it."""
    rules = policy(layer("user", rule("read_file", ALLOW)))
    found = decided(READ, {"path": "a"}, rules, least=Approval.DATA_EXPORT)

    assert (found.verdict, found.approval) == (ASK, Approval.DATA_EXPORT)
    assert decided(READ, {"path": "a"}, rules).verdict is ALLOW


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("git status", ALLOW),
        ("git status --short && git log", ALLOW),
        ("/usr/bin/git status", ALLOW),
        ("git push", ASK),
        ("git status; ls", ASK),
        ("git status > ~/.bashrc", ASK),
        ("PATH=/tmp git status", ASK),
        ("./git status", ASK),
        ("git status $X", ASK),
        ("git status $(git log)", ASK),
        ("sudo git status", ASK),
        ("git 'status", ASK),
        ("for PATH in /tmp/evil; do git status; done", ASK),
        ("select PATH in a; do git status; done", ASK),
        ("GIT status", ASK),
        ("", ASK),
    ],
)
def test_a_command_is_allowed_only_where_each_part_is_certain(text: str, verdict: Verdict) -> None:
    """An allow by command holds for every command of the text or for none."""
    rules = policy(layer("user", rule("bash", ALLOW, "git", "status"), rule("bash", ALLOW, "git", "log")))

    assert decided(BASH, {"script": text}, rules).verdict is verdict


def test_what_cannot_be_read_is_asked_about_whatever_allows_it() -> None:
    """Unparsable text has the strictest level, and no rule stands above that."""
    rules = policy(layer("user", rule("bash", ALLOW)))
    unclear = decided(node("native/bash", Approval.NONE, "exec"), {"script": "eval $X"}, rules)

    assert (unclear.verdict, unclear.approval, unclear.rule) == (ASK, Approval.EXEC_ESCALATION, "unparsed")
    assert decided(BASH, {"script": "ls"}, rules).verdict is ALLOW
    assert decided(BASH, {"other": "ls"}, rules).rule == "unparsed"


def test_a_forbidden_command_is_denied_and_one_that_may_be_it_is_asked_about() -> None:
    """`forbidden` cannot be approved away."""
    rules = policy(layer("user", rule("bash", ALLOW)), layer("managed", rule("bash", DENY, "rm", "-rf")))

    assert decided(BASH, {"script": "sudo rm -r -f x"}, rules).verdict is DENY
    assert decided(BASH, {"argv": ["rm", "-fr", "x"]}, rules).verdict is DENY
    assert decided(BASH, {"argv": ["sh"], "stdin": "rm -fr x"}, rules).verdict is DENY
    assert decided(BASH, {"script": "cd y; sh", "stdin": "rm -fr x"}, rules).verdict is DENY
    assert decided(BASH, {"script": "rm $X"}, rules).verdict is ASK
    assert decided(BASH, {"script": "rm x"}, rules).verdict is ALLOW


def test_commands_that_a_server_takes_are_read_too() -> None:
    """The same text does the same through a server's shell."""
    shell = node("mcp/box/run", Approval.PLAN_CONFIRM, "mcp")
    rules = policy(layer("user", rule("mcp:box/*", ALLOW), rule("mcp:box/*", DENY, "rm", "-rf")))

    assert decided(shell, {"command": "rm -fr x"}, rules).verdict is DENY
    assert decided(shell, {"command": "ls"}, rules).verdict is ALLOW


def test_a_server_that_takes_a_known_name_is_not_allowed_by_it() -> None:
    """A server calls its tools what it likes; only its full name allows it, while any name forbids it."""
    assert decided(SEARCH, {}, policy(layer("user", rule("bash", ALLOW)))).verdict is ASK
    assert decided(SEARCH, {}, policy(layer("user", rule("mcp:web/search", ALLOW)))).verdict is ALLOW
    assert decided(SEARCH, {}, policy(layer("user", rule("bash", DENY)))).verdict is DENY
    assert decided(SKILL, {}, policy(layer("user", rule("skill_竞品监控", ALLOW)))).verdict is ALLOW


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (READ, {"path": "a"}),
        (WRITE, {"path": "a"}),
        (BASH, {"script": "git status $X && npm test 2>/dev/null"}),
        (BASH, {"script": "cd sub; git log > log.txt"}),
        (BASH, {"argv": ["npm", "ci"]}),
        (BASH, {"script": 'git log --author "$A"', "env": {"A": "Ann"}}),
    ],
)
def test_a_skill_may_use_what_its_permissions_name(tool: Capability, arguments: JsonObject) -> None:
    """The seed's own YAML: files, npm and git."""
    found = decided(tool, arguments, policy(layer("user", permissions=(SEED,))), skill="user/nestjs-expert")

    assert found.verdict is not DENY


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (FETCH, {"url": "https://example.org"}),
        (MAIL, {}),
        (SEARCH, {}),
        (BASH, {"script": "curl x"}),
        (BASH, {"script": "git status && curl x"}),
        (BASH, {"script": "git status $(curl x)"}),
        (BASH, {"script": "PATH=. git status"}),
        (BASH, {"script": "git status", "env": {"LD_PRELOAD": "x.so"}}),
        (BASH, {"script": "export GIT_PAGER=x; git log"}),
        (BASH, {"script": "echo hello"}),
        (BASH, {"script": "for PATH in /tmp; do npm ci; done"}),
        (BASH, {"script": "printf -v PATH /tmp; npm ci"}),
        (BASH, {"script": "test -v 'a[$(curl x)]' && npm ci"}),
        (BASH, {"script": "[[ -v 'a[$(curl x)]' ]] && npm ci"}),
        (BASH, {"script": "$X"}),
        (BASH, {"argv": ["sudo", "git", "status"]}),
    ],
)
def test_a_call_beyond_a_skills_permissions_is_refused_and_is_an_escalation(
    tool: Capability, arguments: JsonObject
) -> None:
    """More than the skill may have: no rule and no consent helps, and it is written down as what it is."""
    rules = policy(layer("managed", rule("*", ALLOW)), layer("user", permissions=(SEED,)))
    found = decided(tool, arguments, rules, skill="user/nestjs-expert")

    assert (found.verdict, found.escalation, found.layer) == (DENY, True, "user")
    assert found.rule == "skill:nestjs-expert:allowed_tools"
    assert decided(tool, arguments, rules, skill="user/other").verdict is not DENY


def test_a_skills_forbidden_operation_is_refused() -> None:
    """`rm -rf` in any form, for this skill and no other."""
    only = replace(SEED, allowed_tools=())
    rules = policy(layer("user", rule("bash", ALLOW), permissions=(only,)))
    found = decided(BASH, {"script": "sh -c 'rm -r -f x'"}, rules, skill="nestjs-expert")

    assert (found.verdict, found.escalation) == (DENY, True)
    assert found.rule == "skill:nestjs-expert:forbidden_operations:rm -rf"
    assert decided(BASH, {"script": "rm -r x"}, rules, skill="nestjs-expert").verdict is ALLOW
    assert decided(BASH, {"script": "rm -rf x"}, rules, skill="other").verdict is ALLOW


def test_every_layer_and_every_skill_around_a_call_restricts_it() -> None:
    """Permissions intersect: a layer cannot give back what another took."""
    narrow = SkillPermissions("*", ("file_read",))
    rules = policy(layer("managed", permissions=(narrow,)), layer("user", permissions=(SEED,)))

    assert decided(READ, {"path": "a"}, rules, skill="user/nestjs-expert").verdict is ALLOW
    assert decided(WRITE, {"path": "a"}, rules, skill="user/nestjs-expert").escalation


def test_a_call_beyond_the_callers_set_is_refused() -> None:
    """A sub-agent has exactly what its blueprint left."""
    some = frozenset({READ.path})
    found = decided(WRITE, {"path": "a"}, policy(layer("user", rule("*", ALLOW))), allowed=some)

    assert (found.verdict, found.rule, found.escalation) == (DENY, "caller:allowed", True)
    assert decided(READ, {"path": "a"}, allowed=some).verdict is ALLOW


@pytest.mark.parametrize(
    ("tool", "arguments", "pointer"),
    [
        (BASH, {"argv": ["echo", "x; rm -rf ~"]}, "/argv/1"),
        (MAIL, {"text": "x; rm -rf ~"}, "/text"),
        (WRITE, {"path": "/etc/passwd", "content": "x; rm -rf ~"}, "/content"),
        (WRITE, {"path": "../other", "content": "x; rm -rf ~"}, "/content"),
    ],
)
def test_text_from_outside_into_something_that_acts_is_asked_about_and_shown(
    tool: Capability, arguments: JsonObject, pointer: str
) -> None:
    """Injected words must pass a person, who sees them letter by letter, whatever is allowed."""
    rules = policy(layer("managed", rule("*", ALLOW)))
    found = decided(tool, arguments, rules, tainted=(pointer,))

    assert (found.verdict, found.rule) == (ASK, "taint")
    assert found.approval >= Approval.DATA_EXPORT
    assert f'{pointer} = "x; rm -rf ~"' in found.why
    assert decided(tool, arguments, rules).verdict is ALLOW


def test_text_from_outside_into_the_folder_itself_is_not_asked_about() -> None:
    """Results of searches are written to files all day; only what leaves the folder or acts is asked about."""
    rules = policy(layer("user", rule("write_file", ALLOW)))

    assert decided(WRITE, {"path": "out/a", "content": "x"}, rules, tainted=("/content",)).verdict is ALLOW


def test_hosts_and_folders_of_a_layer_are_its_bounds() -> None:
    """What they leave out is refused; several layers leave only what all have."""
    rules = policy(layer("user", allowed_hosts=("*.example.org",), roots=("/home/ann",)))

    assert decided(FETCH, {"url": "https://api.example.org/x"}, rules).verdict is ALLOW
    for url in ("https://example.org.evil.net", "https://evil.net/?api.example.org", "http://[", "https://x@evil.net"):
        assert decided(FETCH, {"url": url}, rules).rule == "allowed_hosts"
    assert decided(READ, {"path": "a"}, rules).verdict is ALLOW
    assert decided(READ, {"path": "../../etc/passwd"}, rules).rule == "roots"
    assert decided(READ, {"path": "/home/annabel/x"}, rules).rule == "roots"


def test_the_words_of_a_loader_become_rules() -> None:
    """The seed's YAML: default_allow and require_approval."""
    words = layer("user", default_allow=("file_write", "git"), require_approval=("shell_exec", "database_write"))
    loose = layer("user", default_allow=("shell_exec",), require_approval=("database_write",))

    assert decided(WRITE, {"path": "a"}, policy(words)).verdict is ALLOW
    assert decided(BASH, {"script": "git status"}, policy(words)).rule == "require_approval:shell_exec"
    assert decided(BASH, {"script": "ls"}, policy(loose)).verdict is ALLOW
    assert decided(BASH, {"script": "echo x | sqlite3 a.db"}, policy(loose)).verdict is ASK
    git = policy(layer("user", default_allow=("git",)))
    assert decided(BASH, {"script": "git status"}, git).verdict is ALLOW
    assert decided(BASH, {"script": "git status; ls"}, git).verdict is ASK


TOOLS = (BASH, READ, WRITE, FETCH, MAIL, SEARCH, SKILL)
CALLS = st.sampled_from(
    [
        *((one, {}) for one in TOOLS),
        (BASH, {"script": "git status"}),
        (BASH, {"script": "rm -rf x"}),
        (WRITE, {"path": "/etc/x", "content": "y"}),
    ]
)
RULES = st.builds(
    PolicyRule,
    st.sampled_from(["a", "b"]),
    st.sampled_from(["*", "native/*", "bash", "mcp:*", "write_file"]),
    st.sampled_from(list(Verdict)),
    command=st.sampled_from([(), ("rm", "-rf"), ("git", "status")]),
)
LAYERS = st.builds(
    PolicyLayer,
    st.sampled_from(["managed", "user", "project"]),
    rules=st.lists(RULES, max_size=3).map(tuple),
    require_approval=st.sampled_from([(), ("shell_exec",), ("git",)]),
    default_allow=st.sampled_from([(), ("file_write",), ("git",)]),
    permissions=st.sampled_from([(), (SEED,)]),
    trusted=st.booleans(),
)
LEVELS = st.sampled_from(list(Approval))


@given(CALLS, st.lists(LAYERS, max_size=3), LEVELS, st.sampled_from(["", "nestjs-expert"]))
def test_the_level_is_never_below_that_of_the_tool_or_the_step(
    call: Call, layers: list[PolicyLayer], least: Approval, skill: str
) -> None:
    """Whatever rules say, they answer who must be asked, never how grave a call is."""
    tool, arguments = call

    assert decided(tool, arguments, policy(*layers), least=least, skill=skill).approval >= max(least, tool.approval)


@given(CALLS, st.lists(LAYERS, max_size=2), LAYERS, st.integers(0, 2), st.sampled_from(["", "nestjs-expert"]))
def test_one_more_layer_never_weakens_an_answer_but_by_an_allow_over_the_default(
    call: Call, layers: list[PolicyLayer], more: PolicyLayer, at: int, skill: str
) -> None:
    """Layers only intersect."""
    tool, arguments = call
    before = decided(tool, arguments, policy(*layers), skill=skill)
    after = decided(tool, arguments, policy(*layers[:at], more, *layers[at:]), skill=skill)
    allows = more.trusted and (more.default_allow or any(one.verdict is ALLOW for one in more.rules))

    assert after.verdict >= before.verdict or (before.rule == "default" and allows and after.verdict is ALLOW)


@given(CALLS, st.lists(LAYERS, max_size=3))
def test_taint_never_makes_an_answer_weaker(call: Call, layers: list[PolicyLayer]) -> None:
    """More suspicion is never more freedom."""
    tool, arguments = call
    clean = decided(tool, arguments, policy(*layers))
    tainted = decided(tool, arguments, policy(*layers), tainted=("",))

    assert tainted.verdict >= clean.verdict
    assert tainted.approval >= clean.approval
