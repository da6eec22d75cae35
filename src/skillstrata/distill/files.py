"""The bytes of the files an execution names: its inputs, and its own text where no event shows it.

In     Execution, the blob store, snapshots that can be taken now
Out    files by path; the paths that are gone; the execution with its body
Never  gives a file that the program only writes, which would hide whether the program makes it; looks outside of
       the folders the program worked in for a file that no event names
"""

import posixpath
from dataclasses import dataclass, replace

from skillstrata.distill.constant_paths import fold_paths
from skillstrata.distill.places import absolute
from skillstrata.distill.readings import reading
from skillstrata.ports.blob_store import BlobStore
from skillstrata.ports.disk import Snapshots
from skillstrata.records.drafts import ObservedFile
from skillstrata.records.events import FileSnapshot
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.failures import BlobDamaged, BlobUnknown

_MOST_COMPUTED = 32
_SCRIPT_ENDS = (".py", ".js", ".mjs", ".cjs", ".sh", ".bash")
_PATTERN = set("*?[{$")


@dataclass(frozen=True, slots=True)
class _Named:
    """A path that a program's text names, absolute, and what it is for: "read", "write", "unknown"."""

    path: str
    use: str


@dataclass(frozen=True, slots=True)
class DiskThen:
    """The disk as far as it shows what files held when a program ran.

    A run that was caught live was just now. Of one that was read from a history, only a file that nobody changed since
    is what it was; with `trusted` the user vouches for what lies there.
    """

    snapshots: Snapshots
    trusted: bool = False

    def take(self, paths: tuple[str, ...], execution: Execution) -> tuple[FileSnapshot, ...]:
        """Snapshot these files as they were when this execution ran."""
        if execution.imported and not self.trusted:
            return self.snapshots.take_unchanged(paths, execution.at_s)
        return self.snapshots.take(paths)


def with_body(execution: Execution, blobs: BlobStore, disk: DiskThen) -> Execution:
    """Give an execution whose source no event of its session shows the text its script had when it ran."""
    if execution.body is not None or execution.body_kind is not BodyKind.SCRIPT:
        return execution
    digest = next((s.digest for s in execution.snapshots if s.path == execution.script_path and s.digest), None)
    if digest is None and execution.imported and execution.script_path.endswith(_SCRIPT_ENDS):
        digest = disk.take((execution.script_path,), execution)[0].digest
    if digest is None or not execution.script_path.endswith(_SCRIPT_ENDS):
        return execution
    try:
        text = blobs.get(digest).decode("utf-8")
    except (BlobUnknown, BlobDamaged, UnicodeDecodeError):
        return execution
    gap = "" if execution.gap == "source never seen" else execution.gap
    return replace(execution, body=text, gap=gap)


def files_of(
    execution: Execution, *, blobs: BlobStore, disk: DiskThen
) -> tuple[tuple[ObservedFile, ...], tuple[str, ...]]:
    """Give the bytes of every file the execution names and does not only write, and the paths that are gone."""
    folded = _folded(execution)
    known = {s.path for s in execution.snapshots}
    gone = tuple(s.path for s in execution.snapshots if s.digest is None and s.path != execution.script_path)
    if execution.imported or execution.loop:
        gone = tuple(dict.fromkeys((*gone, *(p for p in _in_words(execution) if p not in known))))
        known |= set(gone)
    computed = tuple(p for p in _in_work_folders(folded, execution) if p not in known)[:_MOST_COMPUTED]
    named: list[FileSnapshot] = [
        *execution.snapshots,
        *(disk.take((*gone, *computed), execution) if gone or computed else ()),
    ]
    only_written = _only_written(folded, execution)
    files: dict[str, bytes] = {}
    missing: list[str] = []
    for snapshot in named:
        if snapshot.path in only_written or snapshot.path == execution.script_path or snapshot.path in files:
            continue
        data = _bytes(snapshot, blobs)
        if data is not None:
            files[snapshot.path] = data
        elif execution.imported or snapshot.path not in computed:
            missing.append(snapshot.path)
    gone_now = tuple(p for p in dict.fromkeys(missing) if p not in files)
    return tuple(ObservedFile(p, files[p]) for p in sorted(files)), gone_now


def _in_words(execution: Execution) -> tuple[str, ...]:
    """Give the files that the words of the command name; of a live run its events say so themselves."""
    words = [w.partition("=")[2] if w.startswith("-") else w for w in execution.argv]
    if execution.body_kind is BodyKind.PIPELINE:
        words += [p.path for p in _folded(execution) if p.use != "write"]
    named = [absolute(w, execution.cwd) for w in words if "." in posixpath.basename(w)]
    return tuple(dict.fromkeys(p for p in (*named, execution.stdin_path) if p.startswith("/")))[:_MOST_COMPUTED]


def _bytes(snapshot: FileSnapshot, blobs: BlobStore) -> bytes | None:
    if snapshot.digest is None:
        return None
    try:
        return blobs.get(snapshot.digest)
    except (BlobUnknown, BlobDamaged):
        return None


def _folded(execution: Execution) -> tuple[_Named, ...]:
    """Give the constant paths of the text, absolute; `__file__` is where the script lay."""
    bases = dict.fromkeys((execution.cwd or "/", posixpath.dirname(execution.script_path) or execution.cwd or "/"))
    if execution.language == "python":
        body = (execution.body or "").replace("__file__", repr(execution.script_path or "-"))
        named = [(fold.value, fold.use) for fold in fold_paths(body)]
    else:
        text = reading(execution)
        paths = text.paths if text is not None else ()
        named = [
            (p.value, min(p.uses) if len(p.uses) == 1 else "unknown") for p in paths if not set(p.value) & _PATTERN
        ]
    return tuple(_Named(absolute(value, base), use) for value, use in named for base in bases)


def _in_work_folders(folded: tuple[_Named, ...], execution: Execution) -> tuple[str, ...]:
    script = posixpath.dirname(execution.script_path)
    folders = [f for f in (execution.cwd, script, posixpath.dirname(script)) if f.count("/") > 1]
    inside = [p.path for p in folded if any(p.path.startswith(f + "/") for f in folders) and "/." not in p.path]
    return tuple(dict.fromkeys(inside))


def _only_written(folded: tuple[_Named, ...], execution: Execution) -> frozenset[str]:
    written = {p.path for p in folded if p.use == "write"}
    only = written - {p.path for p in folded if p.use != "write"}
    if execution.stdout_path:
        only.add(execution.stdout_path)
    return frozenset(only)
