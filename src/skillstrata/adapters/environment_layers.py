"""Installed distributions, each kept once, compiled and read-only; environments are put together from hard links.

In     a built environment to learn from; names of layers to put together
Out    layers under one folder, environments that hold the files of a plain installation
Never  hands on a file that changed since it was kept; puts two distributions together that differ about a file; keeps
       one whose files cannot all be told from others' (then the installation by uv stands, slower and right)
Why    linked files are one file: they are read-only, are only ever bound read-only into a sandbox, and size, time and
       mode are compared before each use, so that a change on the host stops at the environments that have it already
"""

import filecmp
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from skillstrata.adapters.environment_folders import BUILDING, aside, make_read_only, remove, still_there
from skillstrata.adapters.environment_records import InstalledFiles

_MANIFEST = "MANIFEST"
_TREE = "tree"
_KeptFile: TypeAlias = tuple[str, int, int, int]


class LayerUnfit(Exception):
    """These layers do not make this environment: one is not there, was changed, or disagrees with another."""


@dataclass(frozen=True, slots=True)
class _Manifest:
    """One layer: folders, the files as (path, size, time, mode), symbolic links as (path, target)."""

    tree: str
    folders: tuple[str, ...]
    files: tuple[_KeptFile, ...]
    links: tuple[tuple[str, str], ...]


class EnvironmentLayers:
    """Keeps layers in one folder, which must be on the file system of the environments."""

    def __init__(self, root: Path) -> None:
        """Name the folder; it is made when something is kept."""
        self._root = root

    def assemble(self, keys: tuple[str, ...], into: Path) -> tuple[str, ...]:
        """Put an environment together in a new folder, and give its folders, the deepest first.

        Raises:
            LayerUnfit: It must be installed instead; what was made so far is the caller's to remove.
            OSError: The folder cannot be written, or the file system cannot link.
        """
        manifests = [self._manifest(key) for key in keys]
        into.mkdir(mode=0o700)
        made = {"."}
        owners: dict[str, str] = {}
        root = os.open(into, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for manifest in manifests:
                for folder in manifest.folders:
                    if folder not in made:
                        made.add(folder)
                        os.mkdir(folder, 0o700, dir_fd=root)
                self._link(manifest, root, owners)
        finally:
            os.close(root)
        return tuple(sorted(made, key=len, reverse=True))

    def _link(self, manifest: _Manifest, into: int, owners: dict[str, str]) -> None:
        # Plain calls and paths below open folders: whole paths would double the time of six thousand files.
        tree = os.open(manifest.tree, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for kept in manifest.files:
                path = kept[0]
                if not _as_kept(kept, tree):
                    raise LayerUnfit(f"{path} in {manifest.tree} was changed")
                if path in owners:
                    _must_agree(f"{owners[path]}/{path}", f"{manifest.tree}/{path}")
                    continue
                owners[path] = manifest.tree
                os.link(path, path, src_dir_fd=tree, dst_dir_fd=into, follow_symlinks=False)
        finally:
            os.close(tree)
        for path, target in manifest.links:
            if path in owners:
                raise LayerUnfit(f"{path} is of two layers")
            owners[path] = manifest.tree
            os.symlink(target, path, dir_fd=into)

    def _manifest(self, key: str) -> _Manifest:
        folder = self._root / key
        if not still_there(folder, _MANIFEST):
            raise LayerUnfit(f"no layer {key}")
        try:
            read = json.loads((folder / _MANIFEST).read_bytes())
            files = tuple((str(p), int(s), int(t), int(m)) for p, s, t, m in read["files"])
            links = tuple((str(p), str(t)) for p, t in read["links"])
            return _Manifest(str(folder / _TREE), tuple(map(str, read["folders"])), files, links)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LayerUnfit(f"the manifest of {key} does not parse") from error

    def unfit(self, key: str) -> bool:
        """Say whether a layer is not there or was changed; one that was changed is removed."""
        try:
            manifest = self._manifest(key)
            whole = all(_as_kept((f"{manifest.tree}/{kept[0]}", *kept[1:])) for kept in manifest.files)
        except (LayerUnfit, OSError):
            whole = False
        if not whole:
            remove(self._root / key)
        return not whole

    def prepare(self, key: str, environment: Path, files: InstalledFiles) -> tuple[Path, Path]:
        """Write a layer beside its place: the folder where it is and the one where it belongs.

        Raises:
            OSError: It cannot be written, or a file has no room for one more link.
        """
        building = aside(self._root, BUILDING)
        try:
            _fill(building, environment, files)
        except OSError:
            remove(building)
            raise
        return building, self._root / key


def _fill(building: Path, environment: Path, files: InstalledFiles) -> None:
    tree = building / _TREE
    tree.mkdir(parents=True, mode=0o700)
    for folder in files.folders:
        (tree / folder).mkdir(mode=0o700)
    kept: list[_KeptFile] = []
    for path in files.paths:
        source = environment / path
        found = source.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{source} is no regular file")
        os.link(source, tree / path, follow_symlinks=False)
        kept.append((path, found.st_size, found.st_mtime_ns, found.st_mode))
    manifest = {"folders": files.folders, "files": kept, "links": files.links}
    (building / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    make_read_only(building)


def publish(prepared: tuple[Path, Path]) -> None:
    """Give a layer its name; where another process was quicker, ours is removed."""
    building, place = prepared
    try:
        building.rename(place)
    except OSError:
        remove(building)


def _as_kept(kept: _KeptFile, tree: int | None = None) -> bool:
    path, size, changed_ns, mode = kept
    found = os.stat(path, dir_fd=tree, follow_symlinks=False)
    return found.st_size == size and found.st_mtime_ns == changed_ns and found.st_mode == mode


def _must_agree(first: str, second: str) -> None:
    # The compiled form holds the time of its source; it follows from a source that agrees.
    compiled = PurePosixPath(second).parent.name == "__pycache__" and second.endswith(".pyc")
    if not compiled and not filecmp.cmp(first, second, shallow=False):
        raise LayerUnfit(f"{first} and {second} differ")
