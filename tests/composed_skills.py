"""Skills that declare tools, for the tests of the compiler."""

from skillstrata.compose.compiling import compile_all
from skillstrata.records.capabilities import CapabilityTree
from skillstrata.records.composed_tools import (
    CompileFinding,
    CompileReport,
    ComposedLibrary,
    ComposedSource,
    ComposedTool,
)
from tests.capability_trees import tree_of

INPUT = """  input:
    type: object
    properties: {q: {type: string}, n: {type: integer}, urls: {type: array, items: {type: string}}}
    required: [q, n, urls]
"""

SEED = """---
name: "竞品监控"
description: "自动监控竞品动态并生成报告"
tool_schema:
  input:
    type: object
    properties:
      competitors:
        type: array
        items:
          type: string
        description: "竞品名称列表"
      depth:
        type: string
        enum: [shallow, deep]
        default: shallow
    required: [competitors]
  output:
    type: object
    properties:
      report:
        type: string
      findings_count:
        type: integer
  steps:
    - tool: web_search
      input:
        query: "{{input.competitors}} 最新动态"
    - tool: web_fetch
      input:
        url: "{{steps.0.output.url}}"
    - tool: write_file
      input:
        path: "/tmp/competitor-report.md"
        content: "{{steps.1.output.content}}"
---
"""


def source(text: str, path: str = "/skills/watch/SKILL.md", sidecar: str = "") -> ComposedSource:
    """Make a source whose skill is called as its path."""
    return ComposedSource(path, path, text, sidecar)


def skill(steps: str, name: str = "Watch", before: str = INPUT) -> str:
    """Write a skill; `steps` are indented by two."""
    return f"---\nname: {name}\ndescription: Watches.\ntool_schema:\n{before}  steps:\n{steps}\n---\nBody.\n"


def run(
    *sources: ComposedSource,
    tree: "CapabilityTree | None" = None,
    library: "ComposedLibrary | None" = None,
) -> tuple[ComposedLibrary, CompileReport]:
    """Compile sources."""
    return compile_all(sources, tree or tree_of(), library or ComposedLibrary(), now_s=1.0)


def tool_of(text: str, tree: "CapabilityTree | None" = None) -> ComposedTool:
    """Compile one text that must compile."""
    library, report = run(source(text), tree=tree)
    assert report.errors == ()
    return library.tools[0]


def findings_of(text: str, tree: "CapabilityTree | None" = None, sidecar: str = "") -> tuple[CompileFinding, ...]:
    """Compile one text and give what was found."""
    return run(source(text, sidecar=sidecar), tree=tree)[1].findings


def errors_of(text: str, tree: "CapabilityTree | None" = None, sidecar: str = "") -> dict[str, str]:
    """Give code and message of every error."""
    return {f.code: f.message for f in findings_of(text, tree, sidecar) if f.severity == "error"}


def warnings_of(text: str) -> dict[str, str]:
    """Give code and message of every warning, of a text that has no error."""
    assert errors_of(text) == {}
    return {f.code: f.message for f in findings_of(text) if f.severity == "warning"}
