"""List what a node program needs and touches: packages, programs it starts, network, clock, deletions.

In     one Execution with a body in JavaScript
Out    ProbeReport; its verdict sets aside what cannot or must not be replayed here, with the command that frees it
Never  counts comments or strings; runs, requires or installs anything
"""

import re
from collections.abc import Callable

from tree_sitter import Node

from skillstrata.distill.findings import Findings, report_of
from skillstrata.distill.node_tree import NodeTree, node_tree
from skillstrata.distill.probe_home import WHOLE, is_recorded
from skillstrata.distill.readings import SYNTAX, is_typescript
from skillstrata.distill.shell import commands
from skillstrata.distill.started import note_started
from skillstrata.records.candidates import ProbeReport, State, Verdict
from skillstrata.records.events import Outcome
from skillstrata.records.executions import Execution

BUILT_IN = frozenset(
    """
    assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events
    fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl sea sqlite
    stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib
    """.split()
)
_NETWORK_MODULES = {"http", "https", "net", "dgram", "tls", "http2", "dns"}
_NETWORK_PACKAGES = frozenset(
    """
    axios got node-fetch undici superagent request ws socket.io-client playwright puppeteer nodemailer pg mysql2 mysql
    mongodb mongoose redis ioredis openai @anthropic-ai/sdk @supabase/supabase-js firebase-admin aws-sdk
    """.split()
)
_NETWORK_CALLS = {"fetch", "XMLHttpRequest", "WebSocket", "EventSource"}
_DELETES = {"rmSync", "rm", "unlinkSync", "unlink", "rmdirSync", "rmdir", "rimraf", "truncateSync", "emptyDirSync"}
_KILLS = {"process.kill"}
_CLOCKS = {"Date.now", "performance.now", "process.hrtime", "process.hrtime.bigint"}
_RANDOM = re.compile(r"Math\.random$|crypto\.(?:random\w*|getRandomValues)$|(?:^|\.)(?:randomUUID|nanoid|uuidv4)$")
_STARTERS = re.compile(r"(?:child_process\.)?(?:exec|execSync|spawn|spawnSync|execFile|execFileSync|fork)$")
_WHOLE_LINE = {"exec", "execSync"}
_FREE = "skillstrata unshelve {id}"


def probe_node(
    execution: Execution, *, binaries_on_path: Callable[[str], bool], node_package: Callable[[str], bool]
) -> ProbeReport:
    """Examine a node program and the helpers that come with it.

    Args:
        execution: With a body.
        binaries_on_path: Says whether a program can be started here.
        node_package: Says whether the program can have this package.
    """
    if is_typescript(execution):
        free = "write the program in plain JavaScript and run it again"
        return ProbeReport(verdict=Verdict(State.SHELVED, "unsupported", "TypeScript is not replayed", free))
    bodies = (execution.body or "", *(m.text for m in execution.modules if not m.path.endswith(".json")))
    found = Findings()
    bundled = {m.path for m in execution.modules}
    for body in bodies:
        tree = node_tree(body)
        ran = execution.outcome in {Outcome.OK, Outcome.BENIGN}
        if tree is None or not (tree.complete or ran):
            return ProbeReport(verdict=Verdict(State.REJECTED, "syntax_error", SYNTAX["node"]))
        _imports(tree, bundled, node_package, found)
        _calls(tree, binaries_on_path, found)
        found.home += _home(tree, execution)
    if not binaries_on_path("node"):
        found.missing.append("node")
    return report_of(found, bodies)


def _imports(tree: NodeTree, bundled: set[str], available: Callable[[str], bool], found: Findings) -> None:
    for module, line in tree.imports:
        entry = f"{module} at line {line}"
        found.imports.append(entry)
        plain = module.removeprefix("node:").split("/")[0]
        if module.startswith((".", "/")):
            stem = module.rsplit("/", 1)[-1]
            if not any(path.rsplit("/", 1)[-1].startswith(stem) for path in bundled) and not stem.endswith(".json"):
                found.local.append(entry)
            continue
        if module.startswith("node:") or plain in BUILT_IN or module == "bun":
            continue
        name = "/".join(module.split("/")[: 2 if module.startswith("@") else 1])
        if name in _NETWORK_PACKAGES:
            found.network.append(entry)
        elif not available(name):
            found.packages.append(f"{name} at line {line}")
        else:
            found.requirements.add(name)


def _calls(tree: NodeTree, on_path: Callable[[str], bool], found: Findings) -> None:
    made = _made(tree)
    for call in tree.calls:
        name = tree.callee(call)
        last = name.rsplit(".", 1)[-1]
        entry = f"{name} at line {tree.line(call)}"
        given = tree.given(call)
        if name in _NETWORK_CALLS or (name.split(".")[0] in _NETWORK_MODULES and "." in name):
            found.network.append(entry)
        elif name in _KILLS or (last in _DELETES and not (given and tree.text(given[0]) in made)):
            found.destructive.append(entry)
        elif _STARTERS.match(name) and not name.startswith("?"):
            _started(tree, given, last, f"at line {tree.line(call)}", on_path, found)
        if name in _CLOCKS or (call.type == "new_expression" and name == "Date" and not given):
            found.clock.append(entry)
        if _RANDOM.search(name):
            found.randomness.append(entry)
    for member in tree.members:
        if tree.dotted(member) == "process.env":
            found.environment.append(f"process.env at line {tree.line(member)}")


def _home(tree: NodeTree, execution: Execution) -> list[str]:
    """Give the places below the home folder that the program names and the session did not record."""
    found: list[str] = []
    for call in tree.calls:
        if tree.callee(call).rsplit(".", 1)[-1] != "homedir":
            continue
        holder = call.parent.parent if call.parent is not None else None
        rest = [] if holder is None or tree.callee(holder) != "path.join" else tree.given(holder)[1:]
        texts = [tree.value(one).text for one in rest]
        place = "/".join(("~", *(text for text in texts if text)))
        if not texts or None in texts or not (is_recorded(place, execution) or _only_written(tree, holder)):
            found.append(place if texts and None not in texts else WHOLE)
    return found


def _only_written(tree: NodeTree, holder: Node | None) -> bool:
    call = holder.parent.parent if holder is not None and holder.parent is not None else None
    return call is not None and call.type == "call_expression" and "write" in tree.callee(call)


def _made(tree: NodeTree) -> set[str]:
    """Give the expressions that the program itself writes to: deleting those is tidy."""
    made: set[str] = set()
    for call in tree.calls:
        last = tree.callee(call).rsplit(".", 1)[-1]
        given = tree.given(call)
        if given and (last.startswith(("write", "mkdtemp", "createWrite", "copyFile")) or last == "Bun.write"):
            made.add(tree.text(given[0]))
    for name, bound in tree.bindings.items():
        if any(b is not None and "mkdtemp" in tree.text(b) for b in bound):
            made.add(name)
    return made


def _started(
    tree: NodeTree, given: list[Node], last: str, place: str, on_path: Callable[[str], bool], found: Findings
) -> None:
    text = tree.value(given[0]).text if given else None
    if text is None:
        found.binaries.append(f"? {place}")
        return
    if last in _WHOLE_LINE:
        lines = [[w for w in c.argv if w] for c in commands(text).commands]
    else:
        lines = [[text]]
    for words in filter(None, lines):
        note_started(words, place, on_path, found)
