"""From the text of a skill to the output of its run, with nothing in between made by hand."""

import json

import pytest

from skillstrata.compose.compiling import compile_all
from skillstrata.compose.running import Manner
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import CapabilityTree
from skillstrata.records.composed_tools import ComposedLibrary, ComposedSource, ComposedTool
from tests.composed_runs import ME, OPEN, REPEATS, WRITES, Tools, engine_of
from tests.fakes.memory_run_store import MemoryRunStore

HEAD = '---\nname: "竞品监控"\ndescription: "x"\ntool_schema:\n'
SEED = (
    HEAD
    + """  input:
    type: object
    properties:
      competitors: {type: array, items: {type: string}}
      depth: {type: string, enum: [shallow, deep], default: shallow}
    required: [competitors]
  output:
    type: object
    properties:
      report: {type: string}
      findings_count: {type: integer}
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
)
RICH = (
    HEAD
    + """  input:
    type: object
    properties: {names: {type: array, items: {type: string}}, go: {type: boolean, default: true}}
    required: [names]
  steps:
    - id: found
      tool: web_search
      for_each: "{{input.names}}"
      input: {query: "{{item}} {{index}}", key: "{{secret.KEY}}"}
      on_error: skip
      default_output: {url: "https://example.org/none"}
      retry: {max: 1, delay: 0}
    - id: page
      tool: web_fetch
      when: "input.go and steps.found.output[0].url != ''"
      input: {url: "{{steps.found.output[1].url}}"}
      default_output: {content: ""}
      output_as: got
    - id: kept
      tool: write_file
      depends_on: [page]
      input: {path: "a.md", content: "{{run.tool}}: {{got.content}} {{steps.page.status}}"}
  result: {report: "{{steps.kept.output.path}}", all: "{{steps.found.output | map('url') | join(' ')}}"}
---
"""
)


@pytest.fixture
def tools() -> Tools:
    """The seed's three tools."""
    made = Tools()
    made.add("web_search", lambda call, _: {"url": f"https://example.org/{call.arguments['query']}"}, OPEN)
    made.add("web_fetch", lambda call, _: {"content": f"page of {call.arguments['url']}"}, OPEN)
    made.add("write_file", lambda call, _: {"path": str(call.arguments["path"])}, REPEATS)
    return made


def _compiled(tools: Tools, text: str) -> ComposedTool:
    source = ComposedSource("rivals", "rivals/SKILL.md", text)
    tree = CapabilityTree(1, tuple(tools.nodes.values()))
    library, report = compile_all((source,), tree, ComposedLibrary(), now_s=1.0)
    assert not report.errors, report.errors
    return library.tools[0]


def test_the_example_of_the_design_runs_as_it_is_written(tools: Tools) -> None:
    """A list in a text, steps counted from 0, a name without any ASCII letter."""
    tool = _compiled(tools, SEED)
    run = engine_of(tools, MemoryRunStore()).start(tool, {"competitors": ["a", "b"]}, ME)

    assert run.status == "done", run.message
    assert [call.arguments for call in tools.calls] == [
        {"query": '["a","b"] 最新动态'},
        {"url": 'https://example.org/["a","b"] 最新动态'},
        {"path": "/tmp/competitor-report.md", "content": 'page of https://example.org/["a","b"] 最新动态'},
    ]
    assert [call.tainted for call in tools.calls] == [(), ("/url",), ("/content",)]
    assert run.head.arguments["depth"] == "shallow"
    assert tool.approval == Approval.NONE


def test_what_the_frontmatter_says_is_what_runs(tools: Tools) -> None:
    """Loop, retry, default, condition, order, secret, result: all of the grammar in one tool."""
    tool = _compiled(tools, RICH)
    engine = engine_of(tools, MemoryRunStore(), secrets={"KEY": "s3cr3t-value"}.get)
    run = engine.start(tool, {"names": ["a", "b"]}, ME, Manner(plan=engine.plan(tool, {"names": ["a", "b"]}, "/work")))

    assert run.status == "done", run.message
    assert run.output == {"report": "a.md", "all": "https://example.org/a 0 https://example.org/b 1"}
    assert tools.calls[-1].arguments["content"] == f"{tool.name}: page of https://example.org/b 1 done"
    assert "s3cr3t-value" not in json.dumps([str(run), str(engine.plan(tool, {"names": []}, "/work"))])


def test_a_skipped_step_is_read_by_its_default(tools: Tools) -> None:
    """The compiler asked for one."""
    run = engine_of(tools, MemoryRunStore(), secrets=lambda _name: "key-key").start(
        _compiled(tools, RICH), {"names": ["a", "b"], "go": False}, ME
    )

    assert run.status == "done", run.message
    assert tools.called("web_fetch") == 0
    assert str(tools.calls[-1].arguments["content"]).endswith(":  skipped")


def test_a_tool_that_changed_after_compiling_is_not_run(tools: Tools) -> None:
    """Its pin is what the compiler wrote down."""
    tool = _compiled(tools, SEED)
    tools.add("write_file", lambda _call, _: {}, WRITES)
    tools.change("t/write_file")
    run = engine_of(tools, MemoryRunStore()).start(tool, {"competitors": []}, ME)

    assert run.status == "failed"
    assert tools.called("write_file") == 0
