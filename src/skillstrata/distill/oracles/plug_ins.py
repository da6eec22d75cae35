"""Oracles that other distributions bring, found by their entry points.

In     the names that are taken
Out    PlugIns: the oracles that can be used, and in words what is wrong with the others
Never  loads one before a pair is at hand that needs it; lets one raise, or take longer than it may; puts one in a
       built-in's place
"""

import re
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar, cast

from skillstrata.distill.oracles.findings import unmeasurable
from skillstrata.ports.oracle import Oracle
from skillstrata.records.proofs import OracleResult, TypedBytes

GROUP = "skillstrata.oracles"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*-[0-9]{1,4}")
_LONGEST = 200
# So long one question may take; one that took longer is not asked again by this process.
PATIENCE_S = 10.0
_NO_ANSWER = "gave no answer within"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PlugInFault:
    """A plug-in that is not used: whose it is, and why not."""

    plug_in: str
    problem: str

    @property
    def sentence(self) -> str:
        """Say it for a person."""
        return f"oracle plug-in {self.plug_in}: {self.problem}"


@dataclass(frozen=True, slots=True)
class _Found:
    """A usable oracle, its name read once."""

    name: str
    owner: str
    oracle: Oracle


@dataclass(frozen=True, slots=True)
class PlugIns:
    """What is installed: oracles by name, and what cannot be used.

    `hung` are those that gave no answer in time, by name: they are asked no more.
    """

    found: tuple[_Found, ...] = ()
    unusable: tuple[PlugInFault, ...] = ()
    hung: dict[str, PlugInFault] = field(default_factory=dict[str, PlugInFault])

    @property
    def faults(self) -> tuple[PlugInFault, ...]:
        """Give all that is wrong, with what showed while they were used."""
        return (*self.unusable, *self.hung.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of the oracles that can be used."""
        return tuple(one.name for one in self.found)

    def choose(self, given: TypedBytes, produced: TypedBytes) -> str:
        """Name the first oracle that says it knows such a pair; "" for none."""
        for one in self.found:
            answer, _ = self._answer(one, lambda one=one: one.oracle.fits(given, produced))
            if answer is True:
                return one.name
        return ""

    def judge(self, name: str, given: TypedBytes, produced: TypedBytes, labels: frozenset[str]) -> OracleResult | None:
        """Judge by the oracle of this name; None where there is none. An oracle that breaks measures nothing."""
        one = next((found for found in self.found if found.name == name), None)
        if one is None:
            return None
        answer, problem = self._answer(one, lambda: one.oracle.judge(given, produced, labels=labels))
        if isinstance(answer, OracleResult):
            return replace(answer, profile=name)
        return unmeasurable(
            f"oracle plug-in {one.owner}: {problem or f'gave {type(answer).__name__}, no OracleResult'}"
        )

    def _answer(self, one: _Found, call: Callable[[], _T]) -> tuple[_T | None, str]:
        if one.name in self.hung:
            return None, self.hung[one.name].problem
        answer, problem = _guarded(call)
        if problem.startswith(_NO_ANSWER):
            self.hung[one.name] = PlugInFault(one.owner, problem)
        return answer, problem


def load_plug_ins(taken: Collection[str]) -> PlugIns:
    """Load every oracle that installed distributions offer.

    Args:
        taken: Names of the built-in profiles; no plug-in may have one of them, in any version.
    """
    families = {family_of(name) for name in taken}
    found: dict[str, _Found] = {}
    faults: list[PlugInFault] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda e: (_owner(e), e.value)):
        owner = _owner(entry)
        loaded, problem = _guarded(lambda entry=entry: _made(entry))
        name = _name_of(loaded) if not problem else ""
        if not problem and not name:
            problem = "is no oracle: it needs a name such as 'barcodes-1', `fits` and `judge`"
        if not problem and family_of(name) in families:
            problem = f"asks for the name {name!r}, which a built-in profile has"
        if not problem and name in found:
            problem = f"asks for the name {name!r}, which {found[name].owner} has"
        if problem:
            faults.append(PlugInFault(owner, problem))
        else:
            found[name] = _Found(name, owner, cast("Oracle", loaded))
    return PlugIns(tuple(found.values()), tuple(faults))


@cache
def installed_plug_ins(taken: tuple[str, ...]) -> PlugIns:
    """Load once a process."""
    return load_plug_ins(taken)


def family_of(name: str) -> str:
    """Give a profile's name without its version."""
    return name.rpartition("-")[0]


def _made(entry: EntryPoint) -> Oracle:
    loaded = entry.load()
    return loaded() if isinstance(loaded, type) else loaded


def _name_of(loaded: Oracle | None) -> str:
    """Give the name of what looks like an oracle; "" for what does not."""
    name, _ = _guarded(lambda: getattr(loaded, "name", ""))
    methods = (getattr(loaded, "fits", None), getattr(loaded, "judge", None))
    good = isinstance(name, str) and _NAME.fullmatch(name) is not None and all(map(callable, methods))
    return str(name) if good else ""


def _owner(entry: EntryPoint) -> str:
    dist = entry.dist
    return f"{entry.name!r} of {dist.name} {dist.version}" if dist is not None else f"{entry.name!r}"


def _guarded(call: Callable[[], _T]) -> tuple[_T | None, str]:
    """Run code of strangers; whatever it raises, or that it does not end, becomes a sentence."""
    answers: list[tuple[_T | None, str]] = []

    def work() -> None:
        try:
            answers.append((call(), ""))
        except BaseException as error:  # noqa: BLE001
            answers.append((None, f"raised {type(error).__name__}: {error}"[:_LONGEST]))

    # Nothing can end a thread from outside: it is left behind, and does not keep the process from its end.
    thread = threading.Thread(target=work, name="oracle plug-in", daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    return answers[0] if answers else (None, f"{_NO_ANSWER} {PATIENCE_S:g} s; it is not asked again in this process")
