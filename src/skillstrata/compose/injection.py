"""Rules for places where text becomes a command, an address or a file name.

In     a step's input and the node it calls
Out    findings
Never  lets a template into the text of a shell script: values reach it as variables
"""

import re

from skillstrata.compose.command_tables import steers
from skillstrata.compose.command_words import word_faults
from skillstrata.compose.findings import Findings, Parts, parts_of
from skillstrata.compose.template_cursor import Expression
from skillstrata.compose.template_faults import TemplateInvalid
from skillstrata.compose.templates import Template, parse_template, texts_in
from skillstrata.compose.tool_schema import DeclaredStep
from skillstrata.records.capabilities import Capability
from skillstrata.records.json_values import Json

_SCRIPT_FIELDS = frozenset({"script", "command", "cmd", "commands", "code", "shell"})
_SHELLS = frozenset(
    "bash sh zsh shell powershell terminal exec execute execute_command run_command run_shell_command".split()
)
_URL_FIELDS = frozenset({"url", "uri", "urls", "href", "endpoint"})
_PROGRAM_FIELDS = ("command", "program", "cmd")
_ENV_FIELDS = frozenset({"env", "environment"})
_HOST = re.compile(r"https?://[^/{}?#\s@]+[/?#]", re.IGNORECASE)
_ENV = 'write script: … "$NAME" … and env: {NAME: "{{…}}"}, or argv: [PROGRAM, --, "{{…}}"]'


def check_injection(step: DeclaredStep, node: Capability, findings: Findings) -> None:
    """Tell of every template in this step that could change what a command or an address means."""
    executes = "exec" in node.needs or _bare(node) in _SHELLS
    for key, value in step.input.items():
        at = (*step.input_at, key)
        if key in _SCRIPT_FIELDS:
            _check_script(value, at, executes, findings)
        elif key in _URL_FIELDS:
            for pointer, text in texts_in(value):
                _check_url(text, (*at, *parts_of(pointer, value)), findings)
        elif key == "argv" and executes:
            _check_argv(value, at, step, findings)
        elif key == "args" and executes and isinstance(value, list):
            program = next((step.input[name] for name in _PROGRAM_FIELDS if name in step.input), "")
            _check_words([program, *value], at, 1, step, findings)
        elif key in _ENV_FIELDS and executes:
            _check_env(value, at, findings)
    for key in step.input:
        if "{{" in key:
            findings.warning("key", f"{key!r}: keys are never templates", (*step.input_at, key), "use a literal key")


def _bare(node: Capability) -> str:
    return node.name.removeprefix(f"mcp:{node.server}/").lower()


def _check_script(value: Json, at: Parts, executes: bool, findings: Findings) -> None:
    for pointer, _ in texts_in(value):
        place = (*at, *parts_of(pointer, value))
        if executes:
            findings.error("shell_template", f"a template inside the text of a command ({at[-1]})", place, _ENV)
        else:
            findings.warning("shell_template", f"{at[-1]} may be run as a command, with a template in it", place, _ENV)


def _check_url(text: str, at: Parts, findings: Findings) -> None:
    template = _parsed(text)
    if template is None or not template.pieces:
        return
    first = template.pieces[0]
    if isinstance(first, Expression) or not _HOST.match(first):
        hint = "write the scheme and host literally where they are known; the host is checked when the tool runs"
        findings.warning("url_host", f"the host of {text!r} comes from a value", at, hint)
        return
    for expression in template.expressions:
        if not any(call.name == "urlencode" for call in expression.filters):
            hint = f"{{{{{expression.text} | urlencode}}}}"
            findings.warning("url_text", f"{expression.text} goes into an address as it is", at, hint)


def _check_argv(value: Json, at: Parts, step: DeclaredStep, findings: Findings) -> None:
    if isinstance(value, str) and "{{" in value:
        findings.error("argv", "the whole command comes from a value", at, "argv: [PROGRAM, --, …]")
    if isinstance(value, list):
        _check_words(value, at, 0, step, findings)


def _check_words(words: list[Json], at: Parts, before: int, step: DeclaredStep, findings: Findings) -> None:
    texts = tuple(word if isinstance(word, str) else "" for word in words)
    stdin = any(True for _ in texts_in(step.input.get("stdin")))
    for fault in word_faults(texts, allowed=step.allow_options, stdin=stdin):
        code, hint = _ABOUT_WORDS[fault.kind]
        if fault.number >= before:
            findings.error(code, fault.message, (*at, fault.number - before), hint)


_ABOUT_WORDS = {
    "code": ("shell_template", 'let values be arguments of literal code: argv: [bash, -c, \'… "$1" …\', _, "{{…}}"]'),
    "variable": ("shell_template", "write its value literally, or give the value by a variable of another name"),
    "program": ("argv", "name the program literally, as the first word"),
    "option": (
        "argv",
        'put "--" before it or write --name={{…}}; allow_options: true on the step if the program knows neither',
    ),
}


def _check_env(value: Json, at: Parts, findings: Findings) -> None:
    if isinstance(value, str) and "{{" in value:
        findings.error("shell_template", "the names of the variables come from a value", at, 'env: {NAME: "{{…}}"}')
    for name, inner in value.items() if isinstance(value, dict) else ():
        if steers(name) and any(True for _ in texts_in(inner)):
            message = f"{name} decides what a program loads, and its value is a template"
            findings.error("shell_template", message, (*at, name), _ABOUT_WORDS["variable"][1])


def _parsed(text: str) -> Template | None:
    try:
        return parse_template(text) if "{{" in text else None
    except TemplateInvalid:
        return None
