"""Stage 3 of 5, library: placements in, Agent Skill folders out; tools found, and the results of their calls.

    Tool, Draft, Proof --render_tool--> skills/<name>/ {SKILL.md, manifest.json, branches, fixtures}
    words --ToolSearch--> Tool        Contract --call_schema--> JSON Schema        run --outputs_of--> files, text
    Usage --tool_quality--> ToolQuality --next_level--> Visibility        everything --library_health--> LibraryHealth

Front door: the names below. May import records and ports, nothing else of ours (contract "strata").
"""

from skillstrata.library.calls import CallCancelled, CallFailed, CallOutputs, call_schema, outputs_of, safe_name
from skillstrata.library.deposit import render_page, render_tool
from skillstrata.library.gate import GateRules, Happened, next_level
from skillstrata.library.health import Known, library_health, redundant_tools, stale_tools, trend
from skillstrata.library.input_types import is_clearly_other
from skillstrata.library.planted_names import planted
from skillstrata.library.quality import NO_NETWORK, failure_class, is_own_fault, standing, tool_quality, wilson
from skillstrata.library.reuse_misses import (
    Seen,
    by_cause,
    cause_of,
    failing_slices,
    lesson_of,
    missed_words,
    search_words,
)
from skillstrata.library.search import ToolSearch
from skillstrata.library.skill_page import description as describe_tool

__all__ = [
    "NO_NETWORK",
    "CallCancelled",
    "CallFailed",
    "CallOutputs",
    "GateRules",
    "Happened",
    "Known",
    "Seen",
    "ToolSearch",
    "by_cause",
    "call_schema",
    "cause_of",
    "describe_tool",
    "failing_slices",
    "failure_class",
    "is_clearly_other",
    "is_own_fault",
    "lesson_of",
    "library_health",
    "missed_words",
    "next_level",
    "outputs_of",
    "planted",
    "redundant_tools",
    "render_page",
    "render_tool",
    "safe_name",
    "search_words",
    "stale_tools",
    "standing",
    "tool_quality",
    "trend",
    "wilson",
]
