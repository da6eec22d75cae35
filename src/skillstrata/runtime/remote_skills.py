"""Skills that servers offer: every byte checked, every claim to more rights left out, no name taken from others.

In     entries of servers, their bytes
Out    skills under the label that the host gave, with what was refused; bytes that are what the entry says
Never  believes a digest to mean safety; reads an address that the entry does not name
Why    the entry is a promise about bytes, so that what was approved is what is read
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, cast

from skillstrata.ports.remote_skill_source import RemoteSkillSource
from skillstrata.ports.skill_files import SkillFileStamp
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.remote_skills import RemoteFile, RemoteSkill
from skillstrata.records.skills import Frontmatter, Skill, SkillSource
from skillstrata.runtime.fences import fenced
from skillstrata.runtime.parsing import read_frontmatter
from skillstrata.runtime.remote_addresses import parts_of, path_below
from skillstrata.runtime.skill_bytes import text_of
from skillstrata.runtime.sources import MAX_FILE_BYTES, FoundFile, Parse, SourceScan, parsed, skill_of
from skillstrata.runtime.yaml_values import Value

MAX_FILES = 512
MAX_BYTES = 16 * 1024 * 1024
_PAGE = "/SKILL.md"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_YES, _NO = frozenset({"true", "yes", "on", "y"}), frozenset({"false", "no", "off", "n"})
_LABEL = re.compile(r"[^A-Za-z0-9._-]+")


class RemoteSkillMismatch(StrataError):
    """Bytes of a server that are not what its entry says, or an address that the entry does not name."""

    code: ClassVar[str] = "runtime.remote_mismatch"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 4


class RemoteSkillRefused(StrataError):
    """An entry of a server that breaks the rules for entries."""

    code: ClassVar[str] = "runtime.remote_refused"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class RemoteFound:
    """The skills of every server, and why others are left out."""

    skills: tuple[Skill, ...]
    diagnostics: tuple[Diagnostic, ...]


def remote_source(server: str) -> SkillSource:
    """Give the source that stands for one server; nothing of it is trusted."""
    label = _LABEL.sub("-", server)
    return SkillSource("mcp", f"mcp:{label}", f"mcp:{label}", prefix=label, trusted=False)


def remote_scans(found: RemoteFound) -> tuple[SourceScan, ...]:
    """Give what servers offer in the form of a scan, so that it is swapped like everything else."""
    scans: dict[str, list[FoundFile]] = {}
    for skill in found.skills:
        stamp = SkillFileStamp(skill.path, skill.id.rpartition("/")[2], skill.body_chars, 0)
        scans.setdefault(skill.source.label, []).append(FoundFile(skill.source, stamp, skill.digest, skill))
    made = [SourceScan(files[0].source, tuple(file.stamp for file in files), tuple(files)) for files in scans.values()]
    if found.diagnostics:
        made.append(SourceScan(SkillSource("mcp", "mcp", "mcp", trusted=False), (), (), found.diagnostics))
    return tuple(made)


def remote_skills(entries: Iterable[RemoteSkill], source: RemoteSkillSource, parse: Parse) -> RemoteFound:
    """Read and check every entry; one that is bad costs itself only."""
    skills: dict[str, Skill] = {}
    odd: list[Diagnostic] = []
    for entry in entries:
        try:
            skill = _skill(entry, source, parse)
        except StrataError as error:
            odd.append(Diagnostic("remote_refused", "error", f"{entry.server}: {error.message}", path=entry.uri))
            continue
        if skill.id in skills:
            odd.append(Diagnostic("remote_refused", "error", f"{skill.id} is offered twice", path=entry.uri))
        else:
            skills[skill.id] = skill
    return RemoteFound(tuple(skills.values()), (*odd, *source.problems()))


def read_verified(entry: RemoteSkill, uri: str, source: RemoteSkillSource) -> bytes:
    """Read one file of an entry.

    Raises:
        RemoteSkillRefused: The entry breaks the rules.
        RemoteSkillMismatch: The entry does not name the address, or the bytes are not those it promises.
    """
    checked_entry(entry)
    file = next((one for one in entry.files if one.uri == uri), None)
    if file is None:
        raise RemoteSkillMismatch(
            f"{uri} is not among the files of {entry.uri}", hint="ask the server for the entry again"
        )
    # The page was read with the list, so that who looks at skills waits for no server.
    is_page = uri == entry.uri
    data = source.page(entry.server, uri) if is_page else source.read(entry.server, uri, max_bytes=file.size)
    if len(data) != file.size or f"sha256:{hashlib.sha256(data).hexdigest()}" != file.digest:
        raise RemoteSkillMismatch(
            f"{uri} has {len(data)} bytes that are not the {file.size} bytes promised",
            hint="ask the server for the entry again; do not use these bytes",
        )
    return data


def checked_entry(entry: RemoteSkill) -> str:
    """Check an entry and give the name of its skill.

    Raises:
        RemoteSkillRefused: It breaks the rules.
    """
    folder, parts = entry.uri.removesuffix(_PAGE), parts_of(entry.uri)
    if not entry.uri.endswith(_PAGE) or parts is None or len(parts) < len(("folder", "page")):
        raise _refused(f"the address {entry.uri!r} is not that of a SKILL.md")
    if entry.dynamic or not entry.files:
        raise _refused(f"{entry.uri} names no files, so that nothing could be approved")
    if len(entry.files) > MAX_FILES or sum(file.size for file in entry.files) > MAX_BYTES:
        raise _refused(f"{entry.uri} has more than {MAX_FILES} files or {MAX_BYTES:,} bytes")
    for file in entry.files:
        _check_file(file, folder)
    if len({path_below(file.uri, folder) for file in entry.files}) != len(entry.files):
        raise _refused(f"{entry.uri} names a file twice")
    if all(file.uri != entry.uri for file in entry.files):
        raise _refused(f"{entry.uri} is not among its own files")
    return parts[-2]


def approval_digest(entry: RemoteSkill) -> str:
    """Give what an approval is bound to: every address with its digest; any change, more or less, is another one."""
    lines = sorted(f"{file.uri} {file.digest} {file.size}" for file in entry.files)
    return hashlib.sha256("\n".join((entry.server, entry.uri, *lines)).encode()).hexdigest()


def _skill(entry: RemoteSkill, source: RemoteSkillSource, parse: Parse) -> Skill:
    name = checked_entry(entry)
    page = next(file for file in entry.files if file.uri == entry.uri)
    if page.size > MAX_FILE_BYTES:
        raise _refused(f"{entry.uri} has {page.size:,} bytes, more than {MAX_FILE_BYTES:,}")
    data = read_verified(entry, entry.uri, source)
    text = parsed(parse, data, folder_name=name, path=entry.uri)
    if not text.loads:
        why = next((odd.message for odd in text.diagnostics if odd.severity == "error"), "it does not parse")
        raise _refused(f"{entry.uri}: {why}")
    _check_frontmatter(entry, data)
    skill = skill_of(remote_source(entry.server), name, entry.uri, hashlib.sha256(data).hexdigest(), text)
    bounded, claims = _without_rights(text.frontmatter)
    told = tuple(
        Diagnostic("remote_claim_ignored", "warning", f"{claim} of a server's skill is not heeded") for claim in claims
    )
    return replace(
        skill,
        frontmatter=bounded,
        inline_shell=False,
        diagnostics=(*skill.diagnostics, *told),
        files_digest=approval_digest(entry),
        approved=False,
    )


def _check_file(file: RemoteFile, folder: str) -> None:
    if parts_of(file.uri) is None:
        raise _refused(f"{file.uri!r} is no address of a file; spaces and signs such as % are written as %20 and %25")
    if not path_below(file.uri, folder):
        raise _refused(f"the file {file.uri!r} lies outside of {folder}")
    if not _DIGEST.fullmatch(file.digest) or file.size < 0:
        raise _refused(f"the file {file.uri!r} has no digest or size that could be checked")


def _check_frontmatter(entry: RemoteSkill, data: bytes) -> None:
    try:
        said: object = json.loads(entry.frontmatter)
    except ValueError:
        raise _refused(f"the frontmatter of {entry.uri} is not JSON") from None
    if not isinstance(said, dict):
        raise _refused(f"the frontmatter of {entry.uri} is not an object")
    text, _ = text_of(data)
    mapping, _ = read_frontmatter(fenced(text or ""))
    found, claimed = mapping.values if mapping is not None else {}, cast("dict[str, object]", said)
    for key in (*found, *(key for key in claimed if key not in found)):
        if not _is_same(claimed.get(key), found.get(key)):
            raise RemoteSkillMismatch(
                f"{entry.uri} says another {key[:80]} than its file", hint="ask the server for the entry again"
            )


def _is_same(claimed: object, value: Value) -> bool:
    """Compare a field as JSON with the same one as it was written in YAML."""
    if isinstance(claimed, dict) and isinstance(value, dict):
        fields = cast("dict[str, object]", claimed)
        return fields.keys() == value.keys() and all(_is_same(fields[key], value[key]) for key in value)
    if isinstance(claimed, list) and isinstance(value, list):
        items = cast("list[object]", claimed)
        return len(items) == len(value) and all(map(_is_same, items, value))
    if isinstance(value, str) and isinstance(claimed, str | bool | int | float):
        return _is_scalar(claimed, value)
    return claimed is None and value is None


def _is_scalar(claimed: str | float, value: str) -> bool:
    if isinstance(claimed, str):
        return claimed.split() == value.split()
    if isinstance(claimed, bool):
        return value.strip().lower() in (_YES if claimed else _NO)
    try:
        return float(value.replace("_", "")) == claimed
    except (ValueError, OverflowError):
        return False


def _without_rights(found: Frontmatter) -> tuple[Frontmatter, list[str]]:
    claims = [
        name
        for name, value in (
            ("allowed-tools", found.allowed_tools),
            ("hooks", found.hooks),
            ("model", found.model),
            ("effort", found.effort),
            ("context", found.context),
            ("agent", found.agent),
            ("shell", found.shell),
        )
        if value
    ]
    bounded = replace(found, allowed_tools=(), hooks="", model="", effort="", context="", agent="", shell="")
    return bounded, claims


def _refused(said: str) -> RemoteSkillRefused:
    return RemoteSkillRefused(said, hint="tell who runs the server, or take the server out")
