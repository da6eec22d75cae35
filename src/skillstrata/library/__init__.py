"""Stage 3 of 5, library: placements in, Agent Skill folders out; tools found, and the results of their calls.

    Tool, Draft, Proof --render_tool--> skills/<name>/ {SKILL.md, manifest.json, branches, fixtures}
    words --ToolSearch--> Tool        Contract --call_schema--> JSON Schema        run --outputs_of--> files, text

Front door: the names below. May import records and ports, nothing else of ours (contract "strata").
"""

from skillstrata.library.calls import CallFailed, CallOutputs, call_schema, outputs_of, safe_name
from skillstrata.library.deposit import render_page, render_tool
from skillstrata.library.input_types import is_clearly_other
from skillstrata.library.planted_names import planted
from skillstrata.library.search import ToolSearch

__all__ = [
    "CallFailed",
    "CallOutputs",
    "ToolSearch",
    "call_schema",
    "is_clearly_other",
    "outputs_of",
    "planted",
    "render_page",
    "render_tool",
    "safe_name",
]
