"""What a skill needs and what it goes with, as its file says it.

In     values of the frontmatter, the body
Out    requirements (skills, binaries, variables, MCP servers) and related skills
Never  takes `dependencies` for skills: those are packages; takes "see also" for a need
"""

import re
from collections.abc import Iterable, Iterator

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import Requirement
from skillstrata.runtime.skill_codes import noted
from skillstrata.runtime.yaml_values import Value, as_json

# name, then a range: "pdf-tools >=1.2,<2", "pdf-tools@^1.2", "pdf-tools (~1.4)". A plugin's skill has a colon.
_ITEM = re.compile(r"([\w][\w.:/-]*?)\s*(?:@\s*|\(\s*)?((?:[<>=!~^*]|(?<=[@(\s])v?[0-9]).*?)?\s*\)?", re.DOTALL)
_RANGE_GOES_ON = re.compile(r"\s*(?:[<>=!~^]|v?[0-9])")
_HEADING = re.compile(r"#{1,6}[ \t]+related[ \t]+skills?\b[^\n]*", re.IGNORECASE)
_NEXT_HEADING = re.compile(r"^#{1,6}[ \t]", re.MULTILINE)
_LISTED = re.compile(
    r"^[ \t]*[-*+][ \t]+(?:\[\[?|\*\*|`|/)*([A-Za-z0-9][\w:/.-]*?)(?:\.md)?(?=[\]*`):,.\s]|$)", re.MULTILINE
)
# A double bar stands between ranges ("1 || 2") and between names.
_OR = re.compile(r"(?<!\|)\|(?!\|)|\|\|(?=\s*(?!v[0-9])[A-Za-z_])|\bor\b")
_MOST_RELATED = 64
_MOST_CHARS = 200


class Needs:
    """Gathers requirements; what is not understood becomes a diagnostic."""

    def __init__(self) -> None:
        """Begin with none."""
        self.requirements: list[Requirement] = []
        self.diagnostics: list[Diagnostic] = []

    def add(self, kind: str, value: Value, line: int = 0) -> None:
        """Read one value: a text of names with commas, a list, `{any: [...]}`, `{all: [...]}`, `{name:, version:}`."""
        for item in _items(value):
            read = _requirement(kind, item)
            if read is None:
                message = f"the {kind} requirement {as_json(item)[:80]} is not understood"
                self.diagnostics.append(noted("requirement_unclear", message, line))
                # To leave it out would offer a skill that cannot work.
                read = Requirement(kind, (as_json(item)[:80].strip('"'),), hard=not _is_optional(item), unclear=True)
            if read not in self.requirements:
                self.requirements.append(read)


def needs_of(values: dict[str, Value], lines: dict[str, int]) -> tuple[tuple[Requirement, ...], list[Diagnostic]]:
    """Read every place where a skill says what it needs."""
    needs = Needs()
    requires = values.get("requires")
    if isinstance(requires, dict):
        _read_requires(needs, requires, lines.get("requires", 0))
    elif requires is not None:
        message = f"`requires` should say of what kind: skills, bins, env or mcp; {as_json(requires)[:60]} does not"
        needs.diagnostics.append(noted("requirement_unclear", message, lines.get("requires", 0)))
    needs.add("skill", values.get("depends"), lines.get("depends", 0))
    metadata = values.get("metadata")
    if isinstance(metadata, dict):
        _read_metadata(needs, metadata, lines.get("metadata", 0))
    return tuple(needs.requirements), needs.diagnostics


def related_of(values: dict[str, Value], body: str) -> tuple[str, ...]:
    """Read the skills that a file points to without needing them."""
    metadata = values.get("metadata")
    named = [values.get("related-skills")]
    if isinstance(metadata, dict):
        named.append(metadata.get("related-skills"))
    found = [name for value in named for name in _names(value)]
    found += _under_headings(body)
    return tuple(dict.fromkeys(found))[:_MOST_RELATED]


def _read_requires(needs: Needs, requires: dict[str, Value], line: int) -> None:
    for key, kind in (("skills", "skill"), ("mcp", "mcp"), ("mcp-servers", "mcp"), ("env", "env")):
        needs.add(kind, requires.get(key), line)
    for key in ("bins", "binaries"):
        needs.add("binary", requires.get(key), line)
    for key in ("anyBins", "any-bins"):
        if requires.get(key) is not None:
            needs.add("binary", [{"any": requires[key]}], line)


def _read_metadata(needs: Needs, metadata: dict[str, Value], line: int) -> None:
    needs.add("skill", metadata.get("requires-skills"), line)
    for value in (metadata, *metadata.values()):
        if not isinstance(value, dict):
            continue
        requires, config = value.get("requires"), value.get("config")
        if isinstance(requires, dict):
            _read_requires(needs, requires, line)
        if isinstance(config, dict):
            needs.add("env", config.get("requiredEnv"), line)


def _items(value: Value) -> Iterator[Value]:
    if value is None:
        return
    if isinstance(value, str):
        yield from _split(value)
    elif isinstance(value, dict):
        yield from (_with_key(key, inner) for key, inner in value.items()) if _is_table(value) else _alternatives(value)
    else:
        for item in value:
            yield from _split(item) if isinstance(item, str) else _items(item) if isinstance(item, dict) else (item,)


def _is_table(value: dict[str, Value]) -> bool:
    """Say whether a mapping is of names to ranges, not one requirement or a choice of several."""
    return not value.keys() & {"any", "all", "anyOf", "allOf", "name", "skill"}


def _with_key(key: str, value: Value) -> Value:
    return {"name": key, "version": value if isinstance(value, str) else None}


def _alternatives(value: dict[str, Value]) -> Iterator[Value]:
    for key in ("all", "allOf"):
        yield from _items(value.get(key))
    if value.keys() & {"any", "anyOf", "name", "skill"}:
        yield value


def _split(text: str) -> list[Value]:
    """Cut at commas that are not part of a version range."""
    found: list[Value] = []
    for part in text.replace("\n", ",").split(","):
        last = found[-1] if found else None
        if isinstance(last, str) and _RANGE_GOES_ON.match(part):
            found[-1] = f"{last},{part.strip()}"
        elif part.strip():
            found.append(part.strip())
    return found


def _requirement(kind: str, item: Value) -> Requirement | None:
    if isinstance(item, dict):
        return _from_mapping(kind, item)
    if not isinstance(item, str) or len(item) > _MOST_CHARS:
        return None
    # The pattern looks back: what is longer than any name with its range is not read.
    return _one_of(kind, _OR.split(item), "", hard=True)


def _one_of(kind: str, texts: list[str], version: str, *, hard: bool) -> Requirement | None:
    """Read names of which one is enough, each with its range; one that has none of its own has that of them all."""
    hits = [_ITEM.fullmatch(text.strip()) for text in texts if len(text) <= _MOST_CHARS]
    found = [hit for hit in hits if hit is not None]
    if not found or len(found) != len(texts):
        return None
    names, ranges = tuple(hit[1] for hit in found), tuple(hit[2] or version for hit in found)
    if len(set(ranges)) == 1:
        return Requirement(kind, names, ranges[0], hard)
    return Requirement(kind, names, hard=hard, each=ranges)


def _from_mapping(kind: str, item: dict[str, Value]) -> Requirement | None:
    version = item.get("version", item.get("versions"))
    named = item.get("any", item.get("anyOf", item.get("name", item.get("skill"))))
    if not isinstance(version, str | None):
        return None
    texts = [named] if isinstance(named, str) and len(_split(named)) == 1 else list(_names(named))
    return _one_of(kind, texts, version or "", hard=not _is_optional(item))


def _is_optional(item: Value) -> bool:
    optional = item.get("optional") if isinstance(item, dict) else None
    return isinstance(optional, str) and optional.lower() in {"true", "yes", "on", "1"}


def _names(value: Value) -> Iterable[str]:
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    if isinstance(value, list):
        return [name.strip() for name in value if isinstance(name, str) and name.strip()]
    return []


def _under_headings(body: str) -> Iterator[str]:
    """Read the lists under headings "Related skills"."""
    # Looked for as plain text first: nearly no body has the word, and every body is looked at.
    at = -1
    while (at := body.find("elated ", at + 1)) >= 0:
        hit = _HEADING.match(body, body.rfind("\n", max(0, at - _MOST_CHARS), at) + 1)
        if hit is not None:
            end = _NEXT_HEADING.search(body, hit.end())
            yield from (item[1] for item in _LISTED.finditer(body, hit.end(), end.start() if end else len(body)))
