"""Bring a change of artefacts to one of its two ends: made wholly, or not at all.

In     a Change as it is written down, and what the disk shows of it
Out    the change finished or undone, with a sentence on it; old leavings of changes swept away
Never  removes the only copy of anything; puts a new artefact in while the old one is in its place
Why    whoever comes after a crash knows only what was written down and what is there; what is there may have been
       edited, moved or emptied by others since, so each removal first looks for the other copy
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from skillstrata.adapters.artifact_journal import Change
from skillstrata.adapters.artifact_listing import ARCHIVE, SCRATCH
from skillstrata.adapters.artifact_moving import beside, content_digest, put_in_place, remove
from skillstrata.adapters.atomic_files import make_folder, sync_folder
from skillstrata.records.learned_faults import ArtifactNameTaken

UNDONE, FINISHED = "undone", "finished"
_FOLDER_MODE = 0o755
_OURS = re.compile(rf"{re.escape(SCRATCH)}[0-9a-f]{{24}}(-new)?")
Note = Callable[[Change], None]


def settle(change: Change, note: Note) -> str:
    """Finish a change whose old artefact is out of the way, undo any other; give a sentence on it.

    Args:
        change: The change, as it is written down.
        note: Writes down how far it has come.

    Raises:
        OSError: The disk does not let us; everything is still written down.
    """
    if change.back:
        sentence = _settle_restore(change)
    elif change.unit:
        sentence = _settle_aside(change, note)
    else:
        sentence = _place_new(change)
    for scratch in change.scratches:
        if not os.path.lexists(scratch / "old"):
            remove(scratch)
    return sentence


def is_made(change: Change, said: str = "") -> bool:
    """Say whether everything is where a change names it, and what it took away is out of use.

    Args:
        change: The change, as it is written down.
        said: What settling it gave; "" where that was broken off.
    """
    if not (said.startswith(FINISHED) or (not said and _is_out(change))):
        return False
    is_free = not _is_there(change.unit) or change.place == change.unit
    wanted = (change.kept or change.tombstone, change.manifest, change.place)
    return is_free and not _is_there(change.staged) and all(map(_is_there, filter(None, wanted)))


def sweep(shelf: Path, is_open: Callable[[str], bool]) -> None:
    """Remove what killed changes left in a folder that is locked, and that nobody wrote down any more.

    What such a change had moved away stays: it may be the only copy. What cannot be removed now is left, too.
    """
    for name in os.listdir(shelf):
        if not _OURS.fullmatch(name) or is_open(name.removeprefix(SCRATCH).removesuffix("-new")):
            continue
        scratch = shelf / name
        is_plain = scratch.is_dir() and not scratch.is_symlink()
        if not is_plain or not os.path.lexists(scratch / "old"):
            with contextlib.suppress(OSError):
                remove(scratch)


def _settle_aside(change: Change, note: Note) -> str:
    if change.is_over:
        if _is_there(change.gone) and not _is_kept(change):
            return _sheltered(change)
        _remove_named(change.gone)
        return _out_of_use(change)
    if not _is_out(change):
        if _is_there(change.unit):
            _undo(change)
            return f"{UNDONE}: {change.unit} stays in use"
        if not _is_kept(change):
            # Neither there nor kept: somebody else moved it. What we wrote about it would not be true.
            _undo(change)
            return f"{UNDONE}: {change.unit} was taken away by somebody else"
    if _is_there(change.gone) and not _fits(change):
        return _return_gone(change)
    if _is_there(change.unit) and change.place != change.unit:
        _remove_named(change.staged)
        sentence = f"{UNDONE}: something else is at {change.unit}" if change.place else ""
    else:
        sentence = _place_new(change)
    if _is_there(change.gone):
        # From here on what is found at the old place is another's, and `gone` is no longer a sign of it.
        note(change.model_copy(update={"is_over": True}))
        _remove_named(change.gone)
    return sentence or _out_of_use(change)


def _is_out(change: Change) -> bool:
    """Say whether the old artefact was moved out of its place: a copy of it elsewhere does not mean that."""
    is_moved_whole = bool(change.kept) and not change.is_copied
    return _is_there(change.gone) or (is_moved_whole and _is_there(change.kept))


def _is_kept(change: Change) -> bool:
    return _is_there(change.tombstone or change.kept)


def _fits(change: Change) -> bool:
    """Say whether what was moved to `gone` is whole elsewhere too."""
    if not change.tombstone:
        return _is_there(change.kept) and content_digest(Path(change.kept)) == content_digest(Path(change.gone))
    try:
        digest = hashlib.sha256(Path(change.tombstone).read_bytes()).hexdigest()
    except OSError:
        return False
    return digest == change.tombstone_digest or not change.tombstone_digest


def _out_of_use(change: Change) -> str:
    if _is_there(change.unit) and change.place != change.unit:
        return f"{FINISHED}: what was at {change.unit} is put aside; something else is there now"
    return f"{FINISHED}: {change.unit} is out of use"


def _undo(change: Change) -> None:
    """Take away what the change made; the old artefact is in its place, or nowhere that we know of."""
    _remove_named(change.staged)
    if change.kept:
        remove(beside(Path(change.kept)))
    if change.is_copied and _is_there(change.unit):
        _remove_named(change.kept)
    for path in (change.tombstone, change.manifest):
        _remove_named(path)


def _return_gone(change: Change) -> str:
    """Put back what was moved to `gone`: what should hold it elsewhere was lost or changed."""
    is_new_in = _is_there(change.place) and not _is_there(change.staged)
    _remove_named(change.staged)
    if is_new_in or _is_there(change.unit):
        return _sheltered(change)
    _rename(change.gone, Path(change.unit))
    return f"{UNDONE}: {change.unit} is as it was, for its copy was lost"


def _sheltered(change: Change) -> str:
    """Keep what was moved to `gone` where archives are by default."""
    shelter = Path(change.unit).parent / ARCHIVE
    make_folder(shelter, _FOLDER_MODE)
    name = Path(change.kept or change.tombstone).name
    number = 1
    while os.path.lexists(target := shelter / (name if number == 1 else f"{name}-{number}")):
        number += 1
    _rename(change.gone, target)
    return f"{FINISHED}: what was at {change.unit} lies in {target}, for its copy was lost"


def _place_new(change: Change) -> str:
    """Give the new artefact its name, or bring the old one back."""
    if not change.place:
        return ""
    staged, place = Path(change.staged), Path(change.place)
    is_staged, is_placed = os.path.lexists(staged), os.path.lexists(place)
    if is_placed and (not is_staged or content_digest(staged) == content_digest(place)):
        remove(staged)
        return f"{FINISHED}: {place} is there"
    if not change.unit:
        remove(staged)
        return f"{UNDONE}: {place} was not written"
    if not is_staged:
        _bring_back(change)
        return f"{UNDONE}: {place} was not written"
    try:
        put_in_place(staged, place)
    except ArtifactNameTaken:
        _bring_back(change)
        return f"{UNDONE}: something else is at {place}"
    return f"{FINISHED}: {place} is there"


def _bring_back(change: Change) -> None:
    """Put the old artefact back, where its place is free; else it stays kept, and only the new one is dropped."""
    held = next((each for each in (change.gone, change.kept) if each and _is_there(each)), "")
    if held and not _is_there(change.unit):
        if held == change.kept and change.is_copied:
            # Another file system: the copy stays the one that is safe, and what was copied is not there any more.
            _remove_named(change.staged)
            return
        _rename(held, Path(change.unit))
        for path in (change.kept, change.tombstone, change.manifest):
            _remove_named(path)
    _remove_named(change.staged)


def _settle_restore(change: Change) -> str:
    """Nothing that is half brought back is ever put in place: what was put aside is still there."""
    back, place = Path(change.back), Path(change.place)
    other = change.staged or change.back
    # A file has both names for a moment, on its way into its place.
    is_placed = _is_there(change.place) and (not _is_there(other) or _is_same(change.staged, place))
    _remove_named(change.staged)
    if not is_placed:
        if _is_there(change.gone) and not _is_there(change.back):
            _rename(change.gone, back)
        return f"{UNDONE}: {place} was not brought back"
    if change.is_copied and _is_there(change.back) and content_digest(back) == content_digest(place):
        # In one step: half an archive must not be listed as a whole one.
        _rename(change.back, Path(change.gone))
    _remove_named(change.gone)
    return f"{FINISHED}: {place} is back"


def _is_same(staged: str, place: Path) -> bool:
    return bool(staged) and content_digest(Path(staged)) == content_digest(place)


def _rename(source: str, target: Path) -> None:
    os.rename(source, target)
    sync_folder(target.parent)
    sync_folder(Path(source).parent)


def _is_there(path: str) -> bool:
    """Say whether something is there; "" is nowhere. A folder that cannot be looked into is an error, not a no.

    Raises:
        OSError: It cannot be told.
    """
    if not path:
        return False
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _remove_named(path: str) -> None:
    if path:
        remove(Path(path))
