"""Read what a script says it needs: the `# /// script` block of PEP 723.

In     a program's text
Out    InlineMetadata, None where there is no block
Never  guesses: a block that does not parse is said to be unreadable
"""

import re
import tomllib
from dataclasses import dataclass
from typing import cast

_BLOCK = re.compile(r"(?m)^# /// (?P<kind>[a-zA-Z0-9-]+)$\s(?P<content>(?:^#(?:| .*)$\s)+)^# ///$")
_CLAUSE = re.compile(r"(?P<op>~=|==|!=|<=|>=|<|>)\s*v?(?P<release>\d+(?:\.\d+)*)(?P<any>\.\*)?")


@dataclass(frozen=True, slots=True)
class InlineMetadata:
    """The requirements as written; `problem` says why the block cannot be honoured here, "" where it can."""

    dependencies: tuple[str, ...] = ()
    requires_python: str = ""
    problem: str = ""


def inline_metadata(source: str, *, python: tuple[int, ...]) -> InlineMetadata | None:
    """Read the block of a program.

    Args:
        source: The program's text.
        python: The version it would run with here, as numbers.

    Source:
        PEP 723 and the specification "inline script metadata"; version clauses as in PEP 440, releases alone.
    """
    blocks = [b["content"] for b in _BLOCK.finditer(source.replace("\r\n", "\n")) if b["kind"] == "script"]
    if not blocks:
        return None
    if len(blocks) > 1:
        return InlineMetadata(problem="its head names its dependencies twice")
    text = "".join(line[2:] if line.startswith("# ") else line[1:] for line in blocks[0].splitlines(keepends=True))
    try:
        return _checked(tomllib.loads(text), python)
    except tomllib.TOMLDecodeError as error:
        return InlineMetadata(problem=f"the head that names its dependencies does not parse: {error}")


def _checked(table: dict[str, object], python: tuple[int, ...]) -> InlineMetadata:
    wanted, versions = table.get("dependencies", []), table.get("requires-python", "")
    if not isinstance(wanted, list) or not all(isinstance(w, str) for w in cast("list[object]", wanted)):
        return InlineMetadata(problem="the head that names its dependencies does not hold a list of texts")
    dependencies = tuple(cast("list[str]", wanted))
    fits = satisfies(python, versions) if isinstance(versions, str) else None
    if fits is None:
        return InlineMetadata(dependencies, str(versions), f"its requires-python {versions!r} cannot be read")
    here = ".".join(map(str, python))
    return InlineMetadata(dependencies, str(versions), "" if fits else f"it needs Python {versions}, this is {here}")


def satisfies(python: tuple[int, ...], clauses: str) -> bool | None:
    """Say whether a version satisfies `>=3.9,<4`; None where a clause is not one of plain release numbers."""
    answers: list[bool] = []
    for clause in filter(None, (part.strip() for part in clauses.split(","))):
        match = _CLAUSE.fullmatch(clause)
        if match is None or (match["any"] and match["op"] not in ("==", "!=")):
            return None
        release = tuple(int(part) for part in match["release"].split("."))
        if match["op"] == "~=" and len(release) == 1:
            return None
        answers.append(_holds(python, match["op"], release, is_prefix=bool(match["any"])))
    return all(answers)


def _holds(python: tuple[int, ...], operator: str, release: tuple[int, ...], *, is_prefix: bool) -> bool:
    width = max(len(python), len(release))
    here, there = (version + (0,) * (width - len(version)) for version in (python, release))
    equal = here[: len(release)] == release if is_prefix else here == there
    return {
        "==": equal,
        "!=": not equal,
        "~=": here >= there and here[: len(release) - 1] == release[:-1],
        ">=": here >= there,
        "<=": here <= there,
        ">": here > there,
        "<": here < there,
    }[operator]
