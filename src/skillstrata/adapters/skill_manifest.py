"""Read what lies in a tool's folder back into records, trusting none of it.

In     a folder with a manifest.json
Out    Tool, or ManifestUnreadable with the reason in a sentence; lineage entries, unreadable lines left out
Never  reads a file the manifest's versions do not name; takes a body whose digest is not the one that was deposited
"""

import functools
import hashlib
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
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
_LOCK = "requirements.lock"


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
    stored = _manifest(_bytes(folder / "manifest.json", _MAX_MANIFEST_BYTES))
    if stored.name != folder.name:
        raise ManifestUnreadable(f"manifest.json is of {stored.name!r}, the folder is {folder.name!r}")
    if not stored.branches or not stored.contract.inputs or not stored.contract.outputs:
        raise ManifestUnreadable("manifest.json has no branch, no input or no output")
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
        lines = path.read_bytes().splitlines()
    except OSError:
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
    path = folder / version_path / "proof.json"
    if not path.resolve().is_relative_to(folder.resolve()):
        return None
    try:
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
    for path in (stored.path, *stored.bundled):
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or parts[0] == "/":
            raise ManifestUnreadable(f"version path {path!r} leads out of the folder")
    values = {name: getattr(stored, name) for name in _SAME}
    inputs = stored.inputs or ((stored.input,) if stored.input else ())
    if not inputs:
        raise ManifestUnreadable(f"{stored.path} names no input")
    return Version(
        main=_body(folder, stored, main_name(stored.language)),
        lock=_body(folder, stored, _LOCK),
        inputs=inputs,
        bundled=tuple(BundledFile(path, _body(folder, stored, path)) for path in stored.bundled),
        **values,
    )


def _body(folder: Path, stored: _StoredVersion, name: str) -> str:
    path = folder / stored.path / name
    if not path.resolve().is_relative_to(folder.resolve()):
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
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise ManifestUnreadable(f"{path.name} cannot be read: {error.strerror}") from error
    if len(data) > max_bytes:
        raise ManifestUnreadable(f"{path.name} is larger than {max_bytes} bytes")
    return data
