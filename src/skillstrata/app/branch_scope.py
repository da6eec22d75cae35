"""The scope of branches: types of input that a version is not asked to do, for agents wrote it again there.

    3 programs written again in one slice, by 2 sessions at least
        --failed call before, and no success since--> "out of scope", or "tried last" in a tool's only branch
        --had the tool, did not take it--> "tried last"
    a key has five parts: tool, branch, slice, version, environment

In     misses of reuse; a tool, what it is called with
Out    LibraryChanges with their reasons; the branch and the order of versions for a call
Never  refuses a type that another branch takes, nor all that a tool does; holds for another version, environment or
       type than it was seen in; takes one session's word
Why    a version proves itself on its fixtures; where the work itself says otherwise, that counts there, and there alone
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from skillstrata.app.call_arguments import ArgumentsInvalid, CallInputs, WrongInputType, chosen_branch
from skillstrata.app.exposure import GATE, SCOPE, Reason, changed, store
from skillstrata.app.missing import slice_of
from skillstrata.app.reports import CallRequest
from skillstrata.app.wiring import App
from skillstrata.library import failing_slices
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.qualities import LibraryChange, MissCause
from skillstrata.records.tools import Branch, Tool, Version

OUT, LAST = "out of scope", "tried last"
_WHY = {
    OUT: "programs were written again after it failed on such inputs",
    LAST: "programs were written again by agents that had it before them",
}
_CAUSES = ((MissCause.FAILED, OUT), (MissCause.WRONG_CONTRACT, LAST))
_FAILED = _WHY[OUT]
KeyOf = Callable[[Version], str]


class InputOutOfScope(StrataError):
    """Inputs of a type that the tool has failed on again and again here, and that no other branch takes."""

    code: ClassVar[str] = "call.out_of_scope"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


@dataclass(frozen=True, slots=True)
class Scope:
    """What stands against the versions of a tool: changes by (branch, name of the place)."""

    standing: tuple[LibraryChange, ...] = ()

    def against(self, branch: Branch, key_of: KeyOf) -> dict[int, LibraryChange]:
        """Give, by number, the changes that stand against the versions of a branch here."""
        found = {change.before: change for change in self.standing if change.branch == branch.name}
        if not found:
            return {}
        places = ((v.number, place_of(slice_of(v), v.number, key_of(v))) for v in branch.versions)
        return {number: found[place] for number, place in places if place in found}


def place_of(given: str, version: int, environment: str) -> str:
    """Name where a version is asked to do something: three of the five parts; tool and branch stand beside them."""
    return f"{given} v{version} in {environment}"


def note_scopes(app: App, tools: Iterable[str]) -> tuple[LibraryChange, ...]:
    """Take out of the scopes of these tools what was written again often enough since that was looked at last."""
    return tuple(change for name in dict.fromkeys(tools) for change in _noted(app, app.library.tool(name)))


def _noted(app: App, tool: Tool) -> list[LibraryChange]:
    before = [change for change in app.catalog.changes(tool.name) if change.kind == SCOPE]
    misses, uses = app.catalog.reuse_misses(tool.name), app.catalog.usages(tool.name)
    done: list[LibraryChange] = []
    for cause, why_after in _CAUSES:
        # Nothing else does what a tool's only branch does: it is asked last, and never refused.
        after = LAST if len(tool.branches) == 1 else why_after
        # Counting begins anew with each change of a place, also with one that was taken back.
        last = {(c.branch, c.before): c.at_s for c in before if has_failed(c) is (cause is MissCause.FAILED)}
        fresh = [
            miss
            for miss in misses
            if miss.at_s > last.get((miss.branch, place_of(miss.slice, miss.version, miss.environment)), 0.0)
        ]
        standing = {(c.branch, c.before) for c in before if not c.undone and c.after in (after, OUT)}
        for (_, branch, given, version, environment), count in failing_slices(fresh, cause, uses):
            place = place_of(given, version, environment)
            if (branch, place) not in standing:
                why = Reason(GATE, f"{count} {_WHY[why_after]}")
                done.append(changed(app, tool.name, (SCOPE, place, after), why, branch))
                store(app, tool, done[-1])
    return done


def has_failed(change: LibraryChange) -> bool:
    """Say whether a change of scope was made because of failures, and not because agents did not take the tool."""
    return change.after == OUT or change.because.endswith(_FAILED)


def scope_of(app: App, tool: Tool) -> Scope:
    """Give what stands against the versions of a tool."""
    return Scope(tuple(c for c in app.catalog.changes(tool.name) if c.kind == SCOPE and not c.undone))


def branch_in_scope(tool: Tool, inputs: CallInputs, request: CallRequest, scope: Scope, key_of: KeyOf) -> Branch:
    """Choose the branch for a call; one that somebody named, or forces, is taken whatever stands against it.

    Raises:
        ArgumentsInvalid, WrongInputType: As `chosen_branch`.
        InputOutOfScope: Every version of the one branch that takes these inputs has failed on such again and again, and
            there are others.
    """
    branch = chosen_branch(tool, inputs, request)
    if not scope.standing or request.force or request.branch or len(tool.branches) == 1:
        return branch
    left = tuple(one for one in tool.branches if not _is_out(one, scope, key_of))
    if branch in left:
        return branch
    try:
        return chosen_branch(replace(tool, branches=left), inputs, request)
    except (ArgumentsInvalid, WrongInputType):
        change = scope.against(branch, key_of)[branch.active]
    raise InputOutOfScope(
        f"{tool.name} does not take {slice_of(branch.current)} here any more: {change.because}",
        hint=f"a person can try it with `--force`, which brings it back where it works, or take this back with "
        f"`skillstrata review undo {change.id}`; `skillstrata usage {tool.name}` tells more",
    ) from None


def _is_out(branch: Branch, scope: Scope, key_of: KeyOf) -> bool:
    against = scope.against(branch, key_of)
    return all(v.number in against and against[v.number].after == OUT for v in branch.versions)
