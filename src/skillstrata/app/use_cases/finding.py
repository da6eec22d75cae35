"""Search and describe tools, for a server that stays up: the library is read once and again when it changes."""

from skillstrata.app.reports import SearchHit, SearchReport, ToolView
from skillstrata.app.use_cases.viewing import show
from skillstrata.app.wiring import App
from skillstrata.library import ToolSearch, call_schema
from skillstrata.records.failures import ToolUnknown
from skillstrata.records.tools import Quality, Tool


class ToolFinder:
    """The library held in memory for searching."""

    def __init__(self, app: App) -> None:
        """Read nothing yet."""
        self._app = app
        self._search: ToolSearch | None = None
        self._qualities: dict[str, Quality] = {}
        self._notes: dict[str, str] = {}
        self._stamp = ""

    def search(self, query: str, *, limit: int, kind: str | None) -> SearchReport:
        """Give the tools that fit a query, best first; none when nothing fits well enough."""
        self.refresh_if_changed()
        search = self._search or ToolSearch(())
        hits = search.search(query, limit=limit, kind=kind)
        found = tuple(
            SearchHit(tool, self._qualities.get(tool.name, Quality()), score, self._note(tool)) for tool, score in hits
        )
        return SearchReport(found, abstained=not found)

    def _note(self, tool: Tool) -> str:
        """Say how a tool was placed; read once for each tool that was ever found, until the library changes."""
        if tool.name not in self._notes:
            try:
                lineage = self._app.library.lineage(tool.name)
            except ToolUnknown:
                # Removed since the library was read: the next search does not find it any more.
                lineage = ()
            placed = lineage[-1].detail if lineage else ""
            self._notes[tool.name] = placed or tool.created_because
        return self._notes[tool.name]

    def describe(self, name: str) -> ToolView:
        """Give one tool whole; raises ToolUnknown."""
        return show(self._app, name)

    def schema(self, name: str) -> str:
        """Give the JSON Schema of a tool's arguments, as text."""
        return call_schema(self._app.library.tool(name).contract)

    def refresh_if_changed(self) -> bool:
        """Read the library again when it changed since; says whether it did."""
        stamp = self._app.library.stamp()
        if stamp == self._stamp and self._search is not None:
            return False
        self._stamp = stamp
        self._notes = {}
        tools = self._app.library.tools()
        self._search = ToolSearch(tools)
        self._qualities = dict(self._app.catalog.qualities()) if tools else {}
        return True
