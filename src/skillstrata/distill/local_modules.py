"""The helper files of a session that a program cannot run without: its own modules, and scripts and filters it names.

In     a program's text, its place, the files of the session as they stood when it ran
Out    Module per helper, with the events that made it
Never  reads the disk; takes a file that the session did not write
"""

import posixpath
import re
from collections.abc import Iterator

from skillstrata.distill.places import absolute
from skillstrata.distill.virtual_files import FileText, VirtualFiles
from skillstrata.records.executions import Module

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<from>\.*[\w.]*)[ \t]+import[ \t]+(?P<names>[(\w ,*]+)|import[ \t]+(?P<plain>[\w., ]+))",
    re.MULTILINE,
)
_REQUIRE = re.compile(r"(?:\brequire\s*\(|\bfrom\s|\bimport\s*\(?)\s*['\"](\.{1,2}/[^'\"\n]+)['\"]")
_NODE_FORMS = ("", ".js", ".mjs", ".cjs", ".json", ".ts", "/index.js")
_PROGRAM_ENDS = frozenset(
    ".py .sh .bash .js .mjs .cjs .awk .jq .sed .sql .xsl .xslt .lua .css .tex .tmpl .template .pl .rb .lua".split()
)
_MOST = 32


def local_modules(
    body: str, language: str, places: tuple[str, ...], files: VirtualFiles
) -> tuple[tuple[Module, FileText], ...]:
    """Find the helpers of a program.

    Args:
        body: Its text.
        language: "python", "node" or "shell".
        places: The folders its imports are looked up in: its own, the one it ran in.
        files: The session's files.
    """
    known = {path: text for path, text in files.texts() if posixpath.splitext(path)[1].lower() in _PROGRAM_ENDS}
    if not known:
        return ()
    found: dict[str, None] = {}
    waiting = [(body, language, tuple(dict.fromkeys(p for p in places if p)))]
    while waiting and len(found) < _MOST:
        text, speech, folders = waiting.pop()
        for path in _named(text, speech, folders, known):
            if path not in found and text != known[path]:
                found[path] = None
                inside = _speech(path)
                waiting.append((known[path], inside, (posixpath.dirname(path), *folders)))
    states = ((path, files.get(path)) for path in sorted(found))
    return tuple((Module(path, known[path]), state) for path, state in states if state is not None)


def _speech(path: str) -> str:
    ending = posixpath.splitext(path)[1]
    return "python" if ending == ".py" else "node" if ending in {".js", ".mjs", ".cjs"} else "shell"


def _named(text: str, language: str, folders: tuple[str, ...], known: dict[str, str]) -> Iterator[str]:
    match language:
        case "python":
            candidates = (absolute(name, folder) for name in _python_names(text) for folder in folders)
        case "node":
            wanted = (m.group(1) + form for m in _REQUIRE.finditer(text) for form in _NODE_FORMS)
            candidates = (absolute(name, folder) for name in wanted for folder in folders)
        case _:
            candidates = (path for path in known if _mentioned(posixpath.basename(path), text))
    return (path for path in candidates if path in known)


def _mentioned(name: str, text: str) -> bool:
    return name in text and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) is not None


def _python_names(text: str) -> Iterator[str]:
    """Give the files that each import may stand for, relative to a folder on the path."""
    for match in _IMPORT.finditer(text):
        if match["plain"]:
            dotted = [part.split(" as ")[0].strip() for part in match["plain"].split(",")]
        else:
            stem = match["from"].lstrip(".")
            members = [n.split(" as ")[0].strip(" (") for n in match["names"].split(",")]
            dotted = [stem, *(f"{stem}.{n}".lstrip(".") for n in members if n.isidentifier())]
        for name in filter(None, dotted):
            steps = name.split(".")
            for depth in range(1, len(steps) + 1):
                path = "/".join(steps[:depth])
                yield f"{path}.py"
                yield f"{path}/__init__.py"
