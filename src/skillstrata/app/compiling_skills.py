"""Skills of every source compiled into the library of composed tools.

In     the open tools, a session of the skill runtime
Out    CompileReport; the library, stored
Never  starts servers where no skill names a tool that only one of them could have
"""

from collections.abc import Callable
from pathlib import Path

from skillstrata.app.composed_sources import named_before, sources_at, sources_of
from skillstrata.app.open_tools import OpenTools
from skillstrata.app.runtime_session import RuntimeSession, SkillQuery, open_skills
from skillstrata.compose.compiling import compile_all
from skillstrata.compose.freshness import content_key, restored, same_content
from skillstrata.compose.tool_schema import read_source
from skillstrata.compose.wire_names import wire_name
from skillstrata.records.audits import AuditEntry
from skillstrata.records.capabilities import CapabilityTree
from skillstrata.records.composed_tools import CompileReport, ComposedLibrary, ComposedSource
from skillstrata.records.skills import folded_name
from skillstrata.runtime.registry import SkillNotFound

_MOST_NAMED = 50
Tell = Callable[[int, int], None]


class SkillCompiler:
    """Compiles for one folder worked in."""

    def __init__(self, tools: OpenTools, session: Callable[[], RuntimeSession] | None) -> None:
        """Keep whom to ask for skills; without `session` they are looked at anew each time."""
        self._tools = tools
        self._session = session

    def compile(self, which: tuple[str, ...], tell: Tell | None) -> CompileReport:
        """Compile every skill, or those that are named; see ServedTools.compile."""
        app, session = self._tools.app, self._opened()
        before = app.composed_store.load()
        every = sources_of(app, session)
        every = _joined(every, sources_at(app, named_before(app, before, session), every, before))
        asked = self._asked(which, every, before)
        sources = _joined(self._kept(every, before) if which else every, asked)
        if tell is not None:
            tell(0, len(sources))
        report, library = self._compiled(sources, asked, before)
        if tell is not None:
            tell(len(sources), len(sources))
        self._tools.take(library)
        self._write(report)
        return _about(report, library, asked) if which else report

    def compile_changed(self) -> CompileReport:
        """Compile every skill, where one declares a tool or did."""
        app = self._tools.app
        before = app.composed_store.load()
        if not (before.tools or before.failed or sources_of(app, self._opened())):
            return CompileReport()
        return self.compile((), None)

    def _opened(self) -> RuntimeSession:
        if self._session is not None:
            return self._session()
        return open_skills(self._tools.app, SkillQuery(project=self._tools.project))

    def _compiled(
        self, sources: tuple[ComposedSource, ...], asked: tuple[ComposedSource, ...], before: ComposedLibrary
    ) -> tuple[CompileReport, ComposedLibrary]:
        app, tree, policy = self._tools.app, self._tree(sources, before), self._tools.policy().version
        reports: list[CompileReport] = []

        def change(library: ComposedLibrary) -> ComposedLibrary:
            for name in _names(asked) if library.tombstones else ():
                library = restored(library, name)
            made, report = compile_all(sources, tree, library, now_s=app.clock.now_s(), policy=policy)
            reports.append(report)
            return made

        app.prepare()
        library = app.composed_store.update(change)
        return reports[-1], library

    def _words(self, sources: tuple[ComposedSource, ...], before: ComposedLibrary) -> set[str]:
        """Name the tools of all steps; a source that was read before, and is as it was, need not be read again."""
        policy = self._tools.policy().version
        known = {one.source: (one.key, tuple(step.tool for step in one.steps)) for one in before.tools}
        known |= {one.path: (one.key, one.words) for one in before.failed}
        found: set[str] = set()
        for source in sources:
            key, words = known.get(source.path, ("", ()))
            if not same_content(key, content_key(source, policy)):
                declared = read_source(source)[0]
                words = () if declared is None else tuple(step.tool for step in declared.steps)
            found.update(words)
        return found - {""}

    def _tree(self, sources: tuple[ComposedSource, ...], before: ComposedLibrary) -> CapabilityTree:
        """Give the tree, with the tools of servers where a skill names one that is not among ours."""
        tree = self._tools.tree
        tree.refresh()
        known = tree.holder.index
        words = self._words(sources, before)
        if any(known.find(word) is None and not word.startswith("skill_") for word in words):
            return tree.with_servers().tree
        return known.tree

    def _asked(
        self, which: tuple[str, ...], every: tuple[ComposedSource, ...], before: ComposedLibrary
    ) -> tuple[ComposedSource, ...]:
        found: list[ComposedSource] = []
        for word in which:
            names = {tool.source for tool in before.tools if word in (tool.name, tool.title, *tool.aliases)}
            names |= {one.path for one in before.failed if word == one.name}
            folded = folded_name(word)
            hits = [
                one
                for one in every
                if one.path in names or folded in (folded_name(one.skill), folded_name(one.skill.rpartition("/")[2]))
            ]
            if not hits and self._tools.app.disk.exists(str(Path(word).absolute())):
                hits = list(sources_at(self._tools.app, (Path(word),), every, before))
            if not hits:
                raise SkillNotFound(
                    f"no skill that declares a tool is called {word!r}",
                    hint="name a skill, its tool, or the path of a SKILL.md with a `tool_schema`",
                )
            found += hits
        return tuple(found)

    def _kept(self, every: tuple[ComposedSource, ...], before: ComposedLibrary) -> tuple[ComposedSource, ...]:
        """Give what was compiled before: naming one skill takes none of the others away."""
        known = {*(tool.source for tool in before.tools), *(one.path for one in before.failed)}
        return tuple(one for one in every if one.path in known)

    def _write(self, report: CompileReport) -> None:
        if not report.compiled and not report.removed:
            return
        names = [*(tool.name for tool in report.compiled), *(f"-{name}" for name in report.removed)]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        self._tools.app.audit_log.append(
            AuditEntry("compile", status="ok", detail=f"{', '.join(names[:_MOST_NAMED])}{more}")
        )


def _joined(one: tuple[ComposedSource, ...], other: tuple[ComposedSource, ...]) -> tuple[ComposedSource, ...]:
    return tuple({source.path: source for source in (*one, *other)}.values())


def _names(sources: tuple[ComposedSource, ...]) -> tuple[str, ...]:
    """Give the tools' names of sources that somebody asked for by name."""
    declared = ((one, read_source(one)[0]) for one in sources)
    return tuple(wire_name(found.title, one.path) for one, found in declared if found is not None)


def _about(report: CompileReport, library: ComposedLibrary, asked: tuple[ComposedSource, ...]) -> CompileReport:
    """Leave out of a report what nobody asked about."""
    paths = {one.path for one in asked}
    folders = {str(Path(path).parent) for path in paths}
    names = {tool.name for tool in library.tools if tool.source in paths}
    return CompileReport(
        tuple(tool for tool in report.compiled if tool.source in paths),
        tuple(name for name in report.unchanged if name in names),
        report.removed,
        tuple(one for one in report.findings if str(Path(one.file).parent) in folders),
    )
