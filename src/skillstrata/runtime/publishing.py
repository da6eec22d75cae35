"""The strict form of a skill: what a copy for others must say, made from what the file says.

In     bytes of a SKILL.md, its folder's name
Out    the bytes of the copy's SKILL.md and its name, with a diagnostic for everything that differs; or the errors
Never  changes the source; gives a copy that the strict rules refuse
Why    every scalar is quoted: no reader can take 1.10 for a number, or a hyphen line in a value for a fence
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.runtime.fences import fenced
from skillstrata.runtime.frontmatter import MAX_COMPATIBILITY, MAX_DESCRIPTION, MAX_NAME, SPEC_KEYS
from skillstrata.runtime.parsing import parse_skill, read_frontmatter
from skillstrata.runtime.skill_bytes import INVISIBLE, text_of
from skillstrata.runtime.skill_codes import noted
from skillstrata.runtime.strict_rules import strict_faults
from skillstrata.runtime.tool_patterns import tool_list
from skillstrata.runtime.yaml_values import Mapping, Value, as_json

MAX_FILES, MAX_BYTES = 512, 16 * 1024 * 1024
SOURCE_KEY = "source-digest"
COPY_KEY = "copy-digest"
_PAGE = "SKILL.md"
_OWN_KEYS = frozenset({SOURCE_KEY, COPY_KEY})
_SEAL = re.compile(rb'\n  "?copy-digest"?: "?(sha256:[0-9a-f]{64})"?(?=\n)')
# Three hyphens end the frontmatter for readers that do not look at lines.
_HYPHENS = re.compile(r"-(?=--)")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class SkillCopy:
    """A copy's folder name and SKILL.md; `text` is empty where an error among the diagnostics forbids the copy."""

    name: str
    text: bytes
    source_digest: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def refused(self) -> bool:
        """Say whether there is no copy."""
        return not self.text


class _Draft:
    def __init__(self, mapping: Mapping) -> None:
        self.values = mapping.values
        self.found: list[Diagnostic] = []

    def note(self, code: str, message: str) -> None:
        self.found.append(noted(code, message, repaired=True))

    def clean(self, text: str, where: str) -> str:
        cleaned = INVISIBLE.sub("", text).strip()
        if cleaned != text.strip():
            self.note("publish_cleaned", f"invisible characters in {where}")
        return cleaned

    def cut(self, text: str, most: int, where: str) -> str:
        text = self.clean(text, where)
        if len(text) <= most:
            return text
        self.note("publish_cut", f"{where} has {len(text)} characters, more than {most}")
        head = text[: most - 3]
        return head[: max(head.rfind(" "), most // 2)].rstrip() + "..."


def strict_copy(data: bytes, *, folder_name: str) -> SkillCopy:
    """Make the strict form of a skill file."""
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    read = parse_skill(data, folder_name=folder_name, path="")
    text, _ = text_of(data)
    name = slug_of(folder_name)
    if text is None or not read.loads:
        return SkillCopy(name, b"", digest, read.diagnostics)
    if not name:
        fault = noted("publish_no_name", f"no name can be made of {folder_name!r}")
        return SkillCopy(name, b"", digest, (*read.diagnostics, fault))
    parts = fenced(text)
    mapping, _ = read_frontmatter(parts)
    draft = _Draft(mapping or Mapping({}, {}))
    if name != folder_name or read.frontmatter.declared_name not in {"", name}:
        draft.note("publish_name", f"the copy is called {name!r}")
    fields = {
        "name": name,
        "description": draft.cut(read.frontmatter.description, MAX_DESCRIPTION, "description"),
        "license": draft.clean(read.frontmatter.license, "license"),
        "compatibility": draft.cut(read.frontmatter.compatibility, MAX_COMPATIBILITY, "compatibility"),
        "allowed-tools": draft.clean(" ".join(tool_list(draft.values.get("allowed-tools")).patterns), "allowed-tools"),
    }
    lines = [f"{key}: {_scalar(value)}" for key, value in fields.items() if value]
    lines.append("metadata:")
    lines += [f"  {_scalar(key)}: {_scalar(value)}" for key, value in (*_metadata(draft), (SOURCE_KEY, digest))]
    made = ("---\n" + "\n".join(lines) + "\n---\n" + parts.body).encode()
    faults = strict_faults(made, folder_name=name)
    return SkillCopy(name, b"" if faults else made, digest, (*read.diagnostics, *draft.found, *faults))


def sealed(text: bytes, others: Iterable[tuple[str, bytes]]) -> bytes:
    """Give a copy's SKILL.md with the digest of the whole copy in it, its own text without that line included."""
    end = text.index(b"\n---\n")
    line = f"\n  {_scalar(COPY_KEY)}: {_scalar(_whole_digest(text, others))}".encode()
    return text[:end] + line + text[end:]


def is_untouched(text: bytes, others: Iterable[tuple[str, bytes]]) -> bool:
    """Say whether a copy is as it was made; of one without a digest nobody knows, and it counts as such."""
    hit = _SEAL.search(text)
    if hit is None:
        return True
    bare = text[: hit.start()] + text[hit.end() :]
    return hit[1].decode() == _whole_digest(bare, others)


def _whole_digest(text: bytes, others: Iterable[tuple[str, bytes]]) -> str:
    rows = sorted((path, hashlib.sha256(data).hexdigest()) for path, data in (*others, (_PAGE, text)))
    listed = "\n".join(f"{digest} {path}" for path, digest in rows)
    return f"sha256:{hashlib.sha256(listed.encode('utf-8', 'surrogateescape')).hexdigest()}"


def is_copy(data: bytes) -> bool:
    """Say whether a SKILL.md is a copy that was made here: it names the file that it was made from."""
    read = parse_skill(data, folder_name="", path="")
    return any(key == SOURCE_KEY for key, _ in read.frontmatter.metadata)


def frontmatter_json(text: bytes) -> str:
    """Give the frontmatter of a copy as JSON text, field by field what a reader of YAML finds."""
    mapping, _ = read_frontmatter(fenced(text.decode()))
    return as_json(mapping.values if mapping is not None else {})


def slug_of(folder_name: str) -> str:
    """Make a name of lowercase letters, digits and single hyphens; letters that are not Latin stay."""
    plain = unicodedata.normalize("NFKC", folder_name).lower()
    latin = "".join(c for c in unicodedata.normalize("NFKD", plain) if c.isascii())
    kept = latin if any(c.isalnum() for c in latin) else plain
    words = re.sub(r"-+", "-", "".join(c if c.isalnum() else "-" for c in kept)).strip("-")
    return unicodedata.normalize("NFKC", words)[:MAX_NAME].strip("-")


def _scalar(text: str) -> str:
    quoted = _UNPRINTABLE.sub(lambda hit: f"\\u{ord(hit[0]):04x}", as_json(text))
    return _HYPHENS.sub(r"\\x2d", quoted)


def _metadata(draft: _Draft) -> list[tuple[str, str]]:
    """Give the pairs of `metadata`, with what stood outside of the specification's keys."""
    own = draft.values.get("metadata")
    pairs: dict[str, Value] = dict(own) if isinstance(own, dict) else {}
    if isinstance(own, str | list):
        pairs["metadata"] = own
    extra = [key for key in draft.values if key not in SPEC_KEYS]
    for key in extra:
        pairs[_free_key(pairs, key, draft.values[key])] = draft.values[key]
    if extra:
        draft.note("publish_moved", ", ".join(extra)[:200])
    nested = [key for key, value in pairs.items() if isinstance(value, dict | list) and value]
    if nested:
        draft.note("publish_flattened", ", ".join(nested)[:200])
    empty = [key for key, value in pairs.items() if not value or not INVISIBLE.sub("", key).strip()]
    empty += [key for key in ("license", "compatibility", "metadata") if key in draft.values and not draft.values[key]]
    if empty:
        draft.note("publish_dropped", ", ".join(empty)[:200])
    for key in _OWN_KEYS:
        pairs.pop(key, None)
    kept = {key: value for key, value in pairs.items() if value and key not in empty}
    flat = {
        draft.clean(key, "a key"): draft.clean(v if isinstance(v, str) else as_json(v), f"metadata.{key}")
        for key, v in kept.items()
    }
    return [(key, value) for key, value in flat.items() if key and value and key not in _OWN_KEYS]


def _free_key(pairs: dict[str, Value], key: str, value: Value) -> str:
    """Give the key itself, or another one where the author's own metadata has it with another value."""
    free, number = key, 1
    while pairs.get(free, value) != value:
        free = f"frontmatter-{key}" if number == 1 else f"frontmatter-{key}-{number}"
        number += 1
    return free
