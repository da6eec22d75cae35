"""What is written down of an artefact that is put aside: the manifest, and the tombstone that holds all of it.

In     an artefact's folder or file; bytes found in an archive
Out    JSON in the form of replacement manifests; the files of a deleted artefact again
Never  trusts a path that a manifest or tombstone states; keeps more than the caps
"""

import base64
import errno
import os
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from skillstrata.adapters.artifact_moving import Inside, inside
from skillstrata.adapters.atomic_files import sync_folder, write_atomic
from skillstrata.records.learned import ReplacementManifest
from skillstrata.records.learned_faults import ArtifactTooLarge, TombstoneDamaged

MANIFEST, TOMBSTONE = ".manifest.json", ".tombstone.json"
KEPT_FILE = ".md.archived"
"""How the name of an archived command or agent ends: clients read every .md file below their folders."""
_UNFIT = frozenset(
    {errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}
)
MAX_BYTES = 8 * 1024 * 1024
MAX_FILES = 2_000
_MOST_READ = 4 * MAX_BYTES


class ManifestForm(BaseModel):
    """A manifest as it is stored: its keys are those of a replacement manifest, and ours beside them."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    old_skill: str
    old_path: str
    new_skill: str = ""
    new_path: str = ""
    action: str
    reason: str
    replaced_at: str
    recoverable: bool = True
    kind: str = "skill"
    kept_path: str = ""


class _Kept(BaseModel):
    path: str
    kind: str
    mode: int
    text: str = ""
    base64: str = ""


class _Tombstone(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    deleted_skill: str
    old_path: str
    content: str
    files: list[_Kept]


def manifest_bytes(manifest: ReplacementManifest) -> bytes:
    """Write a manifest."""
    form = ManifestForm(
        old_skill=manifest.old_skill,
        old_path=manifest.old_path,
        new_skill=manifest.new_skill,
        new_path=manifest.new_path,
        action=manifest.action,
        reason=manifest.reason,
        replaced_at=manifest.replaced_at,
        recoverable=manifest.recoverable,
        kind=manifest.kind.value,
        kept_path=manifest.kept_path,
    )
    return _bytes(form)


def read_manifest(path: Path) -> ManifestForm | None:
    """Read a manifest; None where the file is not one."""
    try:
        if path.is_symlink() or path.stat().st_size > _MOST_READ:
            return None
        return ManifestForm.model_validate_json(path.read_bytes())
    except (OSError, ValidationError, ValueError):
        return None


def tombstone_bytes(unit: Path, name: str, page: Path) -> bytes:
    """Write down everything that an artefact's folder or file holds.

    Raises:
        ArtifactTooLarge: It is more than a tombstone keeps.
        ArtifactUnmovable: It is not made of plain files, folders and links alone.
    """
    parts: list[Inside] = []
    total = 0
    for part in inside(unit):
        parts.append(part)
        total += part.size
        if total > MAX_BYTES or len(parts) > MAX_FILES:
            raise ArtifactTooLarge(
                f"{unit} holds more than the {MAX_BYTES // 1024**2} MB or {MAX_FILES:,} files that a tombstone keeps",
                hint=f"archive it instead: `skillstrata learn archive {name}`",
            )
    kept = [_kept(unit / part.path, part) for part in parts]
    content = page.read_bytes().decode("utf-8", "replace")
    return _bytes(_Tombstone(deleted_skill=name, old_path=str(page), content=content, files=kept))


def _kept(at: Path, part: Inside) -> _Kept:
    one = _Kept(path=part.path, kind=part.kind, mode=part.mode)
    if part.kind == "folder":
        return one
    data = os.fsencode(os.readlink(at)) if part.kind == "link" else at.read_bytes()
    try:
        one.text = data.decode()
    except UnicodeDecodeError:
        one.base64 = base64.b64encode(data).decode()
    return one


def _bytes(form: BaseModel) -> bytes:
    # Names of files need not be UTF-8; JSON keeps them as lone surrogates only where everything else is escaped.
    return form.model_dump_json(by_alias=True, indent=2).encode("utf-8", "surrogatepass") + b"\n"


def unpack(tombstone: Path, target: Path) -> None:
    """Make the files of a tombstone again at a place where nothing is.

    Raises:
        TombstoneDamaged: It cannot be read, or states a path outside the target.
    """
    try:
        if tombstone.is_symlink() or tombstone.stat().st_size > _MOST_READ:
            raise _damaged(tombstone, "it is a link, or larger than one is")
        read = _Tombstone.model_validate_json(tombstone.read_bytes())
    except (OSError, ValidationError, ValueError) as error:
        raise _damaged(tombstone, "it cannot be read") from error
    try:
        _unpack_all(read, tombstone, target)
    except UnicodeEncodeError as error:
        raise _damaged(tombstone, "a name in it is none") from error
    except OSError as error:
        if error.errno not in _UNFIT:
            raise
        raise _damaged(tombstone, "its files do not fit together") from error
    if not os.path.lexists(target):
        raise _damaged(tombstone, "there is nothing in it")


def _unpack_all(read: _Tombstone, tombstone: Path, target: Path) -> None:
    links = {PurePosixPath(one.path) for one in read.files if one.kind == "link"}
    for one in read.files:
        path = PurePosixPath(one.path)
        # Nothing is written through a link that the tombstone itself makes.
        if path.is_absolute() or ".." in path.parts or "\0" in one.path or links & set(path.parents):
            raise _damaged(tombstone, f"it states the path {one.path!r}")
        _unpack_one(one, target / path)
    folders = [one for one in read.files if one.kind == "folder"]
    for one in reversed(folders):
        os.chmod(target / one.path, one.mode & 0o777)
        sync_folder(target / one.path)


def _unpack_one(one: _Kept, at: Path) -> None:
    if one.kind == "folder":
        os.mkdir(at, 0o700)
        return
    try:
        data = base64.b64decode(one.base64, validate=True) if one.base64 else one.text.encode()
    except ValueError as error:
        raise _damaged(at, "a file in it is not whole") from error
    if one.kind == "link":
        os.symlink(os.fsdecode(data), at)
    else:
        write_atomic(at, data, mode=one.mode & 0o777)


def _damaged(path: Path, why: str) -> TombstoneDamaged:
    return TombstoneDamaged(
        f"{path} does not give back what was deleted: {why}", hint="look at the file; its `content` may be copied out"
    )
