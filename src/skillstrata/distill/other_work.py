"""Recognise programs that are no transforms whatever files they touch: tests, servers, work on a project.

In     Execution
Out    a Verdict with the place that shows it, None where nothing does
Never  counts comments or strings
"""

from skillstrata.distill.distributions import NETWORK_CALLS, NETWORK_MODULES
from skillstrata.distill.node_tree import node_tree
from skillstrata.distill.python_tree import program_tree
from skillstrata.distill.shell_text import ShellText, shell_text
from skillstrata.records.candidates import State, Verdict
from skillstrata.records.executions import BodyKind, Execution

_TEST_MODULES = {"pytest", "unittest", "doctest", "hypothesis"}
_SERVERS = {"serve_forever", "run_server", "HTTPServer", "ThreadingHTTPServer", "TCPServer", "runserver"}
_SERVER_CALLS = {"uvicorn.run", "app.run", "web.run_app", "server.serve_forever", "asyncio.start_server", "mcp.run"}
_NODE_TESTS = {"test", "node:test", "jest", "mocha", "vitest", "chai", "ava", "tap", "@jest/globals", "bun:test"}
_NODE_SERVERS = {"createServer", "listen", "Bun.serve", "Deno.serve"}
_NODE_FETCHES = {"fetch", "axios", "got", "http", "https", "undici", "node-fetch"}
_SHELL_FETCHES = {"curl", "wget", "aria2c", "scp", "rsync"}
_FED_BY = "standard input comes from "
_LISTING = {"ls", "find", "fd", "ps", "env", "printenv", "df", "du", "lsof", "date", "tree", "journalctl"}
_VERSIONS = {"git", "hg", "svn", "gh", "glab"}
_INSTALLS = {"pip", "pip3", "npm", "pnpm", "yarn", "apt", "apt-get", "brew", "conda", "cargo", "gem", "bun"}
_PROJECT = frozenset(
    """
    make cmake gradle mvn go rustc tsc eslint prettier docker docker-compose kubectl helm terraform ansible systemctl
    pytest jest vitest playwright ruff mypy black ssh scp rsync vercel netlify supabase aws gcloud az
    """.split()
)


def other_work(execution: Execution) -> Verdict | None:
    """Say what a program does instead of turning files into something."""
    match execution.language:
        case "node":
            return _node(execution.body or "")
        case "shell":
            shell = shell_text(execution.body or "", execution.argv)
            return None if shell is None else _shell(execution, shell)
        case _:
            return _python(execution.body or "")


def fed_by_other_work(gap: str) -> Verdict | None:
    """Judge a program by the command that feeds it, where the gap names one that looks at no file of content."""
    feeder = gap.removeprefix(_FED_BY) if gap.startswith(_FED_BY) else ""
    if feeder in _SHELL_FETCHES:
        return Verdict(State.SHELVED, "network", f"what it works on comes from the network: {feeder}")
    if feeder in _VERSIONS | _INSTALLS | _PROJECT | _LISTING:
        return Verdict(State.NOISE, "inspection", f"it reads what {feeder} prints")
    return None


def fetches(execution: Execution) -> str:
    """Say where a program gets content from the network, "" where its text shows nothing of the kind."""
    body = execution.body or ""
    match execution.language:
        case "node":
            tree = node_tree(body)
            calls = [tree.callee(call) for call in tree.calls] if tree is not None else []
            named = [c for c in calls if c in _NODE_FETCHES or c.split(".")[0] in _NODE_FETCHES]
        case "shell":
            shell = shell_text(body, execution.argv)
            named = [name for name in (shell.names if shell is not None else ()) if name in _SHELL_FETCHES]
        case _:
            python = program_tree(body)
            dotted = [python.dotted(call.func) for call in python.calls] if python is not None else []
            roots = {name.split(".")[0] for name in python.imports.values()} if python is not None else set[str]()
            named = [d for d in dotted if d in NETWORK_CALLS or (d.split(".")[0] in NETWORK_MODULES & roots)]
    return named[0] if named else ""


def _python(body: str) -> Verdict | None:
    tree = program_tree(body)
    if tree is None:
        return None
    modules = {name.split(".")[0] for name in tree.imports.values()}
    if modules & _TEST_MODULES:
        return Verdict(State.NOISE, "tests", f"it imports {', '.join(sorted(modules & _TEST_MODULES))}")
    for call in tree.calls:
        name = tree.dotted(call.func)
        if name in _SERVER_CALLS or name.rsplit(".", 1)[-1] in _SERVERS:
            return Verdict(State.NOISE, "server", f"{name} at line {call.lineno}")
    return None


def _node(body: str) -> Verdict | None:
    tree = node_tree(body)
    if tree is None:
        return None
    tests = sorted({module for module, _ in tree.imports} & _NODE_TESTS)
    if tests:
        return Verdict(State.NOISE, "tests", f"it imports {', '.join(tests)}")
    for call in tree.calls:
        name = tree.callee(call)
        if name in _NODE_SERVERS or ("." in name and name.rsplit(".", 1)[-1] in _NODE_SERVERS):
            return Verdict(State.NOISE, "server", f"{name} at line {tree.line(call)}")
    return None


def _shell(execution: Execution, shell: ShellText) -> Verdict | None:
    names = set(shell.names)
    for reason, group, does in (
        ("version_control", _VERSIONS, "works on a repository"),
        ("installs", _INSTALLS, "installs or builds"),
        ("project_work", _PROJECT, "works on a project or another machine"),
    ):
        if names & group:
            return Verdict(State.NOISE, reason, f"it {does}: {', '.join(sorted(names & group))}")
    if shell.in_place:
        return Verdict(State.NOISE, "in_place_edit", "it changes files in place")
    if not shell.transforms and execution.body_kind is not BodyKind.PIPELINE:
        started = ", ".join(sorted(names - {"echo"})[:5]) or "nothing"
        return Verdict(State.NOISE, "inspection", f"it starts no program that turns a file into something: {started}")
    return None
