"""A compiled `tool_schema`: a tool made of steps, and what was wrong where there is none.

Shapes  schemas and templates are JSON texts, canonical (sorted keys, no spaces), so that a definition has one digest
"""

from dataclasses import dataclass, field

from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Effects


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How often a step is tried again (at most 2), after which pause, and for which faults (types of ToolFault).

    `backoff` is const or exp; `safe` says that the skill's author vouches that a repeat does no harm.
    """

    most: int = 0
    delay_s: float = 0.2
    backoff: str = "exp"
    jitter: bool = True
    on: tuple[str, ...] = ("timeout", "transport", "tool_error")
    safe: bool = False


@dataclass(frozen=True, slots=True)
class ComposedStep:
    """One step. `path` is the node of the capability tree it calls, `tool` the word that the skill wrote.

    `input` is the template of the arguments, `when` and `for_each` are texts, "" for none. `default_output` is JSON
    text, None where none was declared. `after` are the numbers (from 0) of the steps it must wait for: those it refers
    to, and those it names in depends_on. `parse_json` asks for JSON text of an untyped tool to be read.
    `output_as` is a further name of its output, "" for none.
    """

    id: str
    tool: str
    path: str
    input: str = "{}"
    when: str = ""
    for_each: str = ""
    on_error: str = "abort"
    retry: RetryRule = RetryRule()
    timeout_s: float = 60.0
    default_output: str | None = None
    after: tuple[int, ...] = ()
    parallel: bool = False
    approval: Approval = Approval.NONE
    parse_json: bool = False
    output_as: str = ""


@dataclass(frozen=True, slots=True)
class CompileFinding:
    """One fault or warning: where it stands and what it is. `line` counts from 1, 0 where none is meant.

    `field` is the path in the frontmatter: `tool_schema.steps[1].input.url`. `severity` is error, warning or info.
    """

    code: str
    severity: str
    message: str
    file: str = ""
    line: int = 0
    field: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ComposedTool:
    """A tool that a skill declares.

    `name` is the wire name `skill_…` (ASCII), `title` the skill's own name, `aliases` further names (`skill_竞品监控`).
    `skill` is the skill's id, `source` its file. `output_schema` and `result` are "" where none was declared. `pins`
    hold each node's path and definition digest as they were when it was compiled; `key` is what an unchanged skill
    keeps. `status` is ok, stale (a tool it uses changed), unverified (a server was not there) or error; `digest` is the
    sha256 of the definition.
    """

    name: str
    title: str
    skill: str
    source: str
    description: str
    input_schema: str
    output_schema: str
    steps: tuple[ComposedStep, ...]
    result: str = ""
    approval: Approval = Approval.EXEC_ESCALATION
    effects: Effects = field(default_factory=Effects)
    needs: tuple[str, ...] = ()
    pins: tuple[tuple[str, str], ...] = ()
    key: str = ""
    digest: str = ""
    compiled_at_s: float = 0.0
    status: str = "ok"
    findings: tuple[CompileFinding, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComposedSource:
    """A skill that declares a tool: its file and the text of the sibling `tool_schema.yaml`, "" for none."""

    skill: str
    path: str
    text: str
    sidecar: str = ""


@dataclass(frozen=True, slots=True)
class ComposedLibrary:
    """All that is compiled. `failed` holds, for each source that did not compile, its key and findings.

    `tombstones` are names that a person removed; they do not come back by themselves. `told` is a sentence for the
    user where the file had to be recovered, "" else.
    """

    tools: tuple[ComposedTool, ...] = ()
    failed: tuple["FailedSource", ...] = ()
    tombstones: tuple[str, ...] = ()
    compiler: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class FailedSource:
    """A source that did not compile, so that it is neither tried for ever nor lost.

    `name` and `aliases` are those the tool would have, `words` the tools its steps name, as far as they could be read.
    """

    path: str
    skill: str
    key: str
    findings: tuple[CompileFinding, ...]
    name: str = ""
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompileReport:
    """What one compilation did; the names are wire names."""

    compiled: tuple[ComposedTool, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    findings: tuple[CompileFinding, ...] = ()

    @property
    def errors(self) -> tuple[CompileFinding, ...]:
        """Give the faults alone."""
        return tuple(f for f in self.findings if f.severity == "error")
