"""Learned drafts as questions to a person: applied by their word, set aside, and taken back.

    begun (written down) -> the lifecycle's change -> settled -> done          undoing -> taken out -> waits -> undone

In     drafts that are kept, an answer
Out    QueueDecisions; drafts settled or waiting again
Never  takes back what somebody has edited since; leaves an answer half carried out: it is carried on by the next look
"""

import hashlib
import json
import secrets
from dataclasses import replace
from pathlib import Path

from skillstrata.app.learned_artifacts import LearnedArtifacts, usual_roots
from skillstrata.app.learned_tending import begin_anew
from skillstrata.app.project_labels import project_label
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import drafts, learning_lock, lifecycle, review_log
from skillstrata.library.lifecycle_drafts import MAX_DRAFT_BYTES, read_draft
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.learned import (
    ArtifactKind,
    AsideRow,
    DecisionType,
    LearnedDraft,
    LifecycleDecision,
    LifecycleResult,
    PutAside,
)
from skillstrata.records.learned_drafts import KeptDraft
from skillstrata.records.learned_faults import DraftUnreadable
from skillstrata.records.reviews import DRAFT, Answer, NotPending, Phase, ProjectUnknown, QueueDecision, UndoBlocked

_NEW = (DecisionType.CREATE.value, DecisionType.REPLACE.value)
_BACK = "Taken back in review"


class DraftAnswer:
    """A person's yes to a kept draft, from the moment it is said until nothing of it is open."""

    def __init__(self, app: App, kept: KeptDraft, judged: str | None = None) -> None:
        """Remember whose it is; `judged` is the digest of the text that was answered about, None: whatever it is."""
        self._app = app
        self._kept = kept
        self._judged = judged
        self._said = _new(app, item_of(kept.key), Answer.ACCEPT, kept.sources)

    def begin(self, decision: LifecycleDecision, draft: LearnedDraft, root: str) -> None:
        """Write down what is about to be done: where a process that was killed left off with this text, or anew.

        Raises:
            NotPending: The draft is not the one that was answered about.
        """
        digest = text_digest(draft)
        if self._judged not in (None, digest):
            raise _not_the_same(self._said.item)
        begun = [d for d in review_log(self._app).decisions() if d.item == self._said.item and d.phase is Phase.BEGUN]
        same = [d for d in begun if d.content == digest]
        self._said = same[0] if same else replace(self._said, content=digest)
        review_log(self._app).drop(frozenset(d.id for d in begun if d.id != self._said.id))
        target = decision.target.path if decision.target is not None else ""
        if not (decision.type is DecisionType.KEEP and self._said.did in _NEW):
            # Else it was done before, by a process that did not live to say so: what is kept is what it wrote.
            self._said = replace(self._said, did=decision.type.value, artifact=draft.kind.value, target_path=target)
        else:
            self._said = replace(self._said, active_path=target)
        self._said = replace(self._said, answer=Answer.ACCEPT, root=root)
        review_log(self._app).save(self._said)

    def give_up(self) -> None:
        """Strike the answer out: it could not be carried out, and the question stays open."""
        review_log(self._app).drop(frozenset({self._said.id}))

    def finish(self, result: LifecycleResult | None, decision: LifecycleDecision) -> None:
        """Settle the draft."""
        done = result or LifecycleResult(active_path=self._said.active_path)
        written = decision.patch.encode() if done.patch_path else _bytes(self._app, done.active_path)
        self._said = replace(
            self._said,
            active_path=done.active_path,
            patch_path=done.patch_path,
            digest=hashlib.sha256(written).hexdigest() if written else "",
        )
        review_log(self._app).save(self._said)
        drafts(self._app).settle(self._kept.key)
        review_log(self._app).save(replace(self._said, phase=Phase.DONE))


def text_digest(draft: LearnedDraft) -> str:
    """Give the digest of all that a draft would write, or be decided by; more evidence for the same is no other."""
    parts = (draft.name, draft.description, draft.content, draft.kind.value, draft.scope, f"{draft.confidence:g}")
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def item_of(key: str) -> str:
    """Give the id that a draft has in the queue."""
    return f"{DRAFT}:{key}"


def kept_at(app: App, path: Path) -> KeptDraft | None:
    """Give the draft that lies in this file, None for a file of somebody's own."""
    place = path.resolve()
    return next((kept for kept in drafts(app).kept() if Path(kept.path).resolve() == place), None)


def kept_of(app: App, item: str) -> KeptDraft | None:
    """Give the draft of an id of the queue, None where it does not wait any more."""
    return next((kept for kept in drafts(app).kept() if item_of(kept.key) == item), None)


def draft_in(app: App, kept: KeptDraft) -> LearnedDraft:
    """Read a draft that waits.

    Raises:
        DraftUnreadable: Its file is damaged or gone.
    """
    hint = f"`skillstrata learn draft` makes it anew; `skillstrata review reject {item_of(kept.key)}` drops it"
    try:
        return read_draft(app.disk.read(kept.path, max_bytes=MAX_DRAFT_BYTES), kept.path)
    except (FileUnreadable, DraftUnreadable) as error:
        raise DraftUnreadable(error.message, hint=hint) from error


def roots_of(app: App, kept: KeptDraft, draft: LearnedDraft, here: Path) -> tuple[str, ...]:
    """Give the folders that an accepted draft goes into: the user's, or those of its own project and the user's.

    Raises:
        ProjectUnknown: It is a project's, and that folder is not known or gone.
    """
    home = app.settings.home
    if draft.scope == "user":
        return usual_roots(draft.kind, home, home)
    sessions = dict.fromkeys(one.session for one in draft.evidence if one.project in kept.projects)
    folders = (here, *(Path(folder) for session in sessions if (folder := _folder_of(app, session))))
    for folder in folders:
        if project_label(app.project_of(folder)) in kept.projects and app.disk.exists(str(folder)):
            return usual_roots(draft.kind, home, _top(app, folder))
    raise ProjectUnknown(
        f"the draft {draft.name} is of the project {', '.join(kept.projects) or 'none'}, whose folder is not here",
        hint=f"accept it in that folder, or `skillstrata learn apply {kept.path} --root FOLDER`",
    )


def set_aside(app: App, kept: KeptDraft) -> QueueDecision:
    """Say no to a draft: it is not made again.

    Raises:
        StoreFull: It cannot be written; the question stays open.
        StoreLocked: Drafts are being made for longer than we wait.
    """
    with learning_lock(app).held():
        said = replace(_new(app, item_of(kept.key), Answer.REJECT, kept.sources), content=_lying(app, kept))
        review_log(app).save(said)
        drafts(app).settle(kept.key)
        done = replace(said, phase=Phase.DONE)
        review_log(app).save(done)
    return done


def finish_settled(app: App, said: QueueDecision) -> None:
    """End an answer whose draft is settled already, or was rejected by a process that was killed.

    Raises:
        NotPending: Another text waits under its id.
    """
    with learning_lock(app).held():
        kept = kept_of(app, said.item)
        if kept is not None and (said.answer is Answer.ACCEPT or _lying(app, kept) != said.content):
            raise _not_the_same(said.item)
        if any(d.id == said.id and d.phase is Phase.BEGUN for d in review_log(app).decisions()):
            drafts(app).settle(said.item.partition(":")[2])
            review_log(app).save(replace(said, phase=Phase.DONE))


def take_back(app: App, said: QueueDecision) -> tuple[str, ...]:
    """Let a draft wait again, and take out what came of it; gives what was done.

    Raises:
        UndoBlocked: What came of it was edited since, or what it replaced is not there any more.
        StoreFull: Something cannot be written; it can be taken back again.
    """
    with learning_lock(app).held():
        row = _replaced(app, said) if said.did == DecisionType.REPLACE.value else None
        is_again = said.phase is Phase.UNDOING
        if said.answer is Answer.ACCEPT and not is_again:
            _refuse_edited(app, said, row)
        said = replace(said, phase=Phase.UNDOING)
        review_log(app).save(said)
        told = list(_taken_out(app, said, row)) if said.answer is Answer.ACCEPT else []
        waits = drafts(app).reopen(said.item.partition(":")[2])
        review_log(app).save(replace(said, phase=Phase.UNDONE))
    again = f"{said.item} waits for review again"
    return (*told, again if waits else f"the draft of {said.item} is gone; `skillstrata learn draft` may make it again")


def _refuse_edited(app: App, said: QueueDecision, row: AsideRow | None) -> None:
    if said.did not in _NEW:
        return
    text = _bytes(app, said.active_path)
    if text and hashlib.sha256(text).hexdigest() != said.digest:
        raise UndoBlocked(
            f"{said.active_path} was edited since it was accepted", hint="`skillstrata learn archive NAME` puts it away"
        )
    if said.did == DecisionType.REPLACE.value and row is None and said.target_path:
        raise UndoBlocked(
            f"what {said.active_path} replaced is not in its archive any more",
            hint="`skillstrata learn archive NAME` puts the new one away",
        )


def _taken_out(app: App, said: QueueDecision, row: AsideRow | None) -> tuple[str, ...]:
    files = lifecycle(app)
    told: list[str] = []
    if said.did in _NEW and hashlib.sha256(_bytes(app, said.active_path)).hexdigest() == said.digest:
        kind = ArtifactKind(said.artifact)
        name = Path(said.active_path).parent.name if kind is ArtifactKind.SKILL else Path(said.active_path).stem
        begin_anew(app, said.active_path)
        order = PutAside(said.active_path, name, kind, said.digest, f"{_BACK} ({said.id}).")
        told.append(f"archived {said.active_path}: {files.put_aside(order).archived_path}")
    if row is not None and not app.disk.exists(said.target_path):
        told.append(f"restored {files.restore(row)}")
        begin_anew(app, said.target_path)
    if said.patch_path:
        is_gone = files.take_patch(said.patch_path, said.digest)
        told.append(f"{'removed' if is_gone else 'left, for it was edited or moved:'} {said.patch_path}")
    return tuple(told)


def _replaced(app: App, said: QueueDecision) -> AsideRow | None:
    """Give what was archived when this was accepted."""
    target = Path(said.target_path)
    shelf = target.parent.parent if said.artifact == ArtifactKind.SKILL.value else target.parent
    rows = LearnedArtifacts(lifecycle(app)).aside((str(shelf),))
    return next((row for row in rows if row.old_path == said.target_path and not row.reason.startswith(_BACK)), None)


def _not_the_same(item: str) -> NotPending:
    return NotPending(
        f"the draft of {item} is not the one that was answered about",
        hint=f"look at it with `skillstrata pending {item}`, then answer anew",
    )


def _lying(app: App, kept: KeptDraft) -> str:
    """Give the digest of the draft as it lies in its file, "" where that cannot be read."""
    try:
        return text_digest(draft_in(app, kept))
    except DraftUnreadable:
        return ""


def _bytes(app: App, path: str) -> bytes:
    try:
        return lifecycle(app).read(path) if path else b""
    except FileUnreadable:
        return b""


def _new(app: App, item: str, said: Answer, sources: tuple[str, ...]) -> QueueDecision:
    return QueueDecision(secrets.token_hex(6), item, said, app.clock.now_s(), sources=sources)


def _folder_of(app: App, session: str) -> str:
    return next((e.cwd_before or e.cwd for e in app.traces.session(session) if e.cwd_before or e.cwd), "")


def _top(app: App, folder: Path) -> Path:
    """Give the top of the work tree that a folder lies in, else the folder."""
    found = (above for above in (folder, *folder.parents) if app.disk.exists(str(above / ".git")))
    top = next(found, folder)
    return folder if top == app.settings.home else top
