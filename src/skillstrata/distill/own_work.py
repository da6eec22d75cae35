"""Recognise work that is not the agent's: our own program, the tools it deposited, and other programs that watch.

In     one Execution
Out    why it is no candidate, "" where it may be one
Why    a library that learns from its own calls fills up with itself
"""

import posixpath
import re

from skillstrata.distill.python_tree import program_tree
from skillstrata.records.executions import Execution

_PROGRAMS = {"skillstrata", "distiller"}
# How a deposited tool lies in the library, and in every folder it was copied to.
_DEPOSITED = re.compile(r"/branches/[^/]+/v\d+/(?:main|original)\.(?:py|[mc]?js|sh)$")
_WATCHING = re.compile(r"/\.(?:claude|codex|gemini|copilot)/(?:hooks|plugins)/")


def observer_in(execution: Execution) -> str:
    """Say what an execution is instead of an agent's program."""
    path = execution.script_path.replace("\\", "/")
    name = posixpath.basename(path).removesuffix(".exe")
    if name in _PROGRAMS or _package(path) in _PROGRAMS:
        return "it runs skillstrata"
    if _DEPOSITED.search(path):
        return "it runs a tool of the library by hand"
    if _WATCHING.search(path):
        return f"it runs {name}, which belongs to a hook or a plugin of the agent's client"
    if execution.body and "skillstrata" in execution.body and _imports_us(execution):
        return "it calls skillstrata from Python"
    return ""


def _package(path: str) -> str:
    """Give the package of a `…/package/__main__.py`, "" for any other file."""
    folder, name = posixpath.split(path)
    return posixpath.basename(folder) if name == "__main__.py" else ""


def _imports_us(execution: Execution) -> bool:
    tree = program_tree(execution.body or "")
    return tree is not None and any(name.split(".")[0] in _PROGRAMS for name in tree.imports.values())
