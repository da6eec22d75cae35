"""Search and describe tools, for a server that stays up: the library is read once and again when it changes."""

from collections import Counter
from dataclasses import replace

from skillstrata.app.callers import Caller, caller_of
from skillstrata.app.exposure import ACTIVE, BRANCH, SCOPE, VISIBILITY, WORDS, refuse_unless, shown_by_use
from skillstrata.app.reports import SearchHit, SearchReport, ToolView
from skillstrata.app.use_cases.viewing import show
from skillstrata.app.wiring import App
from skillstrata.library import ToolSearch, call_schema, missed_words, search_words, standing
from skillstrata.library.told_text import plainly, told
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import CatalogBusy, StoreFull, ToolUnknown
from skillstrata.records.qualities import MissCause, SearchMade, Visibility, visibility_of
from skillstrata.records.tools import Quality, Tool

_CHANGES = (VISIBILITY, ACTIVE, WORDS, SCOPE, BRANCH)
_HAD_IT = (MissCause.FAILED, MissCause.WRONG_CONTRACT)


class ToolFinder:
    """The library held in memory for searching."""

    def __init__(self, app: App) -> None:
        """Read nothing yet."""
        self._app = app
        self._search: ToolSearch | None = None
        self._qualities: dict[str, Quality] = {}
        self._notes: dict[str, str] = {}
        self._stamp = ""
        self._caller: Caller | None = None

    def search(self, query: str, *, limit: int, kind: str | None) -> SearchReport:
        """Give the tools that fit a query, best first; none when nothing fits well enough."""
        self.refresh_if_changed()
        search = self._search or ToolSearch(())
        hits = search.search(query, limit=limit, kind=kind)
        self._note_search(query, tuple(tool.name for tool, _ in hits))
        found = tuple(
            SearchHit(told(tool), self._qualities.get(tool.name, Quality()), score, self._noted(tool))
            for tool, score in hits
        )
        return SearchReport(found, abstained=not found)

    def _note_search(self, query: str, found: tuple[str, ...]) -> None:
        """Keep what was searched for: what it missed is learned from. A search does not fail for it."""
        self._caller = self._caller or caller_of(self._app, "mcp")
        made = SearchMade(
            self._app.clock.now_s(), self._caller.session, self._caller.project, search_words(query), found
        )
        try:
            self._app.catalog.add_search(made)
        except (StoreFull, CatalogBusy):
            return
        except StrataError as error:
            if error.retry is not Retry.NEVER:
                raise

    def _noted(self, tool: Tool) -> str:
        note = self._note(tool)
        if visibility_of(tool.visibility) >= Visibility.INVOKABLE:
            return note
        return f"only to be found as yet, agents may not call it; {note}".removesuffix("; ")

    def _note(self, tool: Tool) -> str:
        """Say how a tool was placed; read once for each tool that was ever found, until the library changes."""
        if tool.name not in self._notes:
            try:
                lineage = self._app.library.lineage(tool.name)
            except ToolUnknown:
                # Removed since the library was read: the next search does not find it any more.
                lineage = ()
            placed = next((line.detail for line in reversed(lineage) if line.what not in _CHANGES), "")
            self._notes[tool.name] = plainly(placed or tool.created_because)
        return self._notes[tool.name]

    def describe(self, name: str) -> ToolView:
        """Give one tool whole; raises ToolUnknown, ToolNotOffered."""
        refuse_unless(self._app.library.tool(name), Visibility.SEARCHABLE)
        found = show(self._app, name)
        return replace(found, tool=told(found.tool))

    def schema(self, name: str) -> str:
        """Give the JSON Schema of a tool's arguments, as text."""
        return call_schema(self._app.library.tool(name).contract)

    def refresh_if_changed(self) -> bool:
        """Read the library again when it changed since; says whether it did."""
        stamp = self._app.library.stamp()
        if stamp == self._stamp and self._search is not None:
            return False
        self._notes = {}
        there = self._app.library.tools()
        tools = tuple(tool for tool in there if visibility_of(tool.visibility) >= Visibility.SEARCHABLE)
        self._qualities = shown_by_use(self._app) if tools else {}
        self._search = self._indexed(tools)
        self._stamp = stamp
        return True

    def _indexed(self, tools: tuple[Tool, ...]) -> ToolSearch:
        """Index tools with what their use has shown and with what searches missed."""
        if not tools:
            return ToolSearch(())
        try:
            misses = self._app.catalog.reuse_misses()
            taken_back = frozenset(c.id for c in self._app.catalog.changes() if c.kind == WORDS and c.undone)
        except StrataError as error:
            if error.retry is not Retry.NEVER:
                raise
            # Tools are found by what they are where what was learned of them cannot be read.
            misses, taken_back = (), frozenset[str]()
        rewritten = Counter(miss.tool for miss in misses if miss.cause in _HAD_IT)
        known = {
            tool.name: standing(quality.successes, quality.runs, rewritten[tool.name])
            for tool in tools
            if (quality := self._qualities.get(tool.name, Quality())).runs or rewritten[tool.name]
        }
        return ToolSearch(tools, missed_words(misses, taken_back), known)
