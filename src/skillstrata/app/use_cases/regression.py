"""Regression: run proofs again where this machine changed, and let the library follow what it finds.

    environment of a version is new --proof--> holds: noted, and what was demoted for it comes back
                                              broken: a fallback that holds runs instead; without one the branch
                                                      is noted as broken, and a tool without another is hidden

In     the App, how many versions may be verified
Out    RegressionReport
Never  removes anything; changes what a person said; takes for broken what cannot be run here, what failed once and held
       at once again, or a program whose fixtures somebody changed
Why    a new interpreter, library or system may break a program that nobody touched
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from skillstrata.app.exposure import (
    ACTIVE,
    BRANCH,
    REGRESSION,
    VISIBILITY,
    Reason,
    change_active,
    change_level,
    changed,
    store,
    tell,
)
from skillstrata.app.interpreters import environment_key, interpreter_of
from skillstrata.app.use_cases.verifying import replayed
from skillstrata.app.warm_preparing import prepare_after_pass
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import machine_stamp
from skillstrata.distill import FIXTURE_LOST
from skillstrata.ports.machine_stamp import MachineStamp
from skillstrata.records.failures import (
    EnvironmentNeedsNetwork,
    EnvironmentUnbuildable,
    RuntimeMissing,
    ToolDamaged,
    ToolUnknown,
)
from skillstrata.records.qualities import LibraryChange, Verification, Visibility, visibility_of
from skillstrata.records.runtimes import Interpreter
from skillstrata.records.tools import Branch, Tool, Version

_AGAIN_S = 86_400.0
_LENGTH = 16
_MOST_WHY = 300
_HOLDS, _BROKEN = "holds", "broken"
_NOT_TO_BE_HAD = (EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing)


@dataclass(frozen=True, slots=True)
class RegressionReport:
    """What was verified, and what changed for it.

    `left` counts branches that the budget left for later, `unrunnable` those that lack here what would run them.
    """

    verified: tuple[Verification, ...] = ()
    changed: tuple[LibraryChange, ...] = ()
    left: int = 0
    unrunnable: int = 0


def verify_changed(
    app: App,
    budget: int,
    *,
    stamps: MachineStamp | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> RegressionReport:
    """Verify the active versions whose environment changed since their proof was run last.

    Args:
        app: The App.
        budget: Verify so many versions at most.
        stamps: Says what state this machine is in; by default as it is.
        should_stop: Asked before each version.

    Raises:
        SandboxUnavailable: Nothing can be run.
        StoreFull: The result cannot be written.
    """
    app.prepare()
    look = _Look(app, stamps or machine_stamp(app))
    due = look.due()
    verified: list[Verification] = []
    changed: list[LibraryChange] = []
    looked = 0
    for name, branch in due[:budget]:
        if should_stop():
            break
        looked += 1
        found, done = look.settled(name, branch)
        verified.extend(found)
        changed.extend(done)
    if changed:
        prepare_after_pass(app, ())
    return RegressionReport(tuple(verified), tuple(changed), len(due) - looked, look.unrunnable)


class _Look:
    """One look at the library: what is due, and what follows from each verification."""

    def __init__(self, app: App, stamps: MachineStamp) -> None:
        self._app = app
        self._stamps = stamps
        self.unrunnable = 0
        self._known: dict[tuple[str, str, int, str], Verification] = {}
        for one in app.catalog.verifications():
            self._known[one.tool, one.branch, one.version, one.environment] = one

    def due(self) -> list[tuple[str, str]]:
        """Name the branches to look at: (tool, branch)."""
        return [
            (tool.name, branch.name)
            for tool in self._app.library.tools()
            if visibility_of(tool.visibility) is not Visibility.RETIRED
            for branch in tool.branches
            if self._is_due(tool, branch)
        ]

    def _is_due(self, tool: Tool, branch: Branch) -> bool:
        # What ran before a regression is looked at too: it comes back when its proof holds again.
        first = self._first_choice(tool, branch)
        return any(self._is_open(tool, branch, version) for version in {first.number: first}.values())

    def _is_open(self, tool: Tool, branch: Branch, version: Version) -> bool:
        key = self.environment(version)
        if not key:
            self.unrunnable += 1
            return False
        known = self._known.get((tool.name, branch.name, version.number, key))
        return known is None or (not known.ok and self._app.clock.now_s() - known.at_s >= _AGAIN_S)

    def _first_choice(self, tool: Tool, branch: Branch) -> Version:
        """Give the version that would run if nothing was broken."""
        changes = self._standing(tool, ACTIVE, branch.name)
        wanted = int(changes[0].before) if changes else branch.active
        return next((v for v in branch.versions if v.number == wanted), branch.current)

    def _standing(self, tool: Tool, kind: str, branch: str = "") -> tuple[LibraryChange, ...]:
        """Give the changes of regressions that are in force, one after the other: the first says what was before."""
        changes = [
            c
            for c in self._app.catalog.changes(tool.name)
            if c.kind == kind and not c.undone and (kind == VISIBILITY or c.branch == branch)
        ]
        others = [n for n, change in enumerate(changes) if change.by != REGRESSION]
        return tuple(changes[others[-1] + 1 :] if others else changes)

    def environment(self, version: Version) -> str:
        """Name all that may change how a version behaves; "" where it cannot be run here at all."""
        try:
            interpreter = interpreter_of(self._app, version.language, version.lock, version.requirements)
        except _NOT_TO_BE_HAD:
            return ""
        programs = (interpreter.program,) if isinstance(interpreter, Interpreter) else ()
        stamp = self._stamps.stamp((*programs, *version.binaries))
        return hashlib.sha256(f"{environment_key(interpreter)}\0{stamp}".encode()).hexdigest()[:_LENGTH]

    def settled(self, name: str, branch_name: str) -> tuple[list[Verification], list[LibraryChange]]:
        """Verify a branch's first choice, and where that is broken what could run instead."""
        try:
            tool = self._app.library.tool(name)
            branch = next((b for b in tool.branches if b.name == branch_name), None)
            done, changes = self._followed(tool, branch) if branch is not None else ([], [])
        except (ToolUnknown, ToolDamaged, *_NOT_TO_BE_HAD):
            # It went, or what runs it went, since the library was read: the next look finds it so.
            return [], []
        # Last: killed before, the next look verifies again, and finds the changes made.
        for one in done:
            self._app.catalog.add_verification(one)
        return done, changes

    def _followed(self, tool: Tool, branch: Branch) -> tuple[list[Verification], list[LibraryChange]]:
        first = self._first_choice(tool, branch)
        found, is_broken = self._verified(tool, branch, first)
        done = [found]
        if found.ok:
            return done, self._restored(tool, branch, first, found)
        if not is_broken:
            return done, []
        for version in sorted(branch.versions, key=lambda v: -v.number):
            if version.number == first.number or not self.environment(version):
                continue
            done.append(self._verified(tool, branch, version)[0])
            if done[-1].ok:
                changes = self._switched(tool, branch, version, found)
                return done, [*changes, *self._offered_again(tool.name, branch.name, done[-1])]
        return done, self._demoted(tool, branch, found)

    def _verified(self, tool: Tool, branch: Branch, version: Version) -> tuple[Verification, bool]:
        """Verify a version; gives also whether the program is broken, and not its fixtures alone."""
        runs = replayed(self._app, tool, version)
        if not all(run.ok for run in runs):
            # A busy machine breaks limits of time: what is to be taken out of use has failed twice.
            runs = replayed(self._app, tool, version)
        bad = [run for run in runs if not run.ok]
        why = f"{bad[0].relation}: {bad[0].detail}"[:_MOST_WHY] if bad else ""
        is_ok = bool(runs) and not bad
        now_s, key = self._app.clock.now_s(), self.environment(version)
        found = Verification(
            tool.name, branch.name, version.number, key, now_s, is_ok, why or ("" if runs else "no runs")
        )
        return found, any(run.detail != FIXTURE_LOST for run in bad)

    def _restored(self, tool: Tool, branch: Branch, first: Version, found: Verification) -> list[LibraryChange]:
        """Bring back what was changed for a broken proof; killed at any step, the next look does the rest."""
        changes: list[LibraryChange] = []
        switched = self._standing(tool, ACTIVE, branch.name)
        if switched and branch.active != first.number:
            branches = tuple(replace(b, active=first.number) if b.name == branch.name else b for b in tool.branches)
            tool = replace(tool, branches=branches)
            what = (ACTIVE, str(branch.active), str(first.number))
            changes.append(self._back(tool, what, _held(found), branch.name))
        changes += self._offered_again(tool.name, branch.name, found)
        for change in switched:
            self._app.catalog.undo_change(change.id)
        return changes

    def _offered_again(self, name: str, branch: str, found: Verification) -> list[LibraryChange]:
        """Offer a tool as before, now that a version of this branch holds."""
        changes: list[LibraryChange] = []
        tool = self._app.library.tool(name)
        noted, demoted = self._standing(tool, BRANCH, branch), self._standing(tool, VISIBILITY)
        if noted:
            changes.append(self._back(tool, (BRANCH, _BROKEN, _HOLDS), _held(found), branch))
        # One branch that holds is something to offer: those that are broken are noted each by itself.
        if demoted and tool.visibility != demoted[0].before:
            before, tool = tool.visibility, replace(tool, visibility=demoted[0].before)
            changes.append(self._back(tool, (VISIBILITY, before, tool.visibility), _held(found)))
        for change in (*noted, *demoted):
            self._app.catalog.undo_change(change.id)
        return changes

    def _back(self, tool: Tool, what: tuple[str, str, str], why: Reason, branch: str = "") -> LibraryChange:
        """Write a tool as it was before; the change is noted and stands in nobody's way."""
        change = changed(self._app, tool.name, what, why, branch)
        tell(self._app, tool, change)
        self._app.catalog.add_change(replace(change, undone=True))
        return change

    def _may_hold(self, tool: Tool, branch: Branch) -> bool:
        """Say whether a branch is known to hold here, or not known to be broken; one that cannot be run does not."""
        version = branch.current
        key = self.environment(version)
        mine = (branch.name, version.number, key)
        here = [v for v in self._app.catalog.verifications(tool.name) if (v.branch, v.version, v.environment) == mine]
        newest = max(here, key=lambda one: one.at_s, default=None)
        return bool(key) and (newest is None or newest.ok or FIXTURE_LOST in newest.why)

    def _switched(self, tool: Tool, branch: Branch, version: Version, broken: Verification) -> list[LibraryChange]:
        if branch.active == version.number:
            return []
        why = Reason(REGRESSION, f"version {broken.version} is broken here: {broken.why}")
        return [change_active(self._app, tool, branch.name, version.number, why)]

    def _demoted(self, tool: Tool, branch: Branch, broken: Verification) -> list[LibraryChange]:
        why = Reason(REGRESSION, f"branch {branch.name} is broken here, and no fallback holds: {broken.why}")
        others = [b for b in tool.branches if b.name != branch.name]
        done: list[LibraryChange] = []
        if others and not self._standing(tool, BRANCH, branch.name):
            done.append(changed(self._app, tool.name, (BRANCH, _HOLDS, _BROKEN), why, branch.name))
            store(self._app, tool, done[-1])
        if visibility_of(tool.visibility) <= Visibility.HIDDEN or any(self._may_hold(tool, b) for b in others):
            # Another branch still does its part of the job; calls of this one fail and say so.
            return done
        change = change_level(self._app, tool.name, Visibility.HIDDEN, why)
        return [*done, change] if change is not None else done


def _held(found: Verification) -> Reason:
    return Reason(REGRESSION, f"its proof holds again in environment {found.environment}")
