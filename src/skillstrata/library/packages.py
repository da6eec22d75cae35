"""The manifest of a package, the marker of a synced skill, and the digests that both rest on.

In     files of a skill
Out    the bytes of skillstrata-package.json; whether files are those it names; a SKILL.md with or without our marker
Never  takes a file into a digest twice or leaves one out
"""

import hashlib
import json
import re

from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.records.exchanges import PACKAGE_FILE, SIGNATURE_FILE, ScanFinding, content_digest
from skillstrata.records.tools import SkillFile, Tool, Version

FORMAT = 1
PAGE = "SKILL.md"
_OWN = frozenset({PACKAGE_FILE, SIGNATURE_FILE})
MARKER = "skillstrata-synced"
_MARKED = re.compile(rf'^  "{MARKER}": "(sha256:[0-9a-f]{{64}}) ([0-9a-z-]+)"\n', re.M)
_PLAIN_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_METADATA = "\nmetadata:\n"


class PackageManifest(BaseModel):
    """What a package says of itself."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int
    name: str
    version: str
    kind: str
    files: dict[str, str]


def digest_of(files: tuple[SkillFile, ...]) -> str:
    """Give the digest over a skill's files, those of the package itself left out; their order does not matter."""
    return content_digest(tuple(file for file in files if file.path not in _OWN))


def tool_digest(tool: Tool) -> str:
    """Give the digest of what a tool runs: the active version of each branch, program, lock and bundled files."""
    lines = sorted(line for branch in tool.branches for line in _version_lines(branch.name, branch.current))
    return f"sha256:{_sha256(''.join(lines).encode())}"


def tool_version(tool: Tool) -> str:
    """Name the active version of each branch."""
    return ",".join(f"{branch.name}:{branch.active}" for branch in sorted(tool.branches, key=lambda b: b.name))


def package_manifest(name: str, version: str, kind: str, files: tuple[SkillFile, ...]) -> bytes:
    """Write the manifest over these files."""
    digests = {file.path: _sha256(file.data) for file in sorted(files, key=lambda f: f.path) if file.path not in _OWN}
    fields = {"format": FORMAT, "name": name, "version": version, "kind": kind, "files": digests}
    return (json.dumps(fields, indent=1, ensure_ascii=False) + "\n").encode()


def read_manifest(files: tuple[SkillFile, ...]) -> tuple[PackageManifest | None, tuple[ScanFinding, ...]]:
    """Give a package's manifest, None where it has none, and what of it does not fit its files."""
    data = next((file.data for file in files if file.path == PACKAGE_FILE), None)
    if data is None:
        return None, ()
    try:
        manifest = PackageManifest.model_validate_json(data)
    except ValidationError:
        return None, (_wrong(PACKAGE_FILE, "it does not parse"),)
    if manifest.format != FORMAT:
        return None, (_wrong(PACKAGE_FILE, f"it has the format {manifest.format}; {FORMAT} is known"),)
    there = {file.path: _sha256(file.data) for file in files if file.path not in _OWN}
    odd = sorted({path for path, _ in manifest.files.items() ^ there.items()})
    return manifest, tuple(_wrong(path, f"it is not as {PACKAGE_FILE} says") for path in odd[:20])


def marked(files: tuple[SkillFile, ...], folder: str) -> tuple[SkillFile, ...]:
    """Give the files with our marker in SKILL.md, which must have a `metadata:` line.

    The marker is a digest over the rest, and the name of the folder: a copy under another name is not ours.
    """
    line = f'  "{MARKER}": "{digest_of(files)} {_folder_word(folder)}"\n'
    return tuple(
        SkillFile(file.path, file.data.replace(_METADATA.encode(), f"{_METADATA}{line}".encode(), 1))
        if file.path == PAGE
        else file
        for file in files
    )


def marker_of(files: tuple[SkillFile, ...], folder: str) -> tuple[str, bool]:
    """Give the digest that our marker for this folder says, "" where there is none, and whether the files fit it."""
    page = next((file.data for file in files if file.path == PAGE), b"")
    try:
        text = page.decode("utf-8")
    except UnicodeDecodeError:
        return "", False
    hit = _MARKED.search(text.partition("\n---\n")[0] + "\n")
    if hit is None or hit[2] != _folder_word(folder):
        return "", False
    plain = tuple(
        SkillFile(PAGE, (text[: hit.start()] + text[hit.end() :]).encode()) if file.path == PAGE else file
        for file in files
    )
    return hit[1], digest_of(plain) == hit[1]


def _folder_word(folder: str) -> str:
    """Give a name as it stands in the marker: itself, or a digest where it is no plain word."""
    return folder if _PLAIN_NAME.fullmatch(folder) else _sha256(folder.encode("utf-8", "surrogatepass"))[:16]


def _version_lines(branch: str, version: Version) -> list[str]:
    parts = (("main", version.main), ("lock", version.lock), *((file.path, file.text) for file in version.bundled))
    return [f"{_sha256(text.encode('utf-8', 'surrogatepass'))}  {branch}/{name}\n" for name, text in parts]


def _wrong(path: str, why: str) -> ScanFinding:
    return ScanFinding("digest_mismatch", "refused", path, why)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
