"""Read what lies in a tool's folder back into records, trusting none of it.

In     a folder with a manifest.json
Out    Tool, or ManifestUnreadable with the reason in a sentence; lineage entries, unreadable lines left out
Never  reads a file the manifest's versions do not name; takes a body whose digest is not the one that was deposited
"""

import functools
import hashlib
import os
import stat
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.records.contracts import Contract, Signature
from skillstrata.records.drafts import BundledFile, InputSpec, OptionSpec, OutputSpec, Word
from skillstrata.records.programs import main_name
from skillstrata.records.proofs import Proof
from skillstrata.records.tools import MANIFEST_FORMAT, Branch, Fixture, LineageEntry, Tool, Version

_MAX_MANIFEST_BYTES = 16_000_000
_MAX_BODY_BYTES = 16_000_000
_MAX_LINEAGE_BYTES = 64_000_000
_MAX_SAID = 300
_LOCK = "requirements.lock"
_PROOF = "proof.json"


class ManifestUnreadable(Exception):
    """A folder that cannot be read as a tool."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Format:
    format: int


@dataclass(frozen=True, slots=True)
class _StoredVersion:
    """A version as the manifest has it: digests in place of the texts."""

    number: int
    path: str
    files: dict[str, str]
    words: tuple[Word, ...]
    output: OutputSpec
    inputs: tuple[InputSpec, ...] = ()
    # Format 1 had one input.
    input: InputSpec | None = None
    stdin_param: str = ""
    requirements: tuple[str, ...] = ()
    binaries: tuple[str, ...] = ()
    body_digest: str = ""
    candidate_id: str = ""
    signature: Signature | None = None
    fixtures: tuple[Fixture, ...] = ()
    language: Literal["python", "node", "shell"] = "python"
    options: tuple[OptionSpec, ...] = ()
    bundled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _StoredBranch:
    name: str
    active: int
    versions: tuple[_StoredVersion, ...]
    contract: Contract | None = None


@dataclass(frozen=True, slots=True)
class _StoredTool:
    name: str
    kind: str
    contract: Contract
    branches: tuple[_StoredBranch, ...]
    visibility: str = "invokable"
    created_at_s: float = 0.0
    created_because: str = ""
    aliases: tuple[str, ...] = ()


_FORMAT = TypeAdapter(_Format)
_TOOL = TypeAdapter(_StoredTool)
_ENTRY = TypeAdapter(LineageEntry)
_READ_APART = {"files", "input", "inputs", "bundled"}
_SAME = tuple(f.name for f in fields(_StoredVersion) if f.name not in _READ_APART)


def read_tool(folder: Path) -> Tool:
    """Read a tool's manifest and the bodies of its versions.

    Raises:
        ManifestUnreadable: Anything at all is not as it was deposited, or was written by a newer program.
    """
    try:
        return _tool(folder)
    except (OSError, ValueError, RuntimeError) as error:
        # One folder must never break the rest, whatever somebody wrote into it.
        raise ManifestUnreadable(f"it cannot be read: {type(error).__name__}: {error}"[:_MAX_SAID]) from error


def _tool(folder: Path) -> Tool:
    stored = _manifest(_bytes(folder / "manifest.json", _MAX_MANIFEST_BYTES))
    if stored.name != folder.name:
        raise ManifestUnreadable(f"manifest.json is of {stored.name!r}, the folder is {folder.name!r}")
    if not stored.branches or not stored.contract.inputs or not stored.contract.outputs:
        raise ManifestUnreadable("manifest.json has no branch, no input or no output")
    _refuse_odd_fixtures(folder, stored)
    return Tool(
        name=stored.name,
        kind=stored.kind,
        contract=stored.contract,
        branches=tuple(_branch(folder, branch) for branch in stored.branches),
        visibility=stored.visibility,
        created_at_s=stored.created_at_s,
        created_because=stored.created_because,
        aliases=stored.aliases,
    )


def lineage_of(path: Path) -> tuple[LineageEntry, ...]:
    """Read lineage lines; a torn or foreign line costs that line only."""
    try:
        lines = _bytes(path, _MAX_LINEAGE_BYTES).splitlines()
    except ManifestUnreadable:
        return ()
    entries: list[LineageEntry] = []
    for line in lines:
        try:
            entries.append(_ENTRY.validate_json(line))
        except ValidationError:
            continue
    return tuple(entries)


def proof_of(folder: Path, version_path: str) -> Proof | None:
    """Read the proof beside a version; None where there is none that can be read."""
    path = folder / version_path / _PROOF
    try:
        if not _is_inside(path, folder):
            return None
        return _proofs().validate_json(_bytes(path, _MAX_BODY_BYTES))
    except (ManifestUnreadable, ValidationError):
        return None


@functools.cache
def _proofs() -> TypeAdapter[Proof]:
    # Made at first use: a listing never reads a proof.
    return TypeAdapter(Proof)


def _manifest(data: bytes) -> _StoredTool:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ManifestUnreadable(f"manifest.json is not JSON: {error}") from error
    try:
        written = _FORMAT.validate_python(found).format
        if written > MANIFEST_FORMAT:
            raise ManifestUnreadable(
                f"manifest.json has format {written}, this program knows up to {MANIFEST_FORMAT}: update skillstrata"
            )
        return _TOOL.validate_python(found)
    except ValidationError as error:
        first = error.errors()[0]
        raise ManifestUnreadable(f"manifest.json: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _branch(folder: Path, stored: _StoredBranch) -> Branch:
    if stored.active not in {version.number for version in stored.versions}:
        raise ManifestUnreadable(f"branch {stored.name!r} has no version {stored.active}, which is said to be active")
    versions = tuple(_version(folder, version) for version in stored.versions)
    return Branch(stored.name, stored.active, versions, stored.contract)


def _version(folder: Path, stored: _StoredVersion) -> Version:
    _refuse_odd_paths(stored)
    values = {name: getattr(stored, name) for name in _SAME}
    inputs = stored.inputs or ((stored.input,) if stored.input else ())
    if not inputs:
        raise ManifestUnreadable(f"{stored.path} names no input")
    _refuse_odd_names(stored, inputs)
    return Version(
        main=_body(folder, stored, main_name(stored.language)),
        lock=_body(folder, stored, _LOCK),
        inputs=inputs,
        bundled=tuple(BundledFile(path, _body(folder, stored, path)) for path in stored.bundled),
        **values,
    )


def _refuse_odd_paths(stored: _StoredVersion) -> None:
    main = main_name(stored.language)
    own = {main, main.replace("main", "original"), _LOCK, _PROOF}
    for path in (stored.path, *stored.bundled):
        if not _is_plain(path):
            raise ManifestUnreadable(f"version path {path!r} leads out of the folder, or is none")
    taken = next((path for path in stored.bundled if path in own or stored.bundled.count(path) > 1), "")
    if taken:
        raise ManifestUnreadable(f"{stored.path} has a bundled file {taken!r}, a name that is taken")


def _refuse_odd_names(stored: _StoredVersion, inputs: tuple[InputSpec, ...]) -> None:
    """See that all parameters exist that are spoken of, and that a name or word can stand where it will."""
    files = {spec.name for spec in inputs}
    known = files | {option.name for option in stored.options} | {stored.output.name}
    asked = [word.param for word in stored.words if word.param]
    lost = next((p for p in asked if p not in known), "") or (
        stored.stdin_param if stored.stdin_param not in files else ""
    )
    if lost:
        raise ManifestUnreadable(f"{stored.path} names a parameter {lost!r}, which does not exist")
    odd = next((name for name in files if not _is_plain(name) or "/" in name), "")
    if odd or not all(files):
        raise ManifestUnreadable(f"{stored.path} has an input of the name {odd!r}")
    if "/" in stored.output.suffix or not stored.output.suffix.isprintable():
        raise ManifestUnreadable(f"{stored.path} has outputs with the ending {stored.output.suffix!r}")
    if any("\0" in text for text in (*(w.text for w in stored.words), *(o.default for o in stored.options))):
        raise ManifestUnreadable(f"{stored.path} has a word with a NUL")


def _refuse_odd_fixtures(folder: Path, stored: _StoredTool) -> None:
    """See that every fixture is a file among the tool's fixtures, or missing, which `verify` says."""
    root = folder / "fixtures"
    names = {f.name for b in stored.branches for v in b.versions for fixture in v.fixtures for f in fixture.files}
    plain = sorted(name for name in names if _is_plain(name))
    if len(plain) != len(names):
        raise ManifestUnreadable(f"a fixture's name {min(names - set(plain))!r} is no path below fixtures/")
    for home in {(root / name).parent for name in plain}:
        if not _is_inside(home, folder):
            raise ManifestUnreadable(f"{home.relative_to(folder)} is a link out of the folder")
    for name in plain:
        try:
            mode = os.lstat(root / name).st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        if not stat.S_ISREG(mode):
            raise ManifestUnreadable(f"fixtures/{name} is no regular file")


def _is_plain(path: str) -> bool:
    """Say whether a path is one that a deposit may have: relative, printable, nothing hidden, no way up."""
    parts = path.split("/")
    return all(part.isprintable() and not part.startswith(".") and "\\" not in part for part in parts) and all(parts)


def _is_inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def _body(folder: Path, stored: _StoredVersion, name: str) -> str:
    path = folder / stored.path / name
    if not _is_inside(path, folder):
        raise ManifestUnreadable(f"{stored.path}/{name} is a link out of the folder")
    data = _bytes(path, _MAX_BODY_BYTES)
    if hashlib.sha256(data).hexdigest() != stored.files.get(name):
        raise ManifestUnreadable(f"{stored.path}/{name} was changed since it was deposited")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ManifestUnreadable(f"{stored.path}/{name} is not UTF-8") from error


def _bytes(path: Path, max_bytes: int) -> bytes:
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ManifestUnreadable(f"{path.name} is no regular file")
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise ManifestUnreadable(f"{path.name} cannot be read: {error.strerror}") from error
    if len(data) > max_bytes:
        raise ManifestUnreadable(f"{path.name} is larger than {max_bytes} bytes")
    return data
