"""What it costs to record a use, to let the gate look at a tool, and to sum up a library that was used a lot.

In     nothing; works in a temporary folder on a catalog of its own
Out    rows of name, value, unit, bound, ok, detail
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.library import Known, library_health, tool_quality
from skillstrata.records.contracts import Contract, Param, ToolOutput
from skillstrata.records.drafts import InputSpec, OutputSpec
from skillstrata.records.qualities import SearchMade
from skillstrata.records.tools import Branch, Tool, Usage, Version

Row = dict[str, str | float | bool]

USES, TOOLS, ROUNDS = 20_000, 1000, 500
MAX_RECORD_MS, MAX_SEARCH_MS, MAX_HEALTH_MS = 1.0, 1.0, 1000.0


def measure() -> list[Row]:
    """Measure everything; some ten seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-usage-") as folder:
        catalog = SqliteCatalog(Path(folder) / "catalog.db")
        catalog.accounting()
        for number in range(USES):
            catalog.add_usage(_use(number))
        record = _medians(lambda number: catalog.add_usage(_use(USES + number)))
        search = _medians(lambda n: catalog.add_search(SearchMade(float(n), "s", "p", ("html",), ("t0",))))
        uses = catalog.usages()
        catalog.close()
    tools = tuple(_tool(number) for number in range(TOOLS))
    by_tool = {tool.name: tuple(use for use in uses[:200] if use.tool == tool.name) for tool in tools}
    began = time.perf_counter()
    library_health(Known(tools, by_tool), now_s=1.0, stale_days=180)
    health_ms = (time.perf_counter() - began) * 1000
    one = tuple(use for use in uses if use.tool == "t0")
    began = time.perf_counter()
    tool_quality(tools[0], one)
    quality_ms = (time.perf_counter() - began) * 1000
    after = f"after {USES:,} uses"
    return [
        _row("usage: record one call, median", record[0], MAX_RECORD_MS, after),
        _row("usage: record one call, 95 of 100", record[1], MAX_RECORD_MS, after),
        _row("usage: keep one search, median", search[0], MAX_SEARCH_MS, after),
        _row("usage: quality of one tool", quality_ms, MAX_HEALTH_MS, f"{len(one):,} calls"),
        _row("usage: health of a library", health_ms, MAX_HEALTH_MS, f"{TOOLS:,} tools"),
    ]


def _medians(work: Callable[[int], None]) -> tuple[float, float]:
    took: list[float] = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        work(number)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), sorted(took)[int(ROUNDS * 0.95)]


def _use(number: int) -> Usage:
    return Usage(f"t{number % 10}", "b", 1, float(number), number % 7 > 0, 5.0, "mcp", "p", f"s{number % 50}")


def _tool(number: int) -> Tool:
    version = Version(
        1,
        "branches/b/v1",
        "x" * 2000,
        "",
        (),
        (InputSpec("input", "text/csv", "a.csv"),),
        OutputSpec("o", "file", "a/b", "x", "y"),
    )
    contract = Contract(
        f"Convert {number}",
        "convert",
        (Param("input", "file", (f"x/{number}",)),),
        (ToolOutput("o", "file", ("a/b",)),),
    )
    return Tool(f"t{number}", "distilled", contract, (Branch("b", 1, (version,)),))


def _row(name: str, value: float, bound: float, detail: str) -> Row:
    return {
        "name": name,
        "value": value,
        "unit": "ms",
        "bound": f"< {bound:g} ms",
        "ok": value < bound,
        "detail": detail,
    }
