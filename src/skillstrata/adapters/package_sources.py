"""Skills of others, read into memory: from a folder, a .zip or .tar.gz, or a repository by the system's git.

In     what a person named
Out    packages, where they came from
Never  writes what it reads to the disk (a clone is in a folder of its own, gone afterwards); follows a link
Why    sizes in an archive are what its maker says: bytes are counted as they come, and the reading ends at the cap
"""

import gzip
import io
import re
import stat
import tarfile
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from skillstrata.adapters.git_fetching import Repository, shown_url
from skillstrata.adapters.scratch_folders import scratch_folder
from skillstrata.adapters.skill_resources import SkillResourceFolders
from skillstrata.ports.package_source import Fetched
from skillstrata.records.errors import StrataError
from skillstrata.records.exchange_faults import PackageRefused, SourceUnreachable
from skillstrata.records.exchanges import Provenance, RawPackage
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.tools import SkillFile

PAGE = "SKILL.md"
_URL = re.compile(r"(?:https|ssh|file|git|http|ftp|git\+ssh)://|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:", re.IGNORECASE)
_ARCHIVES = (".zip", ".tar.gz", ".tgz", ".skill")
_MOST_ARCHIVE = 20 * 1024 * 1024
_MOST_BYTES = 16 * 1024 * 1024
_MOST_REPOSITORY = 64 * 1024 * 1024
_MOST_TAR = 24 * 1024 * 1024
_ZIP_ENTRY = b"PK\x01\x02"
# Hidden files are counted here and left out later: a skill may have fewer.
_MOST_ENTRIES, _MOST_FILES = 4_000, 512
_MOST_PACKAGES = 64
_CHUNK = 65_536
_UNREADABLE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    OverflowError,
)
_SKIPPED = frozenset({".git", "__MACOSX", "node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class PackageSources:
    """Fulfils the PackageSource port. `now_s` is the clock."""

    now_s: Callable[[], float]

    def fetch(self, source: str) -> Fetched:
        """Read every skill of a source.

        Raises:
            PackageRefused: A path leads out, something is no plain file, or it is over a cap.
            SourceUnreachable: Nothing is there, or git cannot fetch it.
        """
        if _URL.match(source):
            return self._of_repository(source)
        path = Path(source).expanduser().absolute()
        if path.is_dir():
            return Fetched(_of_folder(path), Provenance("folder", str(path), self.now_s()))
        if path.is_file() and path.name.lower().endswith(_ARCHIVES):
            return Fetched(_of_archive(path), Provenance("archive", str(path), self.now_s()))
        if path.exists():
            raise SourceUnreachable(f"{path} is no folder and no archive", hint="name a folder, a .zip or a .tar.gz")
        raise SourceUnreachable(f"nothing is at {path}", hint="name a folder, an archive, or a git URL")

    def _of_repository(self, source: str) -> Fetched:
        with scratch_folder() as scratch:
            repository = Repository(source, scratch)
            found = _of_commit(repository, source)
            provenance = Provenance("git", shown_url(source), self.now_s(), revision=repository.revision)
            return Fetched(found, provenance)


def _of_commit(repository: Repository, source: str) -> tuple[RawPackage, ...]:
    """Read the skills of a commit; their sizes are looked at before their bytes are asked for."""
    entries = [one for one in repository.entries() if not set(PurePosixPath(one.path).parts) & _SKIPPED]
    shown = shown_url(source)
    roots = _roots([one.path for one in entries if one.kind != "other"], shown)
    wanted = [(root, one) for one in entries if (root := _root_of(one.path, roots)) is not None and one.kind != "other"]
    for _, one in wanted:
        if one.kind == "link":
            raise _refused(one.path, "it is a link")
    for root in roots:
        sizes = [one.size for its, one in wanted if its == root]
        where = shown if root == "." else f"{root} of {shown}"
        if len(sizes) > _MOST_ENTRIES:
            raise _refused(where, f"it has {len(sizes):,} files; {_MOST_FILES} are the most")
        if sum(sizes) > _MOST_BYTES:
            raise _refused(where, f"its files have {sum(sizes):,} bytes; {_MOST_BYTES:,} are the most")
    if sum(one.size for _, one in wanted) > _MOST_REPOSITORY:
        raise _refused(shown, f"its skills have more than {_MOST_REPOSITORY:,} bytes")
    contents = repository.contents(tuple(one for _, one in wanted))
    files = [SkillFile(one.path, data) for (_, one), data in zip(wanted, contents, strict=True)]
    name = re.split(r"[/:]", shown.rstrip("/"))[-1]
    return _grouped(files, name.removesuffix(".git"), roots)


def _of_folder(root: Path) -> tuple[RawPackage, ...]:
    """Read the skills at and below a folder; a link is refused, wherever it leads."""
    folders = SkillResourceFolders()
    pages = folders.pages(str(root))
    if not pages:
        raise PackageRefused(f"{root} holds no SKILL.md", hint="name the folder of a skill, or one that holds some")
    _refuse_many(len(pages), str(root))
    return tuple(_package(folders, Path(page).parent, root) for page in pages)


def _package(folders: SkillResourceFolders, folder: Path, root: Path) -> RawPackage:
    if folder != root and any(part.is_symlink() for part in (folder, *folder.parents) if part.is_relative_to(root)):
        raise _refused(str(folder), "it is behind a link")
    files: list[SkillFile] = []
    total = 0
    try:
        for entry in folders.listing(str(folder), most=_MOST_ENTRIES):
            if entry.kind != "file":
                raise _refused(f"{folder}/{entry.path}", f"it is a {entry.kind}")
            total += entry.size
            if len(files) >= _MOST_ENTRIES:
                raise _refused(str(folder), f"it has more than {_MOST_ENTRIES:,} files; {_MOST_FILES} are the most")
            if total > _MOST_BYTES:
                raise _refused(str(folder), f"its files have more than {_MOST_BYTES:,} bytes")
            data = folders.read(str(folder), entry.path, max_bytes=_MOST_BYTES)
            files.append(SkillFile(entry.path, data))
    except FileUnreadable as error:
        raise PackageRefused(error.message, hint=error.hint) from error
    place = folder.relative_to(root).as_posix()
    return RawPackage(folder.name, tuple(files), "" if place == "." else place)


def _of_archive(path: Path) -> tuple[RawPackage, ...]:
    if path.stat().st_size > _MOST_ARCHIVE:
        raise _refused(str(path), f"it has more than {_MOST_ARCHIVE:,} bytes")
    reader = _zipped if path.name.lower().endswith((".zip", ".skill")) else _tarred
    try:
        files = list(_bounded(reader(path), str(path)))
    except StrataError:
        raise
    except _UNREADABLE as error:
        raise _refused(str(path), f"it cannot be read: {error}") from error
    stem = re.sub(r"(?:\.tar\.gz|\.tgz|\.zip|\.skill)\Z", "", path.name, flags=re.IGNORECASE)
    return _grouped(files, stem, _roots([file.path for file in files], str(path)))


def _bounded(entries: Iterator[tuple[str, IO[bytes]]], archive: str) -> Iterator[SkillFile]:
    """Read entries whole, counting bytes as they come; what an entry says of its size is not believed."""
    total = count = 0
    seen: set[str] = set()
    for name, stream in entries:
        count += 1
        if count > _MOST_ENTRIES:
            raise _refused(archive, f"it has more than {_MOST_ENTRIES} files")
        path = _plain(name, archive)
        if path in seen:
            raise _refused(archive, f"it has two files of the name {path!r}")
        seen.add(path)
        parts: list[bytes] = []
        while chunk := stream.read(_CHUNK):
            total += len(chunk)
            if total > _MOST_BYTES:
                raise _refused(archive, f"its files have more than {_MOST_BYTES:,} bytes")
            parts.append(chunk)
        if not set(path.split("/")) & _SKIPPED:
            yield SkillFile(path, b"".join(parts))


def _zipped(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    # Entries by the million would fill the memory before the first one is looked at.
    if path.read_bytes().count(_ZIP_ENTRY) > 2 * _MOST_ENTRIES:
        raise _refused(str(path), f"it has more than {_MOST_ENTRIES} files")
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            mode = entry.external_attr >> 16
            if entry.is_dir():
                _plain(entry.filename.rstrip("/"), str(path))
                continue
            if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
                raise _refused(str(path), f"{entry.filename!r} is no plain file")
            if entry.flag_bits & 1:
                raise _refused(str(path), f"{entry.filename!r} is encrypted")
            with archive.open(entry) as stream:
                yield entry.filename, stream


def _tarred(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    # Unpacked here and no further than the cap: tarfile itself reads a header of any length into memory.
    with gzip.open(path) as packed:
        data = packed.read(_MOST_TAR + 1)
    if len(data) > _MOST_TAR:
        raise _refused(str(path), f"it unpacks to more than {_MOST_TAR:,} bytes")
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for entry in archive:
            if entry.isdir():
                _plain(entry.name.rstrip("/") or ".", str(path), is_folder=True)
                continue
            if not entry.isreg():
                raise _refused(str(path), f"{entry.name!r} is a link or a device")
            if entry.sparse is not None:
                raise _refused(str(path), f"{entry.name!r} is a sparse file")
            stream = archive.extractfile(entry)
            if stream is not None:
                yield entry.name, stream


def _plain(name: str, archive: str, *, is_folder: bool = False) -> str:
    """Give an entry's path below the archive; a leading `./` is usual, everything else that leads elsewhere is not."""
    path = name[2:] if name.startswith("./") else name
    if is_folder and path in {"", "."}:
        return ""
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise _refused(archive, f"the path {name!r} leads out of it")
    if re.match(r"[A-Za-z]:", path):
        raise _refused(archive, f"the path {name!r} names a drive")
    return path


def _roots(paths: list[str], source: str) -> tuple[str, ...]:
    """Give the folders of skills; a SKILL.md within a skill is a file of it."""
    pages = {PurePosixPath(path).parent.as_posix() for path in paths if PurePosixPath(path).name == PAGE}
    above = {page: {"."} | {parent.as_posix() for parent in PurePosixPath(page).parents} for page in pages}
    roots = tuple(sorted(page for page in pages if not (above[page] - {page}) & pages))
    if not roots:
        raise PackageRefused(f"{source} holds no SKILL.md", hint="name one that holds a skill's folder")
    _refuse_many(len(roots), source)
    return roots


def _root_of(path: str, roots: tuple[str, ...]) -> str | None:
    return next((root for root in roots if root == "." or path.startswith(f"{root}/")), None)


def _grouped(files: list[SkillFile], name: str, roots: tuple[str, ...]) -> tuple[RawPackage, ...]:
    """Give each file to the skill whose folder it lies in; what lies in none is left out. The root has this name."""
    kept: defaultdict[str, list[SkillFile]] = defaultdict(list)
    for file in files:
        root = _root_of(file.path, roots)
        if root is not None:
            kept[root].append(SkillFile(file.path if root == "." else file.path[len(root) + 1 :], file.data))
    return tuple(
        RawPackage(name if root == "." else root.rpartition("/")[2], tuple(kept[root]), "" if root == "." else root)
        for root in roots
    )


def _refuse_many(count: int, source: str) -> None:
    if count > _MOST_PACKAGES:
        raise _refused(source, f"it holds {count} skills; {_MOST_PACKAGES} are the most")


def _refused(what: str, why: str) -> PackageRefused:
    return PackageRefused(f"{what} is not taken in: {why}", hint="ask its maker for a plain folder of one skill")
