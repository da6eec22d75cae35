"""Every skill that declares a tool, compiled; those that nothing has changed for are kept as they are.

In     sources, the capability tree, what was compiled before
Out    the library as it is to be stored, and a report of what was done
Never  reads a file; compiles twice what has not changed; lets one of two equal names win
Why    two runs over the same input give the same bytes, whatever order the sources come in
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from skillstrata.compose.composed_nodes import composed_path
from skillstrata.compose.findings import Findings
from skillstrata.compose.freshness import COMPILER, content_key, same_content, whole_key
from skillstrata.compose.one_tool import compiled
from skillstrata.compose.step_graph import sorted_by_need
from skillstrata.compose.tool_schema import Declared, declares_tool, read_source
from skillstrata.compose.tree_words import ToolWords
from skillstrata.compose.wire_names import further_names, wire_name
from skillstrata.records.capabilities import CapabilityTree
from skillstrata.records.composed_tools import (
    CompileFinding,
    CompileReport,
    ComposedLibrary,
    ComposedSource,
    ComposedTool,
    FailedSource,
)


@dataclass(slots=True)
class _Unit:
    """One source on its way: what it is called, which tools it names, and what was made of it before."""

    source: ComposedSource
    content: str
    before: ComposedTool | None
    failed: FailedSource | None
    name: str = ""
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    circle: frozenset[str] = frozenset()
    declared: Declared | None = None
    findings: Findings | None = None
    told: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])


@dataclass(slots=True)
class _Outcome:
    tools: list[ComposedTool] = field(default_factory=list[ComposedTool])
    failed: list[FailedSource] = field(default_factory=list[FailedSource])
    made: list[ComposedTool] = field(default_factory=list[ComposedTool])
    unchanged: list[str] = field(default_factory=list[str])
    findings: list[CompileFinding] = field(default_factory=list[CompileFinding])


def compile_all(
    sources: tuple[ComposedSource, ...],
    tree: CapabilityTree,
    library: ComposedLibrary,
    *,
    now_s: float,
    policy: str = "",
) -> tuple[ComposedLibrary, CompileReport]:
    """Compile what has changed: a source, a tool it uses, the compiler or the policy.

    Args:
        sources: Every skill that may declare a tool; one that is not among them any more loses its tool.
        tree: The capability tree; its composed nodes are not used, they come from `sources`.
        library: What was compiled before.
        now_s: The time to write into what is compiled.
        policy: The version of the policy; all is compiled again when it changes.
    """
    units = _units(sources, library, policy)
    kept = [unit for unit in units if unit.name not in library.tombstones]
    words = ToolWords(tree)
    _tell_claims(kept, words)
    outcome = _Outcome()
    for unit in _ordered(kept):
        _settle(unit, words, outcome, now_s)
    tools = tuple(sorted(outcome.tools, key=lambda tool: (tool.name, tool.source)))
    names = {tool.name for tool in tools}
    for unit in units:
        if unit.name in library.tombstones:
            message = f"{unit.name} was removed; compile it by its name to bring it back"
            outcome.findings.append(CompileFinding("compose.removed", "info", message, unit.source.path))
    report = CompileReport(
        tuple(sorted(outcome.made, key=lambda tool: tool.name)),
        tuple(sorted(outcome.unchanged)),
        tuple(sorted({tool.name for tool in library.tools} - names)),
        tuple(sorted(outcome.findings, key=lambda found: (found.file, found.line, found.field, found.code))),
    )
    failed = tuple(sorted(outcome.failed, key=lambda one: one.path))
    return replace(library, tools=tools, failed=failed, compiler=COMPILER, told=""), report


def _units(sources: tuple[ComposedSource, ...], library: ComposedLibrary, policy: str) -> list[_Unit]:
    before = {tool.source: tool for tool in library.tools}
    failed = {one.path: one for one in library.failed}
    units: list[_Unit] = []
    for source in sorted({one.path: one for one in sources}.values(), key=lambda one: one.path):
        if not declares_tool(source):
            continue
        unit = _Unit(source, content_key(source, policy), before.get(source.path), failed.get(source.path))
        known = unit.before or unit.failed
        if known is not None and same_content(known.key, unit.content):
            unit.name, unit.aliases = known.name, known.aliases
            unit.words = (
                tuple(dict.fromkeys(s.tool for s in known.steps)) if isinstance(known, ComposedTool) else known.words
            )
        else:
            _read(unit)
        units.append(unit)
    return units


def _read(unit: _Unit) -> None:
    unit.declared, unit.findings = read_source(unit.source)
    if unit.declared is not None:
        title = unit.declared.title
        unit.name = wire_name(title, unit.source.path)
        unit.aliases = further_names(title, unit.name)
        unit.words = tuple(dict.fromkeys(step.tool for step in unit.declared.steps))


def _tell_claims(units: list[_Unit], words: ToolWords) -> None:
    """Tell every skill whose tool's name another one claims; none of them gets it."""
    claims: dict[str, list[_Unit]] = defaultdict(list)
    for unit in units:
        for name in (unit.name, *unit.aliases) if unit.name else ():
            claims[name].append(unit)
    for name, claimants in claims.items():
        taken = words.takes(name)
        if len(claimants) == 1 and not taken:
            continue
        paths = " and ".join([*(unit.source.path for unit in claimants), *([taken] if taken else [])])
        for unit in claimants:
            told = ("name_collision", f"{name} would be the tool of {paths}", "rename one of the skills")
            if not any(code == "name_collision" for code, _, _ in unit.told):
                unit.told.append(told)


def _ordered(units: list[_Unit]) -> list[_Unit]:
    """Put what others call first; tell those that call each other in a circle."""
    by_word: dict[str, _Unit] = {}
    for unit in units:
        if unit.name:
            by_word.update(dict.fromkeys((unit.name, composed_path(unit.name), *unit.aliases), unit))
    by_path = {unit.source.path: unit for unit in units}
    graph = {
        unit.source.path: tuple(by_word[word].source.path for word in unit.words if word in by_word) for unit in units
    }
    order, circles = sorted_by_need(graph)
    for circle in circles:
        shown = " -> ".join(by_path[path].name for path in circle)
        members = frozenset(word for word, unit in by_word.items() if unit.source.path in circle)
        for path in circle[:-1]:
            by_path[path].circle |= members
            by_path[path].told.append(("cycle", f"these tools call each other: {shown}", "take one of the calls out"))
    return [by_path[path] for path in order]


def _settle(unit: _Unit, words: ToolWords, outcome: _Outcome, now_s: float) -> None:
    states = [f"{word} {words.state(word)}" for word in sorted(unit.words)]
    key = whole_key(unit.content, [*states, *(message for _, message, _ in unit.told)])
    if unit.before is not None and unit.before.key == key:
        outcome.tools.append(unit.before)
        outcome.unchanged.append(unit.before.name)
        words.add_composed(unit.before)
        return
    if unit.failed is not None and unit.failed.key == key:
        outcome.failed.append(unit.failed)
        words.add_failed((unit.name, *unit.aliases), unit.source.path)
        outcome.findings.extend(unit.failed.findings)
        return
    tool, findings = _made(unit, words)
    outcome.findings.extend(findings)
    if tool is None:
        tool = _stale(unit, findings)
    if tool is None:
        failed = FailedSource(
            unit.source.path, unit.source.skill, key, findings, unit.name, unit.aliases, tuple(sorted(unit.words))
        )
        outcome.failed.append(failed)
        words.add_failed((unit.name, *unit.aliases), unit.source.path)
        return
    tool = replace(tool, key=key, compiled_at_s=now_s)
    outcome.tools.append(tool)
    outcome.made.append(tool)
    words.add_composed(tool)


def _made(unit: _Unit, words: ToolWords) -> tuple[ComposedTool | None, tuple[CompileFinding, ...]]:
    if unit.findings is None:
        _read(unit)
    findings = unit.findings or Findings(unit.source.path, lambda _: 0)
    for code, message, hint in unit.told:
        findings.error(code, message, (), hint)
    words.circle = unit.circle
    tool = compiled(unit.declared, unit.source, words, findings) if unit.declared else None
    found = tuple(findings.found)
    if tool is not None and _drifted(unit, tool):
        return None, (*found, *(replace(one, severity="error") for one in found if one.code == "compose.unverified"))
    return tool, found


def _drifted(unit: _Unit, tool: ComposedTool) -> bool:
    """See whether a tool that is not there now is not the one that was compiled against before."""
    before = dict(unit.before.pins) if unit.before else {}
    changed = any(before.get(path, definition) != definition for path, definition in tool.pins)
    return tool.status == "unverified" and changed


def _stale(unit: _Unit, findings: tuple[CompileFinding, ...]) -> ComposedTool | None:
    """Keep, as one that cannot be called, a tool whose source is the same but whose tools are not."""
    if unit.before is None or not same_content(unit.before.key, unit.content):
        return None
    return replace(unit.before, status="stale", findings=findings)
