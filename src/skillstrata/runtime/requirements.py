"""Whether a version is in a range, and whether this machine has what a skill asks for.

In     a range as it was written: ">=1.2,<2", "^1.4", "~1.4.2", "1.x", "1 || 2"
Out    yes or no, and the reason in a sentence
"""

import re
from operator import ge, gt, le, lt, ne

from skillstrata.ports.host_facts import HostFacts
from skillstrata.records.skills import Requirement

_TERM = re.compile(r"(\^|~=|~|>=|<=|==|!=|>|<|=)?\s*v?(\d+(?:\.(?:\d+|[xX*]))*|[*xX])(-[0-9A-Za-z.-]+)?(?:\+\S*)?")
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(-[0-9A-Za-z.-]+)?(?:\+\S*)?")
_PARTS = 4
_COMPARE = {">": gt, ">=": ge, "<": lt, "<=": le, "!=": ne}
_KINDS = {"binary": "the program", "env": "the variable", "mcp": "the MCP server", "skill": "the skill"}
_ANY = frozenset({"*", "x", "latest"})

Version = tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]


def satisfies(version: str, wanted: str) -> bool:
    """Say whether a version is in a range; no range takes any version, and a range takes no unknown version."""
    if not wanted.strip() or wanted.strip() in _ANY:
        return True
    found = _version(version)
    return found is not None and any(_in_all(found, part) for part in wanted.split("||"))


def is_range(wanted: str) -> bool:
    """Say whether a range can be understood."""
    parts = wanted.split("||") if wanted.strip() and wanted.strip() not in _ANY else []
    return all(part.strip() and _terms(part) is not None for part in parts)


def unclear(requirement: Requirement) -> str:
    """Say what of a requirement is not understood; "" where all is."""
    if not (requirement.unclear or requirement.versions or requirement.each):
        return ""
    what = _KINDS.get(requirement.kind, requirement.kind)
    if requirement.unclear:
        return f"needs {what} {' or '.join(requirement.any_of)}, which is not understood"
    # Nobody asks a program or a server for its version.
    ranges = [versions for _, versions in requirement.choices] if requirement.kind == "skill" else []
    bad = next((versions for versions in ranges if versions and not is_range(versions)), "")
    return f"needs {what} {said(requirement)}, and {bad!r} is no range of versions" if bad else ""


def said(requirement: Requirement) -> str:
    """Give a requirement as one reads it."""
    if not requirement.each:
        return " or ".join(requirement.any_of) + (f" {requirement.versions}" if requirement.versions else "")
    return " or ".join(f"{name} {versions}".strip() for name, versions in requirement.choices)


def unmet(requirement: Requirement, facts: HostFacts) -> str:
    """Say what is missing of a program, variable or server; "" where one of the names is there."""
    look = {"binary": facts.has_binary, "env": facts.has_variable, "mcp": facts.has_mcp_server}.get(requirement.kind)
    if look is None or any(look(name) for name in requirement.any_of):
        return ""
    what = _KINDS[requirement.kind]
    there = "configured" if requirement.kind == "mcp" else "set" if requirement.kind == "env" else "on the path"
    return f"needs {what} {' or '.join(requirement.any_of)}, which is not {there}"


def _in_all(version: Version, wanted: str) -> bool:
    terms = _terms(wanted)
    return terms is not None and bool(terms) and all(_holds(version, *term) for term in terms)


def _terms(wanted: str) -> list[tuple[str, str, str]] | None:
    """Split a range into (operator, number, pre-release); None where some of it is no range."""
    rest = wanted.replace(",", " ").strip()
    found: list[tuple[str, str, str]] = []
    while rest:
        hit = _TERM.match(rest)
        if hit is None:
            return None
        found.append((hit[1] or "=", hit[2], hit[3] or ""))
        rest = rest[hit.end() :].strip()
    return found


def _holds(version: Version, operator: str, number: str, pre: str) -> bool:
    if number in {"*", "x", "X"}:
        return True
    low, high = _span(operator, number)
    bound = _version(low + pre)
    if bound is None:
        return False
    compare = _COMPARE.get(operator)
    if compare is not None:
        return compare(version, bound)
    return bound <= version < (high, False, ()) if high else version == bound


def _span(operator: str, number: str) -> tuple[str, tuple[int, ...]]:
    """Give where a term begins, and where it ends: () where it is one version."""
    parts = [int(part) for part in number.split(".") if part.isdigit()]
    wild = len(parts) < len(number.split("."))
    if operator == "^":
        # What may break changes the first number that is not zero.
        kept = next((n for n, part in enumerate(parts) if part), len(parts) - 1)
    elif operator in {"~", "~="}:
        kept = max(0, min(1, len(parts) - 1) if operator == "~" else len(parts) - 2)
    elif wild and operator in {"=", "=="}:
        kept = len(parts) - 1
    else:
        return ".".join(map(str, parts)), ()
    high = _padded((*parts[:kept], parts[kept] + 1))
    return ".".join(map(str, parts)), high


def _version(text: str) -> Version | None:
    """Give a version as something that compares; a pre-release comes before its release."""
    hit = _VERSION.fullmatch(text.strip())
    if hit is None:
        return None
    numbers = _padded(tuple(int(part) for part in hit[1].split(".")))
    pre = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in (hit[2] or "")[1:].split(".") if part
    )
    return numbers, not pre, pre


def _padded(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return numbers + (0,) * (_PARTS - len(numbers))
