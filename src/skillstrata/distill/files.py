"""The bytes of the files an execution names: its inputs, and its own text where no event shows it.

In     Execution, the blob store, snapshots that can be taken now
Out    files by path; the paths that are gone; the execution with its body
Never  gives a file that the program only writes, which would hide whether the program makes it; looks outside of
       the folders the program worked in for a file that no event names
"""

import posixpath
from dataclasses import replace

from skillstrata.distill.constant_paths import FoldedPath, fold_paths
from skillstrata.ports.blob_store import BlobStore
from skillstrata.ports.disk import Snapshots
from skillstrata.records.drafts import ObservedFile
from skillstrata.records.events import FileSnapshot
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.failures import BlobDamaged, BlobUnknown

_MOST_COMPUTED = 32


def with_body(execution: Execution, blobs: BlobStore) -> Execution:
    """Give an execution whose source no event of its session shows the text its script had when it ran."""
    if execution.body is not None or execution.body_kind is not BodyKind.SCRIPT:
        return execution
    digest = next((s.digest for s in execution.snapshots if s.path == execution.script_path and s.digest), None)
    if digest is None or not execution.script_path.endswith(".py"):
        return execution
    try:
        text = blobs.get(digest).decode("utf-8")
    except (BlobUnknown, BlobDamaged, UnicodeDecodeError):
        return execution
    gap = "" if execution.gap == "source never seen" else execution.gap
    return replace(execution, body=text, gap=gap)


def files_of(
    execution: Execution, *, blobs: BlobStore, snapshots: Snapshots
) -> tuple[tuple[ObservedFile, ...], tuple[str, ...]]:
    """Give the bytes of every file the execution names and does not only write, and the paths that are gone."""
    folded = _folded(execution)
    known = {s.path for s in execution.snapshots}
    gone = tuple(s.path for s in execution.snapshots if s.digest is None and s.path != execution.script_path)
    computed = tuple(p for p in _in_work_folders(folded, execution) if p not in known)[:_MOST_COMPUTED]
    named: list[FileSnapshot] = [
        *execution.snapshots,
        *(snapshots.take((*gone, *computed)) if gone or computed else ()),
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
        elif snapshot.path not in computed:
            missing.append(snapshot.path)
    gone_now = tuple(p for p in dict.fromkeys(missing) if p not in files)
    return tuple(ObservedFile(p, files[p]) for p in sorted(files)), gone_now


def _bytes(snapshot: FileSnapshot, blobs: BlobStore) -> bytes | None:
    if snapshot.digest is None:
        return None
    try:
        return blobs.get(snapshot.digest)
    except (BlobUnknown, BlobDamaged):
        return None


def _folded(execution: Execution) -> tuple[tuple[str, FoldedPath], ...]:
    """Give the constant paths of the text, absolute; `__file__` is where the script lay."""
    body = (execution.body or "").replace("__file__", repr(execution.script_path or "-"))
    folds = fold_paths(body)
    bases = dict.fromkeys((execution.cwd or "/", posixpath.dirname(execution.script_path) or execution.cwd or "/"))
    return tuple((posixpath.normpath(posixpath.join(base, fold.value)), fold) for fold in folds for base in bases)


def _in_work_folders(folded: tuple[tuple[str, FoldedPath], ...], execution: Execution) -> tuple[str, ...]:
    script = posixpath.dirname(execution.script_path)
    folders = [f for f in (execution.cwd, script, posixpath.dirname(script)) if f.count("/") > 1]
    inside = [p for p, _ in folded if any(p.startswith(f + "/") for f in folders) and "/." not in p]
    return tuple(dict.fromkeys(inside))


def _only_written(folded: tuple[tuple[str, FoldedPath], ...], execution: Execution) -> frozenset[str]:
    written = {path for path, fold in folded if fold.use == "write"}
    only = written - {path for path, fold in folded if fold.use != "write"}
    if execution.stdout_path:
        only.add(execution.stdout_path)
    return frozenset(only)
