"""Frontmatter that is almost YAML, read as it was meant.

In     the lines between the fences, and what YAML said about them
Out    values, with a diagnostic for each line that was read otherwise than it stands
Never  changes a key that reads well alone; repairs what would choose between two meanings (a key twice, an alias)
Why    one unquoted colon in a description would cost the whole skill; each key is judged alone, so that `[a, b]` stays
       a list where only the description is at fault
"""

import re

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.runtime.skill_bytes import INVISIBLE
from skillstrata.runtime.skill_codes import noted
from skillstrata.runtime.yaml_values import FrontmatterFault, Mapping, Value, as_json, read_mapping

_ENTRY = re.compile(r"([A-Za-z_][\w .-]{0,80}?)[ \t]*:(?=[ \t]|$)")
_NESTED = re.compile(r"([ ]+(?:- )?[A-Za-z_][\w-]{0,80}:[ ]+)(\S.*)")
_BLOCK = re.compile(r"[|>][-+0-9]{0,2}[ \t]*(?:#.*)?")
_KEPT = ("name", "description")


def repaired_mapping(text: str, first_line: int) -> tuple[Mapping, list[Diagnostic]]:
    """Read frontmatter that YAML refuses.

    Raises:
        FrontmatterFault: It cannot be repaired.
    """
    found: list[Diagnostic] = []
    clean = INVISIBLE.sub(_visible, text)
    if clean != text:
        found.append(noted("control_chars", "control characters were taken out of the frontmatter", repaired=True))
    entries = _entries(clean.split("\n"))
    lines: list[str] = []
    for start, entry in entries:
        mended = _mended(entry)
        if mended != entry:
            key = _ENTRY.match(entry[0])
            what = f"the value of {key[1]!r}" if key else "a line"
            found.append(
                noted("yaml_repaired", f"{what} is not YAML and was read as text", start + first_line, repaired=True)
            )
        lines += mended
    try:
        return read_mapping("\n".join(lines), first_line), found
    except FrontmatterFault as fault:
        if fault.found.code != "yaml_error":
            raise
        return _name_and_description(entries, first_line, fault), [
            noted("yaml_partial", f"only name and description were read: {fault.found.message}", fault.found.line)
        ]


def _visible(hit: re.Match[str]) -> str:
    # YAML refuses these; the others are for a reader to judge.
    return "" if hit[0] < "\xa0" else hit[0]


def _entries(lines: list[str]) -> list[tuple[int, list[str]]]:
    """Cut lines into keys at the left edge, each with all lines up to the next one."""
    found: list[tuple[int, list[str]]] = []
    for number, line in enumerate(lines):
        if not found or _ENTRY.match(line):
            found.append((number, []))
        found[-1][1].append(line)
    return found


def _reads(lines: list[str]) -> bool:
    try:
        read_mapping("\n".join(lines))
    except FrontmatterFault as fault:
        return fault.found.code != "yaml_error"
    return True


def _mended(entry: list[str]) -> list[str]:
    """Give the lines of one key in a form that reads, as many as there were; unchanged where none does."""
    if _reads(entry):
        return entry
    key = _ENTRY.match(entry[0])
    if key is None:
        return [f"# {line}" for line in entry]
    value = entry[0][key.end() :].strip()
    if _BLOCK.fullmatch(value):
        tries = [[entry[0], *(line if line[:1] in " " else f"  {line}" for line in entry[1:])]]
    elif value:
        tries = [_quoted(key[1], [value, *entry[1:]])]
    else:
        tries = [[entry[0], *(_nested(line) for line in entry[1:])], _quoted(key[1], entry[1:], more=1)]
    return next((lines for lines in tries if _reads(lines)), entry)


def _nested(line: str) -> str:
    """Quote the value of an indented `key: value` line that does not read alone."""
    hit = _NESTED.fullmatch(line)
    if hit is None or _reads([line.strip().removeprefix("- ")]):
        return line
    return hit[1] + as_json(_bare(hit[2].strip()))


def _quoted(key: str, lines: list[str], *, more: int = 0) -> list[str]:
    """Give one line with all of a value's words in quotes, and blank lines in place of the others."""
    words = " ".join(line.strip() for line in lines if line.strip())
    return [f"{key}: {as_json(_bare(words))}", *[""] * (len(lines) - 1 + more)]


def _bare(value: str) -> str:
    """Take off quotes that stand around the whole value."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _name_and_description(entries: list[tuple[int, list[str]]], first_line: int, fault: FrontmatterFault) -> Mapping:
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for start, entry in entries:
        key = _ENTRY.match(entry[0])
        if key is None or key[1] not in _KEPT:
            continue
        if key[1] in values:
            raise FrontmatterFault(noted("duplicate_key", f"the key {key[1]!r} stands there twice", start + first_line))
        first = entry[0][key.end() :].strip()
        words = [] if _BLOCK.fullmatch(first) else [first]
        values[key[1]] = _bare(" ".join([*words, *(line.strip() for line in entry[1:] if line.strip())])) or None
        lines[key[1]] = start + first_line
    if values.get("description") is None:
        raise fault
    return Mapping(values, lines)
