import itertools
from dataclasses import replace

import orjson

from skillstrata.compose.compiling import compile_all
from skillstrata.compose.composed_nodes import capability_of
from skillstrata.compose.freshness import approval_now, removed, restored, standing, status_now
from skillstrata.records.approvals import Approval
from skillstrata.records.composed_tools import ComposedLibrary
from tests.capability_trees import ALL, WEB_FETCH, served, takes, tree_of, without
from tests.composed_skills import SEED, run, skill, source

_READ = "    - tool: read_file\n      input: {path: a}"
_TWO = (source(SEED, "/s/a/SKILL.md"), source(skill(_READ, "other"), "/s/b/SKILL.md"))


def test_nothing_is_compiled_twice() -> None:
    """An unchanged library is given back as it is."""
    library, _ = run(*_TWO)
    again, report = compile_all(_TWO, tree_of(), library, now_s=9.0)

    assert again == library
    assert (report.compiled, report.unchanged) == ((), ("skill_a", "skill_other"))


def test_only_what_uses_a_changed_tool_is_compiled_again() -> None:
    """A server that changes one tool must not cost the others."""
    library, _ = run(*_TWO)
    tree = tree_of(ALL, replace(WEB_FETCH, definition="new"))
    after, report = run(*_TWO, tree=tree, library=library)

    assert [tool.name for tool in report.compiled] == ["skill_a"]
    assert after.tools[0].digest != library.tools[0].digest


def test_a_failure_is_kept_and_not_tried_again_until_something_changes() -> None:
    """Neither tried for ever nor lost."""
    broken = source(skill("    - tool: later\n      input: {}"), "/s/c/SKILL.md")
    library, first = run(broken)
    again, second = run(broken, library=library)
    mended, third = run(broken, tree=tree_of(ALL, served("x", "later", {"type": "object"})), library=again)

    assert first.errors == second.errors != ()
    assert again.failed[0] is library.failed[0]
    assert [tool.name for tool in third.compiled] == ["skill_watch"]
    assert mended.failed == ()


def test_an_edit_that_does_not_compile_takes_the_tool_away() -> None:
    """The old definition is not what the skill says any more."""
    library, _ = run(_TWO[1])
    after, report = run(source(skill("    - tool: nothing", "other"), "/s/b/SKILL.md"), library=library)

    assert after.tools == ()
    assert report.removed == ("skill_other",)
    assert [one.path for one in after.failed] == ["/s/b/SKILL.md"]


def test_a_skill_that_is_gone_takes_its_tool_along() -> None:
    """Deleted skills stayed in the store of the port."""
    library, _ = run(*_TWO)
    after, report = run(_TWO[1], library=library)

    assert [tool.name for tool in after.tools] == ["skill_other"]
    assert report.removed == ("skill_a",)


def test_a_removed_tool_stays_away_until_it_is_asked_for() -> None:
    """`remove` is what a person said; its twin is `restored`."""
    library, _ = run(*_TWO)
    without_it = removed(library, "skill_竞品监控")
    after, report = run(*_TWO, library=without_it)

    assert without_it.tombstones == ("skill_a",)
    assert [tool.name for tool in after.tools] == ["skill_other"]
    assert "compose.removed" in {f.code for f in report.findings}
    assert [t.name for t in run(*_TWO, library=restored(after, "skill_a"))[0].tools] == ["skill_a", "skill_other"]


def test_a_nested_tool_is_compiled_after_the_one_it_calls_and_follows_its_changes() -> None:
    """Whatever order the sources come in."""
    outer = source(skill("    - tool: skill_other\n      input: {q: a, n: 1, urls: []}", "z outer"), "/s/0/SKILL.md")
    library, report = run(outer, _TWO[1])
    edited = source(skill(_READ + "\n      approval: mount_access", "other"), "/s/b/SKILL.md")
    after, second = run(outer, edited, library=library)

    assert report.errors == ()
    assert {tool.name for tool in second.compiled} == {"skill_other", "skill_z_outer"}
    assert [tool.approval for tool in after.tools] == [Approval.MOUNT_ACCESS] * 2


def test_compilation_is_deterministic_byte_for_byte() -> None:
    """In any order, from nothing or step by step."""
    sources = [*_TWO, source(skill("    - tool: gone"), "/s/x/SKILL.md")]
    whole = orjson.dumps(run(*sources)[0])
    for order in itertools.permutations(sources):
        library = ComposedLibrary()
        for count in range(1, len(sources) + 1):
            library, _ = run(*order[:count], library=library)
        assert orjson.dumps(library) == whole


def test_another_policy_compiles_everything_again() -> None:
    """The policy's version is part of the key."""
    library, _ = run(*_TWO)
    _, report = compile_all(_TWO, tree_of(), library, now_s=1.0, policy="2")

    assert len(report.compiled) == 2


def test_status_and_approval_are_derived_from_the_tree_as_it_is() -> None:
    """Between two compilations too, what changed is seen before a call."""
    tool = run(_TWO[0])[0].tools[0]

    stricter = replace(WEB_FETCH, approval=Approval.DATA_EXPORT)
    drifted = replace(WEB_FETCH, definition="other")
    down = tuple(replace(n, available=False, state="down") if n.server else n for n in ALL)
    refused = tuple(replace(n, available=False, state="changed", reason="swapped") if n.server else n for n in ALL)

    assert status_now(tool, {n.path: n for n in ALL}.get) == "ok"
    assert status_now(tool, {n.path: n for n in down}.get) == "unverified"
    assert standing(tool, {n.path: n for n in refused}.get) == ("stale", "mcp:search/web_search: swapped")
    assert status_now(tool, {n.path: n for n in tree_of(ALL, drifted).nodes}.get) == "stale"
    assert status_now(tool, {n.path: n for n in tree_of(ALL, stricter).nodes}.get) == "stale"
    assert status_now(tool, {n.path: n for n in without("native/web_fetch").nodes}.get) == "stale"
    assert approval_now(tool, {n.path: n for n in tree_of(ALL, stricter).nodes}.get) == Approval.DATA_EXPORT
    assert approval_now(tool, {}.get) == Approval.EXEC_ESCALATION


def test_a_tool_s_node_has_its_definition_and_cannot_be_called_when_stale() -> None:
    """The tree is what callers see."""
    library, _ = run(_TWO[0])
    stale, _ = run(_TWO[0], tree=without("native/web_fetch"), library=library)
    good, bad = capability_of(library.tools[0]), capability_of(stale.tools[0])

    assert (good.path, good.owner, good.kind) == ("composed/skill_a", "composed_subsystem", "composed")
    assert (good.available, good.definition) == (True, library.tools[0].digest)
    assert not bad.available
    assert "web_fetch" in bad.reason


def test_a_name_that_another_tool_of_the_tree_has_is_a_collision() -> None:
    """A native tool must not be hidden by a skill."""
    taken = served("x", "y", takes())
    tree = tree_of(ALL, replace(taken, name="skill_other", path="mcp/x/skill_other"))

    assert [f.code for f in run(_TWO[1], tree=tree)[1].errors] == ["compose.name_collision"]


def test_a_tool_that_calls_one_that_did_not_compile_is_told_which() -> None:
    """The cause is in another file."""
    outer = source(skill("    - tool: skill_other\n      input: {q: a, n: 1, urls: []}", "outer"), "/s/0/SKILL.md")
    broken = source(skill("    - tool: gone", "other"), "/s/b/SKILL.md")
    errors = {f.file: f for f in run(outer, broken)[1].errors}

    assert errors["/s/0/SKILL.md"].message == "step 0: skill_other did not compile"
    assert errors["/s/0/SKILL.md"].hint == "mend /s/b/SKILL.md"


def test_a_tool_that_calls_itself_is_refused() -> None:
    """The shortest circle."""
    own = source(skill("    - tool: skill_own\n      input: {q: a, n: 1, urls: []}", "own"), "/s/0/SKILL.md")

    assert "skill_own -> skill_own" in {f.code: f.message for f in run(own)[1].errors}["compose.cycle"]
