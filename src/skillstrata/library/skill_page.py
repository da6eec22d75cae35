"""Write the SKILL.md of a tool: frontmatter of the open Agent Skill format, and a page for whoever reads it.

In     Tool, the versions shown (the active one of each branch), their Proofs
Out    text; every word of it made of types, verbs, digests and numbers
Never  repeats a word of a trace, a prompt or a document
"""

import json
import shlex
from collections import Counter

from skillstrata.records.contracts import Param, ToolOutput
from skillstrata.records.drafts import OutputSpec
from skillstrata.records.programs import main_name
from skillstrata.records.proofs import Proof
from skillstrata.records.tools import Branch, Tool, Version

_MAX_DESCRIPTION = 1024
_TEXT_KINDS = ("text", "json")
_RUN_BY = {"python": "Python 3.11 or newer and uv", "shell": "bash", "node": "Node.js"}
_STARTED_BY = {"python": ("uv", "run"), "shell": ("bash",), "node": ("node",)}


Shown = tuple[tuple[Version, Proof], ...]
"""Versions with the proofs they were deposited with; at least one."""
_MOST_WORDS = 3


def skill_page(tool: Tool, shown: Shown) -> str:
    """Write the page: what holds for the tool once, what holds for a branch for each that is shown."""
    versions = tuple(version for version, _ in shown)
    parts = (
        _frontmatter(tool, versions),
        f"# {tool.name}\n\n{tool.contract.purpose}. {_loss_line(tool)}{_aliases(tool)}",
        _calls(tool, versions),
        _arguments(tool),
        _results(tool, versions[0].output),
        _evidence(shown),
        _limits(tool, shown),
    )
    return "\n\n".join(parts) + "\n"


def description(tool: Tool) -> str:
    """Say what a tool does and when to use it."""
    given = ", ".join(dict.fromkeys(m for param in tool.contract.inputs for m in param.media_types))
    made = ", ".join(tool.contract.outputs[0].media_types)
    inputs = [spec for b in tool.branches for v in b.versions for spec in v.inputs]
    endings = sorted({_ending(spec.example_name) for spec in inputs} - {""})
    files = f"{'/'.join(endings)} file ({given})" if endings else f"file of type {given}"
    text = (
        f"{tool.contract.purpose}. Use when a {files} is at hand and {made} is wanted; "
        "a verified program does it offline, so nothing needs to be written again."
    )
    return text[:_MAX_DESCRIPTION]


def _frontmatter(tool: Tool, versions: tuple[Version, ...]) -> str:
    binaries = sorted({name for version in versions for name in version.binaries})
    runs = " and ".join(dict.fromkeys(_RUN_BY[version.language] for version in versions))
    # A JSON string is a YAML string, whatever stands in it.
    quoted = {
        "name": tool.name,
        "description": description(tool),
        "compatibility": f"{runs}, or the skillstrata program" + (f"; needs {', '.join(binaries)}" if binaries else ""),
    }
    meta = {"kind": tool.kind, "made-by": "skillstrata", "visibility": tool.visibility}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in quoted.items()]
    lines += ["metadata:", *(f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in meta.items())]
    return "\n".join(("---", *lines, "---"))


def _aliases(tool: Tool) -> str:
    return f" It also answers to {', '.join(f'`{name}`' for name in tool.aliases)}." if tool.aliases else ""


def _loss_line(tool: Tool) -> str:
    if tool.contract.loss == "none":
        return "The content is kept."
    return "It keeps a part of the content on purpose."


def _calls(tool: Tool, versions: tuple[Version, ...]) -> str:
    first = versions[0]
    example = {spec.name: f"FILE{_ending(spec.example_name)}" for spec in first.inputs}
    sets = " ".join(f"--set {spec.name}=FILE" for spec in first.inputs)
    commands = "\n".join(_plain_command(version) for version in versions)
    return (
        "## Call it\n\n"
        f"In the sandbox, with its pinned environment{_dispatch(tool)}:\n\n"
        f"```sh\nskillstrata run {tool.name} {sets} --out DIR\n```\n\n"
        f"Over MCP: `skills_call` with `{json.dumps({'name': tool.name, 'arguments': example})}`.\n\n"
        "Without skillstrata, unsandboxed, in this folder:\n\n"
        f"```sh\n{commands}\n```"
    )


def _dispatch(tool: Tool) -> str:
    return "; the type of the file chooses the branch" if len(tool.branches) > 1 else ""


def _plain_command(version: Version) -> str:
    shown = {spec.name: "INPUT" if at == 0 else f"INPUT{at + 1}" for at, spec in enumerate(version.inputs)}
    shown |= {option.name: shlex.quote(option.default) for option in version.options}
    shown[version.output.name] = "OUTPUT"
    words = [
        _fixed(word.text) + shown.get(word.param, word.param.upper())
        if word.text and word.param
        else shown.get(word.param, word.param.upper())
        if word.param
        else _fixed(word.text)
        for word in version.words
    ]
    piped = ["<", shown[version.stdin_param]] if version.stdin_param else []
    kept = [">", "OUTPUT"] if version.output.kind == "text" else []
    main = f"{version.path}/{main_name(version.language)}"
    return " ".join((*_STARTED_BY[version.language], main, *words, *piped, *kept))


def _fixed(text: str) -> str:
    """Show a fixed word of a command; what could be a sentence is somebody's text, and agents read this page."""
    return shlex.quote(text if len(text.split()) <= _MOST_WORDS else "…")


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


def _evidence(shown: Shown) -> str:
    parts = ["## What the proof showed"]
    for version, proof in shown:
        if len(shown) > 1:
            parts.append(f"### {', '.join(version.given)}")
        parts.append(
            f"Profile `{proof.profile}`, in an {proof.tier} sandbox without a network. "
            f"Every run is in `{version.path}/proof.json`; `skillstrata verify` runs the fixtures again."
        )
        parts.append(f"| run | held |\n|---|---|\n{_tally(proof)}")
    return "\n\n".join(parts)


def _tally(proof: Proof) -> str:
    held: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for run in proof.runs:
        tried[run.relation] += 1
        held[run.relation] += run.ok
    return "\n".join(f"| {relation} | {held[relation]} of {count} |" for relation, count in tried.items())


def _limits(tool: Tool, shown: Shown) -> str:
    softly = sorted({run.relation for _, proof in shown for run in proof.runs if not run.ok})
    types = ", ".join(dict.fromkeys(m for param in tool.contract.inputs for m in param.media_types))
    files = max(len(version.inputs) for version, _ in shown)
    lines = [
        f"- Proven on synthesised and demonstrated {types} only; other types are not meant for it.",
        f"- It reads {'one file' if files == 1 else f'{files} files'} and touches nothing else; it has no network.",
        *([f"- Did not hold, and need not: {', '.join(softly)}."] if softly else []),
        *(_branch_line(branch) for branch in tool.branches),
    ]
    return "## Limits\n\n" + "\n".join(lines)


def _branch_line(branch: Branch) -> str:
    version = branch.current
    needs = (
        ", ".join(f"`{name}`" for name in (*version.requirements, *version.binaries)) or "the standard library alone"
    )
    behind = ", ".join(str(fallback.number) for fallback in branch.fallbacks)
    spare = f" Should it fail, version {behind} is tried." if behind else ""
    return f"- Branch `{branch.name}`, version {version.number}: needs {needs}.{spare}"


def _ending(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    # Endings come from file names of the user: only what is certainly one is shown.
    return (
        f".{ending.lower()}" if dot and ending.isascii() and ending.isalnum() and len(ending) <= len("markdown") else ""
    )
