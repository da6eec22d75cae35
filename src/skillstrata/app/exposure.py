"""How far tools are offered: respected by every surface, changed with a reason, each change reversible.

In     a tool, a level, who changes it and why; or the catalog, for the gate
Out    the manifest with the new level, a line of lineage, a LibraryChange
Never  lets the gate change what a person said; publishes by itself; changes a file of a version
"""

import hashlib
import logging
import re
import secrets
from dataclasses import dataclass, replace
from typing import ClassVar

from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import level_lock
from skillstrata.library import GateRules, Happened, call_schema, describe_tool, next_level, render_page, wilson
from skillstrata.library.told_text import may_be_listed, told
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.qualities import LibraryChange, ListedTool, MissCause, Visibility, visibility_of
from skillstrata.records.tools import LineageEntry, Quality, SkillFile, Tool

VISIBILITY, ACTIVE, WORDS, SCOPE, BRANCH = "visibility", "active", "words", "scope", "branch"
PERSON, GATE, REGRESSION = "person", "gate", "regression"
# Every listed tool costs every session tokens: more than these are found by searching.
MOST_LISTED = 24
_LOOKED_AT = 100
# Who was shown the tool, or whose call failed, did not miss it.
_NEEDED = frozenset({MissCause.NOT_FOUND, MissCause.NOT_SHOWN})
_OF_PEOPLE = frozenset({"cli", "python"})
_MAX_PAGE = 1_000_000
_logger = logging.getLogger("skillstrata.library")
_IN_PAGE = re.compile(r'(?m)^  visibility: "[a-z]*"$')


class ToolNotOffered(StrataError):
    """A tool that is there and is not offered this far."""

    code: ClassVar[str] = "library.not_offered"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class Reason:
    """Who changes something, and why."""

    by: str
    because: str


def refuse_unless(tool: Tool, needed: Visibility) -> None:
    """Refuse a tool that is not offered as far as it is wanted.

    Raises:
        ToolNotOffered: Its level is lower.
    """
    level = visibility_of(tool.visibility)
    if level < needed:
        raise ToolNotOffered(
            f"the tool {tool.name!r} is {level.word}, and this needs {needed.word}",
            hint=f"a person can offer it: `skillstrata expose {tool.name} --to {needed.word}`",
        )


def refuse_call(tool: Tool, surface: str) -> None:
    """Refuse a call: agents may call what is invokable, a person everything that is not retired.

    Raises:
        ToolNotOffered: The tool is not offered this far.
    """
    refuse_unless(tool, Visibility.HIDDEN if surface in _OF_PEOPLE else Visibility.INVOKABLE)


def listed_tools(app: App, tools: tuple[Tool, ...] | None = None) -> tuple[ListedTool, ...]:
    """Give the tools that have a place of their own in a client's list, the best proven by use first.

    `tools` are those among which they are, where somebody has read them already. One whose texts give orders or hide
    something stays out: every session would read them.
    """
    there = app.library.tools() if tools is None else tools
    listed = [tool for tool in there if visibility_of(tool.visibility) >= Visibility.LISTED and may_be_listed(tool)]
    if not listed:
        return ()
    qualities = shown_by_use(app)

    def proven(tool: Tool) -> tuple[float, str]:
        known = qualities.get(tool.name)
        return -(wilson(known.successes, known.runs)[0] if known else 0.0), tool.name

    return tuple(
        ListedTool(tool.name, describe_tool(told(tool)), call_schema(tool.contract))
        for tool in sorted(listed, key=proven)[:MOST_LISTED]
    )


def shown_by_use(app: App) -> dict[str, Quality]:
    """Give what use has shown of each tool; nothing where the catalog is damaged, for the tools are there all the same.

    Raises:
        StrataError: It cannot be read now, and can later.
    """
    try:
        return dict(app.catalog.qualities())
    except StrataError as error:
        if error.retry is not Retry.NEVER:
            raise
        _logger.warning("what use has shown is left out: %s", error.message)
        return {}


def change_level(app: App, name: str, after: Visibility, reason: Reason) -> LibraryChange | None:
    """Offer a tool so far from now on; None where it is so already.

    Raises:
        ToolUnknown: No tool has this name.
        StoreFull, StoreLocked: It cannot be written now; nothing was changed.
    """
    app.library.tool(name)
    with level_lock(app).held():
        return _offered(app, name, after, reason)


def _offered(app: App, name: str, after: Visibility, reason: Reason) -> LibraryChange | None:
    tool = app.library.tool(name)
    before = visibility_of(tool.visibility)
    if before is after:
        return None
    change = changed(app, tool.name, (VISIBILITY, before.word, after.word), reason)
    store(app, replace(tool, visibility=after.word), change)
    return change


def change_active(app: App, tool: Tool, branch: str, number: int, reason: Reason) -> LibraryChange:
    """Let another version of a branch run from now on; the one that ran stays behind it."""
    before = next(b.active for b in tool.branches if b.name == branch)
    change = changed(app, tool.name, (ACTIVE, str(before), str(number)), reason, branch)
    branches = tuple(replace(b, active=number) if b.name == branch else b for b in tool.branches)
    store(app, replace(tool, branches=branches), change)
    return change


def store(app: App, tool: Tool, change: LibraryChange) -> None:
    """Record a change, then write the tool's manifest with a line of its lineage.

    Killed in between, there is a reason for what was not done yet; whoever looks next does it.
    """
    app.catalog.add_change(change)
    try:
        tell(app, tool, change)
    except StrataError:
        app.catalog.undo_change(change.id)
        raise


def tell(app: App, tool: Tool, change: LibraryChange) -> None:
    """Write a tool's manifest with a line of its lineage: servers that hold the library in memory read it anew."""
    branch = next((b for b in tool.branches if b.name == change.branch), tool.branches[0])
    # What words were learned, or taken back, has one side only.
    step = " -> ".join(side for side in (change.before, change.after) if side)
    said = f"{step}, by {change.by}: {change.because}"
    line = LineageEntry(change.at_s, change.kind, branch.name, branch.active, detail=said)
    manifest = next(file for file in render_page(tool, None) if file.path == "manifest.json")
    app.library.deposit(tool.name, (SkillFile("SKILL.md", _page(app, tool)), manifest), line)


def settle(app: App, name: str) -> LibraryChange | None:
    """Let the gate look at one tool; gives what it changed."""
    if _wanted(app, name) is None:
        return None
    with level_lock(app).held():
        # Looked at anew: another process may have changed it meanwhile, or a person.
        wanted = _wanted(app, name)
        return None if wanted is None else _offered(app, name, wanted[0], Reason(GATE, wanted[1]))


def _wanted(app: App, name: str) -> tuple[Visibility, str] | None:
    tool = app.library.tool(name)
    standing = [c for c in app.catalog.changes(tool.name) if not c.undone]
    changes = [c for c in standing if c.kind == VISIBILITY]
    if changes and changes[-1].by != GATE:
        # A person's word stands, and a broken tool waits until its proof holds again.
        return None
    since_s = changes[-1].at_s if changes else 0.0
    spent = _spent(tool, standing)
    missed = [m for m in app.catalog.reuse_misses(tool.name) if m.at_s >= max(since_s, spent.get(m.branch, 0.0))]
    uses = app.catalog.usages(tool.name, newest=_looked_at(app))
    shown = Happened(
        uses=tuple(use for use in uses if use.at_s >= max(since_s, spent.get(use.branch, 0.0))),
        rewrites=sum(m.cause in _NEEDED for m in missed),
        rewrites_after_failure=sum(m.cause is MissCause.FAILED for m in missed),
    )
    level = visibility_of(tool.visibility)
    if level is Visibility.RETIRED:
        return _revived(changes, shown.rewrites)
    return next_level(level, shown, GateRules(listed_successes=app.settings.reuse_frequency_n))


def _spent(tool: Tool, standing: list[LibraryChange]) -> dict[str, float]:
    """Give until when what a branch did counts no more: where it failed it is not asked again, and the rest works."""
    return {c.branch: c.at_s for c in standing if c.kind == SCOPE} if len(tool.branches) > 1 else {}


def _looked_at(app: App) -> int:
    """Give how many calls the gate looks at: it is asked after each one, also of a tool with a hundred thousand."""
    return max(_LOOKED_AT, 2 * app.settings.reuse_frequency_n)


def _revived(changes: list[LibraryChange], rewrites: int) -> tuple[Visibility, str] | None:
    """Bring back what was put away for lack of use, where somebody has needed it since."""
    if not rewrites or not changes:
        return None
    return visibility_of(changes[-1].before), f"an agent wrote it again {rewrites} times since it was put away"


def changed(app: App, tool: str, what: tuple[str, str, str], reason: Reason, branch: str = "") -> LibraryChange:
    """Give a change of a tool that is not stored yet; `what` is its kind, what was before and what is after."""
    kind, before, after = what
    id_ = hashlib.sha256(secrets.token_bytes(16)).hexdigest()[:12]
    return LibraryChange(id_, tool, kind, before, after, reason.by, reason.because, app.clock.now_s(), branch)


def _page(app: App, tool: Tool) -> bytes:
    """Give the tool's page as it is, with the level it has now."""
    try:
        text = app.disk.read(f"{app.library.folder(tool.name)}/SKILL.md", max_bytes=_MAX_PAGE).decode()
    except (FileUnreadable, UnicodeDecodeError):
        text = f"# {tool.name}\n\n{describe_tool(tool)}\n"
    return _IN_PAGE.sub(f'  visibility: "{tool.visibility}"', text, count=1).encode()
