"""Regression: run proofs again where this machine changed, and let the library follow what it finds.

    environment of a version is new --proof--> holds: noted, and what was demoted for it comes back
                                              broken: a fallback that holds runs instead; without one the tool is hidden

In     the App, how many versions may be verified
Out    RegressionReport
Never  removes anything; changes what a person said; takes what cannot be run here for broken
Why    a new interpreter, library or system may break a program that nobody touched
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from skillstrata.app.exposure import ACTIVE, REGRESSION, VISIBILITY, Reason, change_active, change_level
from skillstrata.app.interpreters import environment_key, interpreter_of
from skillstrata.app.use_cases.verifying import replayed
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import machine_stamp
from skillstrata.ports.machine_stamp import MachineStamp
from skillstrata.records.failures import EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing
from skillstrata.records.qualities import LibraryChange, Verification, Visibility, visibility_of
from skillstrata.records.runtimes import Interpreter
from skillstrata.records.tools import Branch, Tool, Version

_AGAIN_S = 86_400.0
_LENGTH = 16
_MOST_WHY = 300


@dataclass(frozen=True, slots=True)
class RegressionReport:
    """What was verified, and what changed for it; `left` counts what the budget left for later."""

    verified: tuple[Verification, ...] = ()
    changed: tuple[LibraryChange, ...] = ()
    left: int = 0


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
    for name, branch in due[:budget]:
        if should_stop():
            break
        found, done = look.settled(name, branch)
        verified.extend(found)
        changed.extend(done)
    return RegressionReport(tuple(verified), tuple(changed), max(0, len(due) - budget))


class _Look:
    """One look at the library: what is due, and what follows from each verification."""

    def __init__(self, app: App, stamps: MachineStamp) -> None:
        self._app = app
        self._stamps = stamps
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
            return False
        known = self._known.get((tool.name, branch.name, version.number, key))
        return known is None or (not known.ok and self._app.clock.now_s() - known.at_s >= _AGAIN_S)

    def _first_choice(self, tool: Tool, branch: Branch) -> Version:
        """Give the version that would run if nothing was broken."""
        change = self._standing(tool, ACTIVE, branch.name)
        wanted = int(change.before) if change is not None else branch.active
        return next((v for v in branch.versions if v.number == wanted), branch.current)

    def _standing(self, tool: Tool, kind: str, branch: str = "") -> LibraryChange | None:
        """Give the change of a regression that is still in force."""
        changes = [
            c
            for c in self._app.catalog.changes(tool.name)
            if c.kind == kind and not c.undone and (kind == VISIBILITY or c.branch == branch)
        ]
        return changes[-1] if changes and changes[-1].by == REGRESSION else None

    def environment(self, version: Version) -> str:
        """Name all that may change how a version behaves; "" where it cannot be run here at all."""
        try:
            interpreter = interpreter_of(self._app, version.language, version.lock, version.requirements)
        except (EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing):
            return ""
        programs = (interpreter.program,) if isinstance(interpreter, Interpreter) else ()
        stamp = self._stamps.stamp((*programs, *version.binaries))
        return hashlib.sha256(f"{environment_key(interpreter)}\0{stamp}".encode()).hexdigest()[:_LENGTH]

    def settled(self, name: str, branch_name: str) -> tuple[list[Verification], list[LibraryChange]]:
        """Verify a branch's first choice, and where that is broken what could run instead."""
        tool = self._app.library.tool(name)
        branch = next(b for b in tool.branches if b.name == branch_name)
        first = self._first_choice(tool, branch)
        done = [self._verified(tool, branch, first)]
        if done[0].ok:
            return done, self._restored(tool, branch, first, done[0])
        for version in sorted(branch.versions, key=lambda v: -v.number):
            if version.number == first.number or not self.environment(version):
                continue
            done.append(self._verified(tool, branch, version))
            if done[-1].ok:
                return done, self._switched(tool, branch, version, done[0])
        return done, self._demoted(tool, branch, done[0])

    def _verified(self, tool: Tool, branch: Branch, version: Version) -> Verification:
        runs = replayed(self._app, tool, version)
        bad = [run for run in runs if not run.ok]
        why = f"{bad[0].relation}: {bad[0].detail}"[:_MOST_WHY] if bad else ""
        is_ok = bool(runs) and not bad
        now_s, key = self._app.clock.now_s(), self.environment(version)
        found = Verification(
            tool.name, branch.name, version.number, key, now_s, is_ok, why or ("" if runs else "no runs")
        )
        self._app.catalog.add_verification(found)
        return found

    def _restored(self, tool: Tool, branch: Branch, first: Version, found: Verification) -> list[LibraryChange]:
        changes: list[LibraryChange] = []
        why = Reason(REGRESSION, f"its proof holds again in environment {found.environment}")
        switched = self._standing(tool, ACTIVE, branch.name)
        if switched is not None and branch.active != first.number:
            self._app.catalog.undo_change(switched.id)
            changes.append(self._undone(change_active(self._app, tool, branch.name, first.number, why)))
        demoted = self._standing(tool, VISIBILITY)
        if demoted is not None and not self._is_broken_elsewhere(tool, branch):
            self._app.catalog.undo_change(demoted.id)
            change = change_level(self._app, tool.name, visibility_of(demoted.before), why)
            changes += [self._undone(change)] if change is not None else []
        return changes

    def _undone(self, change: LibraryChange) -> LibraryChange:
        """Take a change back together with the one that it takes back: neither stands in the gate's way any more."""
        self._app.catalog.undo_change(change.id)
        return change

    def _is_broken_elsewhere(self, tool: Tool, branch: Branch) -> bool:
        newest: dict[tuple[str, int], Verification] = {}
        for one in self._app.catalog.verifications(tool.name):
            newest[one.branch, one.version] = one
        active = {(b.name, b.active) for b in tool.branches if b.name != branch.name}
        return any(not one.ok for key, one in newest.items() if key in active)

    def _switched(self, tool: Tool, branch: Branch, version: Version, broken: Verification) -> list[LibraryChange]:
        if branch.active == version.number:
            return []
        why = Reason(REGRESSION, f"version {broken.version} is broken here: {broken.why}")
        return [change_active(self._app, tool, branch.name, version.number, why)]

    def _demoted(self, tool: Tool, branch: Branch, broken: Verification) -> list[LibraryChange]:
        others = [b for b in tool.branches if b.name != branch.name]
        if visibility_of(tool.visibility) <= Visibility.HIDDEN or others:
            # Another branch still does its part of the job; calls of this one fail and say so.
            return []
        why = Reason(REGRESSION, f"branch {branch.name} is broken here, and no fallback holds: {broken.why}")
        change = change_level(self._app, tool.name, Visibility.HIDDEN, why)
        return [change] if change is not None else []
