"""Write the SKILL.md of a tool: frontmatter of the open Agent Skill format, and a page for whoever reads it.

In     Tool, the version shown, its Proof
Out    text; every word of it made of types, verbs, digests and numbers
Never  repeats a word of a trace, a prompt or a document
"""

import json
import shlex
from collections import Counter

from skillstrata.records.contracts import Param, ToolOutput
from skillstrata.records.drafts import OutputSpec
from skillstrata.records.proofs import Proof
from skillstrata.records.tools import Branch, Tool, Version

_MAX_DESCRIPTION = 1024
_TEXT_KINDS = ("text", "json")


def skill_page(tool: Tool, version: Version, proof: Proof) -> str:
    """Write the page."""
    parts = (
        _frontmatter(tool, version),
        f"# {tool.name}\n\n{tool.contract.purpose}. {_loss_line(tool)}",
        _calls(tool, version),
        _arguments(tool),
        _results(tool, version.output),
        _evidence(version, proof),
        _limits(tool, version, proof),
    )
    return "\n\n".join(parts) + "\n"


def description(tool: Tool) -> str:
    """Say what a tool does and when to use it."""
    given = ", ".join(tool.contract.inputs[0].media_types)
    made = ", ".join(tool.contract.outputs[0].media_types)
    endings = sorted({_ending(v.input.example_name) for b in tool.branches for v in b.versions} - {""})
    files = f"{'/'.join(endings)} file ({given})" if endings else f"file of type {given}"
    text = (
        f"{tool.contract.purpose}. Use when a {files} is at hand and {made} is wanted; "
        "a verified program does it offline, so nothing needs to be written again."
    )
    return text[:_MAX_DESCRIPTION]


def _frontmatter(tool: Tool, version: Version) -> str:
    # A JSON string is a YAML string, whatever stands in it.
    quoted = {
        "name": tool.name,
        "description": description(tool),
        "compatibility": "Python 3.11 or newer and uv, or the skillstrata program"
        + (f"; needs {', '.join(version.binaries)}" if version.binaries else ""),
    }
    meta = {"kind": tool.kind, "made-by": "skillstrata", "visibility": tool.visibility}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in quoted.items()]
    lines += ["metadata:", *(f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in meta.items())]
    return "\n".join(("---", *lines, "---"))


def _loss_line(tool: Tool) -> str:
    if tool.contract.loss == "none":
        return "The content is kept."
    return "It keeps a part of the content on purpose."


def _calls(tool: Tool, version: Version) -> str:
    given = version.input.name
    example = json.dumps({"name": tool.name, "arguments": {given: f"FILE{_ending(version.input.example_name)}"}})
    return (
        "## Call it\n\n"
        "In the sandbox, with its pinned environment:\n\n"
        f"```sh\nskillstrata run {tool.name} --set {given}=FILE --out DIR\n```\n\n"
        f"Over MCP: `skills_call` with `{example}`.\n\n"
        "Without skillstrata, unsandboxed, in this folder:\n\n"
        f"```sh\n{_plain_command(version)}\n```"
    )


def _plain_command(version: Version) -> str:
    shown = {version.input.name: "INPUT", version.output.name: "OUTPUT"}
    words = [
        shown.get(word.param, word.param.upper()) if word.param else shlex.quote(word.text) for word in version.words
    ]
    piped = ["<", "INPUT"] if version.stdin_param else []
    kept = [">", "OUTPUT"] if version.output.kind == "text" else []
    return " ".join(("uv", "run", f"{version.path}/main.py", *words, *piped, *kept))


def _arguments(tool: Tool) -> str:
    rows = "\n".join(_argument(param) for param in tool.contract.inputs)
    return f"## Arguments\n\n| name | kind | types | needed | meaning |\n|---|---|---|---|---|\n{rows}"


def _argument(param: Param) -> str:
    needed = "yes" if param.required else "no"
    return f"| `{param.name}` | {param.kind} | {', '.join(param.media_types)} | {needed} | {param.description} |"


def _results(tool: Tool, output: OutputSpec) -> str:
    rows = "\n".join(f"- {_result(made, output)}" for made in tool.contract.outputs)
    return f"## Result\n\n{rows}"


def _result(made: ToolOutput, output: OutputSpec) -> str:
    types = ", ".join(made.media_types)
    if made.kind in _TEXT_KINDS:
        return f"{types} on standard output"
    named = "named by the program after the input" if output.naming == "derived" else "named as asked"
    return (
        f"a file of type {types}, {named}; usual ending `{output.suffix}`"
        if output.suffix
        else f"a file of type {types}"
    )


def _evidence(version: Version, proof: Proof) -> str:
    held: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for run in proof.runs:
        tried[run.relation] += 1
        held[run.relation] += run.ok
    rows = "\n".join(f"| {relation} | {held[relation]} of {count} |" for relation, count in tried.items())
    return (
        f"## What the proof showed\n\nProfile `{proof.profile}`, in an {proof.tier} sandbox without a network. "
        f"Every run is in `{version.path}/proof.json`; `skillstrata verify` runs the fixtures again.\n\n"
        f"| run | held |\n|---|---|\n{rows}"
    )


def _limits(tool: Tool, version: Version, proof: Proof) -> str:
    others = [_branch_line(branch) for branch in tool.branches]
    softly = sorted({run.relation for run in proof.runs if not run.ok})
    lines = [
        f"- Proven on synthesised and demonstrated {version.input.media_type} only; other types are not meant for it.",
        "- It reads one file and touches nothing else; it has no network.",
        *([f"- Did not hold, and need not: {', '.join(softly)}."] if softly else []),
        *others,
    ]
    return "## Limits\n\n" + "\n".join(lines)


def _branch_line(branch: Branch) -> str:
    version = branch.current
    needs = (
        ", ".join(f"`{name}`" for name in (*version.requirements, *version.binaries)) or "the standard library alone"
    )
    return f"- Branch `{branch.name}`, version {version.number}: needs {needs}."


def _ending(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    # Endings come from file names of the user: only what is certainly one is shown.
    return (
        f".{ending.lower()}" if dot and ending.isascii() and ending.isalnum() and len(ending) <= len("markdown") else ""
    )
