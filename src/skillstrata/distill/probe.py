"""List what a program needs and touches, from its syntax tree: imports, programs it starts, network, clock, deletions.

In     one Execution with a body, and whether a program is on the PATH
Out    ProbeReport; its verdict sets aside what cannot or must not be replayed here, with the command that frees it
Never  counts comments or strings; runs, imports or installs anything
"""

import ast
import itertools
import posixpath
import re
import sys
from collections.abc import Callable

from skillstrata.distill.constant_paths import constant_text
from skillstrata.distill.distributions import (
    NETWORK_CALLS,
    NETWORK_MODULES,
    WINDOWS_ONLY,
    Resolution,
    resolve,
)
from skillstrata.distill.findings import Findings, report_of
from skillstrata.distill.inline_metadata import InlineMetadata, inline_metadata
from skillstrata.distill.path_flow import PathFlow
from skillstrata.distill.probe_home import home_reads
from skillstrata.distill.probe_node import probe_node
from skillstrata.distill.probe_shell import probe_shell
from skillstrata.distill.python_tree import ProgramTree, program_tree
from skillstrata.distill.shell import commands
from skillstrata.distill.started import note_started
from skillstrata.records.candidates import ProbeReport, State, Verdict
from skillstrata.records.executions import Execution

_STDLIB = sys.stdlib_module_names
_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception"}
_RUNNERS = frozenset(
    """
    subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen
    subprocess.getoutput subprocess.getstatusoutput os.system os.popen os.execvp os.spawnvp
    asyncio.create_subprocess_exec asyncio.create_subprocess_shell
    """.split()
)
_CLOCK = re.compile(
    r"(?:(?:\?\.|datetime\.)?(?:datetime|date)|pandas\.Timestamp|arrow|pendulum)\.(?:now|today|utcnow)$"
    r"|time\.(?:(?:time|monotonic|perf_counter)(?:_ns)?|localtime|gmtime|strftime|ctime|asctime)$"
)
_RANDOM = re.compile(r"(?:random|secrets|numpy\.random)\.\w+$|uuid\.uuid[14]$|os\.urandom$")
_ENVIRONMENT = re.compile(r"os\.(?:environ\.get|getenv|environ)$")
_DELETES = {"shutil.rmtree", "os.remove", "os.unlink", "os.rmdir", "os.removedirs", "send2trash.send2trash"}
_DELETE_METHODS = {"unlink", "rmdir"}
_KILLS = {"os.truncate", "os.kill", "os.killpg"}
_SHELL_WORD = re.compile(r"\s*(?:\w+=\S*\s+)*([\w./+-]+)")


def probe(
    execution: Execution,
    *,
    binaries_on_path: Callable[[str], bool],
    distribution: Callable[[str], Resolution] = resolve,
    node_package: Callable[[str], bool] = lambda _name: False,
) -> ProbeReport:
    """Examine a program.

    Args:
        execution: With a body. Snapshots of its folder tell a module of the project from an unknown distribution.
        binaries_on_path: Says whether a program can be started here.
        distribution: Settles which distribution provides a module; the curated table alone where it is not given.
        node_package: Says whether a node program can have this package; none where it is not given.
    """
    try:
        if execution.language == "node":
            return probe_node(execution, binaries_on_path=binaries_on_path, node_package=node_package)
        if execution.language == "shell":
            return probe_shell(execution, binaries_on_path, lambda body, found: _helper(body, execution, found))
        return _probe_python(execution, binaries_on_path, distribution)
    except RecursionError:
        return ProbeReport(verdict=Verdict(State.REJECTED, "too_large", "the program is nested too deeply to be read"))


def _probe_python(
    execution: Execution, on_path: Callable[[str], bool], distribution: Callable[[str], Resolution]
) -> ProbeReport:
    body = execution.body or ""
    helpers = tuple(m.text for m in execution.modules if m.path.endswith(".py"))
    trees = [tree for text in (body, *helpers) if (tree := program_tree(text)) is not None]
    if len(trees) <= len(helpers):
        verdict = Verdict(State.REJECTED, "syntax_error", "the program does not parse as Python 3")
        return ProbeReport(verdict=verdict)
    found = Findings()
    for tree in trees:
        _imports(tree, execution, found)
    declared = inline_metadata(body, python=sys.version_info[:3])
    _requirements(found, declared, distribution, execution.installed)
    for tree in trees:
        _calls(tree, on_path, found)
    found.home += [place for text in (body, *helpers) for place in home_reads(text, execution)]
    return report_of(found, (body, *helpers), declared)


def _helper(body: str, execution: Execution, found: Findings) -> None:
    """Note what a Python helper of a shell script imports and does."""
    tree = program_tree(body)
    if tree is not None:
        _imports(tree, execution, found)
        _requirements(found, None, resolve)
        _calls(tree, lambda _name: True, found)


def _neighbours(execution: Execution) -> set[str]:
    """Give the names of modules that stand beside the script, as far as the record shows them."""
    folders = {execution.cwd, posixpath.dirname(execution.script_path)} - {""}
    beside: set[str] = set()
    for snapshot in execution.snapshots:
        folder, name = posixpath.split(snapshot.path)
        if folder in folders and name.endswith(".py") and snapshot.path != execution.script_path:
            beside.add(name.removesuffix(".py"))
    return beside - _bundled(execution)


def _bundled(execution: Execution) -> set[str]:
    """Give the first names under which a program imports the helpers that come with it."""
    names: set[str] = set()
    for module in execution.modules:
        folder, name = posixpath.split(module.path)
        names.add(posixpath.basename(folder) if name == "__init__.py" else posixpath.splitext(name)[0])
        names.add(posixpath.basename(folder))
    return names - {""}


def _imports(tree: ProgramTree, execution: Execution, found: Findings) -> None:
    neighbours, bundled = _neighbours(execution), _bundled(execution)
    for node in ast.walk(tree.module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] not in bundled:
                    _one_import(tree, node, alias.name, neighbours, found)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in bundled or (node.level and _bundles_beside(node, bundled)):
                continue
            if node.level:
                found.local.append(f"{'.' * node.level}{node.module or ''} at line {node.lineno}")
            else:
                _one_import(tree, node, node.module or "", neighbours, found)


def _bundles_beside(node: ast.ImportFrom, bundled: set[str]) -> bool:
    return not node.module and all(alias.name in bundled for alias in node.names)


def _one_import(
    tree: ProgramTree, node: ast.Import | ast.ImportFrom, module: str, neighbours: set[str], found: Findings
) -> None:
    top = module.split(".", maxsplit=1)[0]
    entry = f"{top} at line {node.lineno}"
    optional = _is_optional(tree, node)
    found.imports.append(f"{entry} (optional)" if optional else entry)
    if optional:
        return
    if top in WINDOWS_ONLY:
        found.windows.append(entry)
    elif top in neighbours:
        found.local.append(entry)
    elif top in _STDLIB:
        return
    else:
        found.foreign.setdefault(top, entry)


def _requirements(
    found: Findings,
    declared: InlineMetadata | None,
    distribution: Callable[[str], Resolution],
    installed: tuple[str, ...] = (),
) -> None:
    """Take what the program's own head declares, else settle each import."""
    if declared is not None:
        found.requirements.update(declared.dependencies)
        found.evidence.append("as its own head declares")
        return
    for module, entry in found.foreign.items():
        known = distribution(module)
        if known.of_project:
            found.local.append(entry)
        elif known.problem:
            found.ambiguous.append((module, known.problem))
        elif known.distribution:
            found.requirements.add(known.distribution)
        elif (by_session := _same_name(module, installed)) is not None:
            found.requirements.add(by_session)
            found.evidence.append(f"{module} is {by_session}, which the session installed")
        else:
            found.unknown.append(entry)
        found.evidence += [known.evidence] if known.evidence else []


def _same_name(module: str, installed: tuple[str, ...]) -> str | None:
    """Give the distribution of the module's own name, where the session itself installed it and it worked."""
    return next((d for d in installed if re.sub(r"[-_.]+", "_", d).lower() == module.lower()), None)


def _is_optional(tree: ProgramTree, node: ast.AST) -> bool:
    """Recognise an import under `try` whose failure is caught without ending the program."""
    child, parent = node, tree.parent(node)
    while parent is not None and not isinstance(parent, ast.Module):
        if isinstance(parent, ast.Try) and any(child is s for s in parent.body):
            return any(_catches_import_error(h) and not _ends(h) for h in parent.handlers)
        child, parent = parent, tree.parent(parent)
    return False


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(k, ast.Name) and k.id in _IMPORT_ERRORS for k in kinds)


def _ends(handler: ast.ExceptHandler) -> bool:
    """Say whether a handler gives up instead of falling back."""
    for node in ast.walk(handler):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"exit", "quit", "_exit"}:
                return True
    return False


def _calls(tree: ProgramTree, on_path: Callable[[str], bool], found: Findings) -> None:
    made = _made_folders(tree)
    for call in sorted(tree.calls, key=lambda c: (c.lineno, c.col_offset)):
        name = tree.dotted(call.func)
        entry = f"{name} at line {call.lineno}"
        if name in _RUNNERS:
            _started(tree, call, on_path, found)
        elif _is_network(tree, call, name):
            found.network.append(entry)
        elif name in _KILLS or _deletes_foreign(tree, call, name, made):
            found.destructive.append(entry)
        for pattern, into in ((_RANDOM, found.randomness), (_ENVIRONMENT, found.environment)):
            if pattern.match(name):
                into.append(entry)
    found.clock += _clock(tree)
    for load in tree.attribute_loads.get("environ", ()):
        if tree.dotted(load) == "os.environ" and isinstance(tree.parent(load), ast.Subscript):
            found.environment.append(f"os.environ at line {load.lineno}")


def _clock(tree: ProgramTree) -> list[str]:
    """Find every mention of the clock's functions: `default_factory=datetime.now` calls none and reads the clock."""
    mentions: list[ast.Name | ast.Attribute] = [a for loads in tree.attribute_loads.values() for a in loads]
    mentions += [n for name, loads in tree.loads.items() if name in tree.imports for n in loads]
    mentions.sort(key=lambda m: (m.lineno, m.col_offset))
    return [f"{name} at line {m.lineno}" for m in mentions if _CLOCK.match(name := tree.dotted(m))]


def _is_network(tree: ProgramTree, call: ast.Call, name: str) -> bool:
    root = name.split(".", maxsplit=1)[0]
    if name in NETWORK_CALLS:
        return True
    # A variable that happens to be called `requests` is no module.
    return root in NETWORK_MODULES and root in {v.split(".")[0] for v in tree.imports.values()} and "." in name


def _made_folders(tree: ProgramTree) -> set[str]:
    """Give the names bound to temporary folders or files: deleting those is tidy, not destructive."""
    made: set[str] = set()
    for (_scope, name), bound in tree.bindings.items():
        for binding in bound:
            value = binding.value
            if isinstance(value, ast.Call) and tree.dotted(value.func).startswith("tempfile."):
                made.add(name)
    for node in ast.walk(tree.module):
        if isinstance(node, ast.withitem) and isinstance(node.context_expr, ast.Call):
            from_tempfile = tree.dotted(node.context_expr.func).startswith("tempfile.")
            if from_tempfile and isinstance(node.optional_vars, ast.Name):
                made.add(node.optional_vars.id)
    return made


def _deletes_foreign(tree: ProgramTree, call: ast.Call, name: str, made: set[str]) -> bool:
    """Say whether a call deletes something that the program did not make itself."""
    if name in _DELETES:
        return not (call.args and _is_own(tree, call.args[0], made))
    if isinstance(call.func, ast.Attribute) and call.func.attr in _DELETE_METHODS and "." in name:
        return not _is_own(tree, call.func.value, made)
    return False


def _is_own(tree: ProgramTree, target: ast.expr, made: set[str]) -> bool:
    """Recognise a temporary place, or a path that the program also writes."""
    while isinstance(target, ast.Attribute):
        target = target.value
    if not isinstance(target, ast.Name):
        return False
    if target.id in made:
        return True
    value = tree.sole_value(target)
    return value is not None and "write" in PathFlow(tree).uses(value)


def _started(tree: ProgramTree, call: ast.Call, on_path: Callable[[str], bool], found: Findings) -> None:
    started = _commands(tree, call)
    if not started:
        found.binaries.append(f"? at line {call.lineno}")
    for words in started:
        note_started(words, f"at line {call.lineno}", on_path, found)


def _commands(tree: ProgramTree, call: ast.Call) -> list[list[str]]:
    """Give the constant first words of each command that a call starts, nothing where the program works them out."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Name):
        first = tree.sole_value(first)
    if isinstance(first, ast.List | ast.Tuple):
        words = _listed_words(first)
        return [words] if words else []
    text = constant_text(tree, first) if first is not None else None
    if text is not None:
        known = [_known_words(c.argv) for c in commands(text).commands]
        return [words for words in known if words]
    if isinstance(first, ast.BinOp):
        first = first.left
    if isinstance(first, ast.JoinedStr) and first.values:
        first = first.values[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        match = _SHELL_WORD.match(first.value)
        return [[match.group(1), *first.value[match.end() :].split()]] if match else []
    return []


def _known_words(argv: tuple[str | None, ...]) -> list[str]:
    return [w for w in itertools.takewhile(bool, argv) if w]


def _listed_words(holder: ast.List | ast.Tuple) -> list[str]:
    words: list[str] = []
    for element in holder.elts:
        if isinstance(element, ast.Constant) and isinstance(element.value, str):
            words.append(element.value)
        elif isinstance(element, ast.Attribute) and element.attr == "executable" and not words:
            words.append("python3")
        else:
            break
    return words if words and words[0] else []
