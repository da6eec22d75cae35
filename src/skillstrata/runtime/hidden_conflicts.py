"""Skills that quietly work on the same things: the same files, the same commands, the same outputs.

In     the skills that names mean
Out    a warning for each thing that several of them change
Never  takes a wide scope (`Bash`, `Write`, `Bash(git:*)`) or one that only looks for a sign of it
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import cast

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import Frontmatter, Skill

_TOOL = re.compile(r"([A-Za-z]+)\((.*)\)", re.DOTALL)
_WRITES = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
_RUNS = frozenset({"Bash", "PowerShell"})
_OUTPUT_KEYS = frozenset({"outputs", "output", "produces", "writes"})
_NAMES_OUTPUT = ("path", "file", "name")
_LOOKS = frozenset("blame cat describe diff find get grep head help info list log ls search show status view".split())
_WILD = frozenset({"*", "**", "**/*", ""})
_LEAST_WORDS = 2
_COMMAND = "the command "
_MOST_NAMED = 5


def hidden_conflicts(skills: Iterable[Skill]) -> tuple[Diagnostic, ...]:
    """Warn of skills that may write the same files, run the same commands or say that they make the same outputs."""
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for skill in skills:
        for scope in _scopes(skill.frontmatter):
            holders[scope].add(skill.id)
    _join_narrower(holders)
    found: list[Diagnostic] = []
    for scope, ids in sorted(holders.items()):
        if len(ids) > 1:
            named = ", ".join(sorted(ids)[:_MOST_NAMED]) + (" …" if len(ids) > _MOST_NAMED else "")
            found.append(Diagnostic("scope_shared", "warning", f"{len(ids)} skills share {scope}: {named}"))
    return tuple(found)


def _join_narrower(holders: defaultdict[str, set[str]]) -> None:
    """Count who holds `git push origin` among those who hold `git push`."""
    for scope in [one for one in holders if one.startswith(_COMMAND)]:
        words = scope.split(" ")
        for wider in (" ".join(words[:end]) for end in range(len(words) - 1, 0, -1)):
            if wider in holders:
                holders[wider] |= holders[scope]


def _scopes(front: Frontmatter) -> Iterator[str]:
    yield from (scope for pattern in front.allowed_tools if (scope := _scope(pattern)))
    for key, value in (*front.metadata, *front.unknown):
        if key.lower() in _OUTPUT_KEYS:
            yield from (f"the output {_place(name)}" for name in _outputs(_read(value)) if _place(name) not in _WILD)


@lru_cache(maxsize=4_096)
def _scope(pattern: str) -> str:
    """Give what one rule of a tool claims, "" for nothing that another skill could be in the way of."""
    hit = _TOOL.fullmatch(pattern)
    if hit is None:
        return ""
    if hit[1] in _WRITES and _place(hit[2]) not in _WILD:
        return f"the files {_place(hit[2])}"
    return f"{_COMMAND}{_command(hit[2])}" if hit[1] in _RUNS and _changes(_command(hit[2])) else ""


def _place(path: str) -> str:
    """Give a path as it compares: `./out/` and `out` are one place."""
    path = re.sub(r"/{2,}", "/", path.strip())
    return path.removeprefix("./").rstrip("/") or path


def _command(rule: str) -> str:
    """Give a rule as it compares: `git push:*`, `git push *` and `git push` are the same commands."""
    return " ".join(re.sub(r":?\*$", " ", rule.strip()).split())


def _changes(command: str) -> bool:
    words = command.split()
    return len(words) >= _LEAST_WORDS and not _LOOKS & set(words[:3]) and "*" not in words[:_LEAST_WORDS]


def _read(value: str) -> object:
    try:
        return cast("object", json.loads(value))
    except (ValueError, RecursionError):
        return value


def _outputs(value: object) -> Iterator[str]:
    """Give the names in a text with commas, a list of them, or a mapping."""
    if isinstance(value, str):
        yield from (name.strip() for name in re.split(r"[,\n]", value) if name.strip())
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _outputs(item)
    elif isinstance(value, dict):
        table = cast("dict[str, object]", value)
        named = [table[key] for key in _NAMES_OUTPUT if key in table]
        yield from _outputs(named[0] if named else list(table.values()))
