"""The text of an artefact: what its frontmatter says, and how a learned one and a patch are written.

In     texts as they lie on the disk; a checked draft
Out    ExistingArtifact; the text of a SKILL.md, command or agent; the text of a merge patch
Never  takes a line of the body for frontmatter; says that something is ours where there is any doubt
"""

import json
import re
from dataclasses import dataclass
from typing import Protocol, cast

import yaml

from skillstrata.records.learned import LEARNED_ORIGIN, ArtifactKind, ExistingArtifact, LearnedDraft

_FENCED = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.S | re.M)
_LINE = re.compile(r"^([A-Za-z][\w-]*):[ \t]*(.*?)[ \t]*\r?$", re.M)
_NOT_YAML = re.compile("[^\\x20-\\x7e\\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_MOST_FRONTMATTER = 65_536
_STATUS = ("active", "superseded", "archived", "deleted")
_QUALITY = ("low", "medium", "high")
_YES = ("true", "yes", "on", "1")
_ABOUT_REMOVAL = re.compile(r"referenc|delete|\\", re.IGNORECASE)
_UNREADABLE = "(not readable)"


@dataclass(frozen=True, slots=True)
class _Removal:
    """What a frontmatter says of being removed."""

    referenced_by: tuple[str, ...] = ()
    is_safe: bool = False


class _Nodes(Protocol):
    """What is used of PyYAML's loader."""

    def get_single_node(self) -> yaml.Node | None:
        """Give the tree, None where there is none."""
        ...


def frontmatter_of(text: str) -> str:
    """Give what stands between the first two `---` lines, "" where the text does not begin with one."""
    found = _FENCED.match(text)
    return found.group(1) if found and len(found.group(1)) <= _MOST_FRONTMATTER else ""


def body_of(text: str) -> str:
    """Give what follows the frontmatter."""
    found = _FENCED.match(text)
    return text[found.end() :].lstrip("\r\n") if found else text


def fields_of(text: str) -> dict[str, str]:
    """Give the plain values of the frontmatter by line, the first of a name; nested ones are not seen."""
    fields: dict[str, str] = {}
    for key, value in _LINE.findall(frontmatter_of(text)):
        fields.setdefault(key.lower(), _plain(value))
    return fields


def existing_of(text: str, *, path: str, slug: str, kind: ArtifactKind) -> ExistingArtifact:
    """Read an artefact; what it does not say has the value that makes us do less."""
    fields = fields_of(text)
    said = _said_of_removal(frontmatter_of(text))
    status, quality = fields.get("status", "").lower(), fields.get("quality", "").lower()
    return ExistingArtifact(
        name=fields.get("name") or slug,
        path=path,
        kind=kind,
        description=fields.get("description", ""),
        content=text,
        confidence=_share(fields.get("confidence", "")),
        status=status if status in _STATUS else "active",
        referenced_by=said.referenced_by,
        safe_to_delete=said.is_safe,
        quality=quality if quality in _QUALITY else "",
        origin=fields.get("origin", ""),
    )


def _said_of_removal(frontmatter: str) -> _Removal:
    """Give who refers to an artefact and whether it is said to be safe to delete; any doubt speaks for keeping it."""
    if not _ABOUT_REMOVAL.search(frontmatter):
        return _Removal()
    nodes = _pairs(frontmatter)
    if nodes is None:
        return _Removal((_UNREADABLE,))
    stated: dict[str, list[yaml.Node]] = {}
    for key, value in nodes:
        stated.setdefault(_key(key), []).append(value)
    inner = [pair for node in stated.get("metadata", []) if isinstance(node, yaml.MappingNode) for pair in node.value]
    referrers = [*stated.get("referencedby", []), *(value for key, value in inner if _key(key) == "referencedby")]
    # What is merged into a mapping is not looked up: it may state anything.
    names = [name for node in referrers for name in _names_in(node)] + [_UNREADABLE] * len(stated.get("<<", []))
    safe = [isinstance(node, yaml.ScalarNode) and node.value.lower() in _YES for node in stated.get("safetodelete", [])]
    return _Removal(tuple(names), bool(safe) and all(safe))


def _names_in(node: yaml.Node) -> list[str]:
    """Give the names in a list, or in one line with commas; what is neither, or says nothing, refers all the same."""
    if isinstance(node, yaml.SequenceNode):
        each = [part.value if isinstance(part, yaml.ScalarNode) else "" for part in node.value]
    else:
        each = [part.strip() for part in node.value.split(",")] if isinstance(node, yaml.ScalarNode) else [""]
    return [name or _UNREADABLE for name in each]


def _key(node: yaml.Node) -> str:
    return re.sub("[-_ ]", "", node.value.lower()) if isinstance(node, yaml.ScalarNode) else ""


def _pairs(frontmatter: str) -> list[tuple[yaml.Node, yaml.Node]] | None:
    """Give the keys and values of a frontmatter; None where it is no YAML that has any."""
    try:
        # Nodes only: nothing is merged or built.
        loader: _Nodes = yaml.SafeLoader(frontmatter)
        node = loader.get_single_node()
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return cast("list[tuple[yaml.Node, yaml.Node]]", node.value) if isinstance(node, yaml.MappingNode) else None


def is_ours(text: str) -> bool:
    """Say whether the frontmatter marks this as learned: by its lines and as YAML, each `origin` of it the same."""
    frontmatter = frontmatter_of(text)
    said = [_plain(value) for key, value in _LINE.findall(frontmatter) if key.lower() == "origin"]
    if not said or set(said) != {LEARNED_ORIGIN}:
        return False
    pairs = _pairs(frontmatter) or []
    return [cast("str", value.value) for key, value in pairs if key.value == "origin"] == [LEARNED_ORIGIN]


def page_of(draft: LearnedDraft, name: str) -> str:
    """Write the file of a learned artefact; a JSON string is a YAML string, whatever stands in it."""
    fields = {"name": name, "description": draft.description}
    lines = [f"{key}: {_quoted(value)}" for key, value in fields.items()]
    lines += [f"origin: {LEARNED_ORIGIN}", f"confidence: {draft.confidence:g}", "status: active"]
    if draft.because:
        lines.append(f"because: {_quoted(draft.because)}")
    if draft.evidence:
        counts = (
            ("events", len(draft.evidence)),
            ("sessions", len({(e.project, e.session) for e in draft.evidence})),
            ("projects", len({e.project for e in draft.evidence})),
        )
        lines += ["metadata:", *(f'  evidence-{what}: "{count}"' for what, count in counts)]
    return "\n".join(("---", *lines, "---", "", draft.content.strip("\n"), ""))


def patch_of(draft: LearnedDraft, target: ExistingArtifact) -> str:
    """Write what a merge suggests, for whoever edits the artefact."""
    return "\n".join(
        (
            "# Learned Skill Merge Patch",
            "",
            f"Target learned skill: {target.name}",
            f"Learned as: {draft.name}",
            f"Confidence: {draft.confidence:g}",
            *(("", f"Because: {draft.because}") if draft.because else ()),
            "",
            "## Suggested additions",
            "",
            draft.content.strip("\n"),
            "",
        )
    )


def _quoted(text: str) -> str:
    """Write a JSON string that is a YAML string on one line too: YAML has more line breaks, and fewer characters."""
    return _NOT_YAML.sub(lambda found: json.dumps(found.group())[1:-1], json.dumps(text, ensure_ascii=False))


def _plain(value: str) -> str:
    if value[:1] == '"':
        try:
            read, _ = json.JSONDecoder().raw_decode(value)
        except ValueError:
            read = None
        return read if isinstance(read, str) else value.strip('"')
    if value[:1] == "'":
        return value[1:].partition("'")[0]
    return value.partition(" #")[0].strip()


def _share(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None
