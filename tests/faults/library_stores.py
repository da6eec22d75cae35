"""The library as the fault tests see it: each number a new tool, or a new version of the one tool."""

import shutil
from dataclasses import replace
from pathlib import Path

from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.library import render_tool
from skillstrata.records.tools import Branch, Tool
from tests.fakes.sample_tools import a_draft, a_proof, a_tool, an_entry, rendered
from tests.faults.stores import MANY, Torn

TOOL = "html-to-markdown"


def _readable(store: SkillFolders) -> tuple[Tool, ...]:
    tools, damaged = store.contents()
    if damaged:
        raise Torn(str(damaged))
    return tools


class Library:
    """The skill folders: each number a new tool."""

    def __init__(self, root: Path) -> None:
        self._store = SkillFolders(root / "skills")

    def put(self, n: int) -> None:
        tool = a_tool(f"t{n}")
        self._store.deposit(tool.name, rendered(tool), an_entry())

    def held(self) -> frozenset[int]:
        tools = _readable(self._store)
        for tool in tools:
            if tool != a_tool(tool.name) or self._store.lineage(tool.name) != (an_entry(),):
                raise Torn(tool.name)
        return frozenset(int(tool.name[1:]) for tool in tools)

    def sweep(self) -> None:
        self.put(MANY)
        shutil.rmtree(self._store.folder(f"t{MANY}"))


class Versions:
    """The skill folders: each number a new version of one tool."""

    def __init__(self, root: Path) -> None:
        self._store = SkillFolders(root / "skills")

    def put(self, n: int) -> None:
        """Deposit version n + 1, as the distiller does: on top of what is there."""
        found = _readable(self._store)
        before = tuple(v for v in found[0].branches[0].versions if v.number <= n) if found else ()
        first = a_tool().branches[0].versions[0]
        new = replace(
            first,
            number=n + 1,
            path=f"branches/html/v{n + 1}",
            main=f"print({n})\n",
            candidate_id=f"c{n}",
            fixtures=first.fixtures if n == 0 else (),
        )
        tool = replace(a_tool(), branches=(Branch("html", n + 1, (*before, new)),))
        fixtures = (
            tuple((f.path, f.data) for f in rendered(a_tool()) if f.path.startswith("fixtures/")) if n == 0 else ()
        )
        named = tuple((path.removeprefix("fixtures/"), data) for path, data in fixtures)
        files = render_tool(tool, draft=replace(a_draft(), candidate_id=f"c{n}"), proof=a_proof(), fixtures=named)
        self._store.deposit(TOOL, files, replace(an_entry(), version=n + 1, candidate_id=f"c{n}"))

    def held(self) -> frozenset[int]:
        tools = _readable(self._store)
        if not tools:
            return frozenset()
        versions = tools[0].branches[0].versions
        numbers = [version.number - 1 for version in versions]
        told = [entry.version - 1 for entry in self._store.lineage(TOOL)]
        wrong = [v.number for v in versions if v.main != f"print({v.number - 1})\n"]
        if wrong or told != numbers or any(self._store.proof(TOOL, v.path) != a_proof() for v in versions):
            raise Torn(f"versions {numbers}, lineage {told}, wrong {wrong}")
        return frozenset(numbers)

    def sweep(self) -> None:
        self.put(max(self.held(), default=-1) + 1)
