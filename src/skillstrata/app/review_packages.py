"""Skills of others as questions to a person: the answer written down, and taken back.

    begun, with a copy of the package -> the library or nothing -> done          undoing -> quarantine again -> undone

In     packages of the quarantine, an answer
Out    QueueDecisions; a package that lies in quarantine again
Never  takes out of the library what grew or was edited there; loads or runs anything
"""

import secrets
from dataclasses import replace
from pathlib import PurePosixPath

from skillstrata.app.imported_skills import has_come_in, library_files
from skillstrata.app.warm_preparing import prepare_after_pass
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import decided_packages, exchange_lock, quarantine, review_log
from skillstrata.records.exchange_faults import PackageUnknown
from skillstrata.records.exchanges import SkillPackage
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.reviews import IMPORT, Answer, NothingToUndo, Phase, QueueDecision, UndoBlocked
from skillstrata.records.tools import SkillFile

_MOST_KEPT = 50
_MOST_FILES = 600


class PackageAnswer:
    """An answer about a package, from the moment it is carried out until nothing of it is open.

    The caller holds the lock of the exchange.
    """

    def __init__(self, app: App, package: SkillPackage, said: Answer) -> None:
        """Take up what a process that was killed left off, or an answer of its own."""
        self._app = app
        self._package = package
        item = item_of(package.name)
        open_ones = (d for d in _begun(app, package.name) if d.content == package.content)
        fresh = QueueDecision(secrets.token_hex(6), item, said, app.clock.now_s())
        self._said = replace(next(open_ones, fresh), answer=said)

    def begin(self, files: tuple[SkillFile, ...] | None = None) -> None:
        """Keep a copy and write the answer down; a package that cannot be read has no copy."""
        content = self._package.content
        try:
            whole = quarantine(self._app).files(self._package.name) if files is None else files
            decided_packages(self._app).put(self._package, whole)
        except PackageUnknown:
            content = ""
        self._said = replace(self._said, content=content)
        review_log(self._app).save(self._said)

    def give_up(self) -> None:
        """Strike the answer out: it could not be carried out, and the question stays open."""
        review_log(self._app).drop(frozenset({self._said.id}))

    def finish(self) -> None:
        """Say that it is done; copies beyond the newest go."""
        content = self._said.content or self._package.content
        review_log(self._app).save(replace(self._said, phase=Phase.DONE, content=content))
        rows = [d for d in review_log(self._app).decisions() if d.item.startswith(f"{IMPORT}:") and not d.undone]
        kept = {row.item for row in rows[-_MOST_KEPT:]}
        for one in decided_packages(self._app).held():
            if item_of(one.name) not in kept:
                decided_packages(self._app).drop(one.name)


def item_of(name: str) -> str:
    """Give the id that a package has in the queue."""
    return f"{IMPORT}:{name}"


def is_held(app: App, name: str) -> bool:
    """Say whether a package of this name lies in quarantine."""
    return bool(_waiting(app, name))


def is_ended(app: App, said: QueueDecision) -> bool:
    """End an answer that a killed process left, where it is not about what waits now; False where it can be given."""
    name = said.item.partition(":")[2]
    with exchange_lock(app).held():
        end_left(app, name)
        return all(one.id != said.id for one in _begun(app, name))


def end_left(app: App, name: str, *, is_replaced: bool = False) -> None:
    """End the answers about a name that killed processes left and that are not about what waits now.

    One that was carried out is done; one that was not is asked again, with its package in quarantine as before. The
    caller holds the lock of the exchange.

    Args:
        app: The App.
        name: Of the package.
        is_replaced: What waits now is about to be replaced by another package.
    """
    waiting = _waiting(app, name)
    for said in _begun(app, name):
        if said.content and said.content == waiting and not is_replaced:
            continue
        is_gone = waiting != said.content if waiting else True
        copy = _kept_copy(app, said, name)
        if _was_carried_out(app, said, copy, is_gone=is_gone):
            review_log(app).save(replace(said, phase=Phase.DONE))
            continue
        if copy is not None and not waiting:
            quarantine(app).put(*copy)
        review_log(app).drop(frozenset({said.id}))


def _begun(app: App, name: str) -> tuple[QueueDecision, ...]:
    return tuple(d for d in review_log(app).decisions() if d.item == item_of(name) and d.phase is Phase.BEGUN)


def _waiting(app: App, name: str) -> str:
    """Give the digest of the content of what waits under a name, "" for nothing."""
    try:
        return quarantine(app).package(name).content
    except PackageUnknown:
        return ""


def _kept_copy(app: App, said: QueueDecision, name: str) -> tuple[SkillPackage, tuple[SkillFile, ...]] | None:
    try:
        package, files = decided_packages(app).package(name), decided_packages(app).files(name)
    except PackageUnknown:
        return None
    return (package, files) if package.content == said.content else None


def _was_carried_out(
    app: App, said: QueueDecision, copy: tuple[SkillPackage, tuple[SkillFile, ...]] | None, *, is_gone: bool
) -> bool:
    if said.answer is Answer.REJECT:
        # One without a copy could not be told from another of its name.
        return is_gone and (copy is not None or not is_held(app, said.item.partition(":")[2]))
    if copy is None:
        return False
    package, files = copy
    if has_come_in(app, package, files):
        return True
    # It left quarantine only after it had come in; it may have been edited in the library since.
    noted = any((one.name, one.content) == (package.name, package.content) for one in quarantine(app).accepted())
    return noted and is_gone and package.name in app.library.taken()


def take_back(app: App, said: QueueDecision) -> tuple[str, ...]:
    """Let a package wait in quarantine again, out of the library; gives what was done.

    Raises:
        NothingToUndo: No copy of it is left.
        UndoBlocked: What came of it was changed since, or another package of its name waits.
        StoreFull: Something cannot be written; it can be taken back again.
    """
    name = said.item.partition(":")[2]
    told: list[str] = []
    with exchange_lock(app).held():
        package, files = _copy(app, said, name)
        is_there = said.answer is Answer.ACCEPT and name in app.library.taken()
        if is_there:
            _refuse_grown(app, package, files)
        review_log(app).save(replace(said, phase=Phase.UNDOING))
        quarantine(app).put(package, files)
        if is_there:
            app.catalog.forget_uses("", (name,))
            app.library.remove(name)
            told.append(f"{package.kind} {name} was taken out of the library")
        review_log(app).save(replace(said, phase=Phase.UNDONE))
        decided_packages(app).drop(name)
    if is_there:
        prepare_after_pass(app, ())
    return (*told, f"{said.item} waits in quarantine again")


def _copy(app: App, said: QueueDecision, name: str) -> tuple[SkillPackage, tuple[SkillFile, ...]]:
    try:
        package, files = decided_packages(app).package(name), decided_packages(app).files(name)
    except PackageUnknown as error:
        raise NothingToUndo(f"no copy of the package {name!r} is left", hint="import it again") from error
    if package.content != said.content:
        raise NothingToUndo(f"a later package {name!r} was decided about since", hint="import this one again")
    if any(one.name == name and one.content != said.content for one in quarantine(app).held()):
        raise UndoBlocked(
            f"another package of the name {name!r} lies in quarantine", hint=f"decide about import:{name} first"
        )
    return package, files


def _refuse_grown(app: App, package: SkillPackage, files: tuple[SkillFile, ...]) -> None:
    name = package.name
    if package.kind == "tool":
        brought = {(e.branch, e.version) for e in app.library.lineage(name) if e.what == "import"}
        versions = ((b.name, v.number) for b in app.library.tool(name).branches for v in b.versions)
        if all(version in brought for version in versions):
            return
    elif _is_as_brought(app, name, files):
        return
    raise UndoBlocked(
        f"{name} was changed in the library since it was accepted", hint=f"`skillstrata retire {name}` puts a tool away"
    )


def _is_as_brought(app: App, name: str, files: tuple[SkillFile, ...]) -> bool:
    folder = f"{app.data_dir}/skills/{name}"
    brought = {f"{folder}/{file.path}": file.data for file in library_files(name, files)}
    try:
        same = all(app.disk.read(path, max_bytes=len(data) + 1) == data for path, data in brought.items())
    except FileUnreadable:
        return False
    folders = {str(PurePosixPath(path).parent) for path in brought}
    there = {path for each in folders for path in app.disk.matching(f"{each}/*", most=_MOST_FILES)}
    return same and there <= brought.keys()
