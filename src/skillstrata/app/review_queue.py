"""The queue of what waits for a person: proven programs, learned drafts, skills of others; which answers each takes.

In     the App, an id or the beginning of one
Out    ReviewItems, views of drafts and packages, refusals with the next step
Never  reads the program, the draft or the package of what is only listed
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from skillstrata.app.review_drafts import item_of as draft_id
from skillstrata.app.review_packages import item_of as package_id
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import drafts, quarantine, review_lock, review_log
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.exchange_faults import PackageUnknown
from skillstrata.records.exchanges import SkillPackage
from skillstrata.records.failures import CandidateUnknown, StoreLocked
from skillstrata.records.learned import LearnedDraft, LifecycleDecision
from skillstrata.records.learned_drafts import KeptDraft
from skillstrata.records.reviews import (
    DRAFT,
    IMPORT,
    PLACEMENT,
    Answer,
    AnswerUnfit,
    NotPending,
    Phase,
    QueueDecision,
    ReviewAmbiguous,
    ReviewBusy,
    ReviewItem,
)

DOES: dict[str, tuple[tuple[Answer, str], ...]] = {
    PLACEMENT: (
        (Answer.ACCEPT, "it runs from now on; what ran stays behind it"),
        (Answer.REJECT, "it is set aside"),
        (Answer.PIN, "it is set aside, and what runs goes on whatever comes"),
        (Answer.MERGE, "it is kept as a fallback behind what runs"),
        (Answer.KEEP_BOTH, "it becomes a tool of its own"),
    ),
    DRAFT: (
        (
            Answer.ACCEPT,
            "what `learn apply` does: a new one, a patch beside what is there, or one in its place",
        ),
        (Answer.REJECT, "it is set aside, and not made again"),
    ),
    IMPORT: (
        (Answer.ACCEPT, "it comes into the library; a tool is proved again first"),
        (Answer.REJECT, "it is taken out of quarantine"),
    ),
}
"""What each answer does, by kind of question."""

_NAMED = 3


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """An open question with what it is about: one of the three."""

    item: ReviewItem
    candidate: Candidate | None = None
    draft: KeptDraft | None = None
    package: SkillPackage | None = None


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft whole, as it would be written; `decision` says what accepting does and why, `root` in which folder.

    Where the draft cannot be accepted, it is None and `problem` says why.
    """

    item: ReviewItem
    kept: KeptDraft
    draft: LearnedDraft | None = None
    decision: str = ""
    root: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PackageView:
    """A package with its files, as (path, bytes); `problem` where they cannot be read."""

    item: ReviewItem
    package: SkillPackage
    files: tuple[tuple[str, int], ...] = ()
    problem: str = ""


@contextmanager
def alone(app: App) -> Generator[None]:
    """Let nobody else answer for the length of a with-block.

    Raises:
        ReviewBusy: Somebody does.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(review_lock(app).held())
        except StoreLocked as error:
            raise ReviewBusy(
                f"another answer is being carried out in {app.data_dir}",
                hint="wait a moment, look at `skillstrata pending` again, then answer",
            ) from error
        yield


def rows_of_others(app: App) -> tuple[ReviewRow, ...]:
    """List the drafts and packages that wait."""
    of_drafts = (ReviewRow(draft_item(kept), draft=kept) for kept in drafts(app).kept())
    of_packages = (ReviewRow(_package_item(one), package=one) for one in quarantine(app).held())
    return (*of_drafts, *of_packages)


def draft_item(kept: KeptDraft) -> ReviewItem:
    """Give the question about a draft."""
    options = tuple(said for said, _ in DOES[DRAFT])
    why = kept.because or kept.description or "its index does not say why"
    return ReviewItem(draft_id(kept.key), DRAFT, f"{kept.kind.value} {kept.name}", why, options, kept.at_s)


def package_view(app: App, name: str) -> PackageView:
    """Give a package with its files.

    Raises:
        NotPending: It does not wait any more.
    """
    try:
        package = quarantine(app).package(name)
    except PackageUnknown as error:
        raise not_pending(app, package_id(name)) from error
    try:
        files = quarantine(app).files(name)
    except PackageUnknown as error:
        return PackageView(_package_item(package), package, problem=f"{error.message}; {error.hint}")
    return PackageView(_package_item(package), package, tuple((file.path, len(file.data)) for file in files))


def resolved(app: App, given: str) -> str:
    """Give the whole id of what waits.

    Args:
        app: The App.
        given: The id, the beginning of it, or of what follows the kind in it.

    Raises:
        NotPending: It waits for nobody.
        ReviewAmbiguous: Several begin so.
        CandidateUnknown: Nothing has this id.
    """
    kind, _, name = given.partition(":")
    if kind == IMPORT and _is_held(app, name):
        return given
    of_drafts = [draft_id(kept.key) for kept in drafts(app).kept()] if kind != IMPORT else []
    if given in of_drafts:
        return given
    waits = (*of_drafts, *(package_id(one.name) for one in quarantine(app).held() if kind != DRAFT))
    fits = [one for one in waits if given and given in (one[: len(given)], one.partition(":")[2][: len(given)])]
    if not fits and given.startswith((f"{DRAFT}:", f"{IMPORT}:")):
        raise not_pending(app, given)
    try:
        found = app.catalog.candidate(given)
    except CandidateUnknown:
        if not fits:
            raise
        found = None
    if not fits and found is not None:
        return found.id
    exact = [one for one in fits if one.partition(":")[2] == given]
    programs = [c.id for c in app.catalog.candidates(State.PENDING) if c.id.startswith(given)]
    return _only(given, [*(exact or fits), *programs])


def _is_held(app: App, name: str) -> bool:
    try:
        return bool(quarantine(app).package(name).name)
    except PackageUnknown:
        return False


def _only(given: str, fits: list[str]) -> str:
    if len(fits) > 1:
        named = ", ".join(fits[:_NAMED])
        more = f" and {len(fits) - _NAMED} more" if len(fits) > _NAMED else ""
        raise ReviewAmbiguous(f"{given!r} begins {named}{more}", hint="write more of the id")
    return fits[0]


def refuse_unfit(kind: str, item: str, said: Answer) -> None:
    """Refuse an answer that makes no sense for a kind.

    Raises:
        AnswerUnfit: It does not.
    """
    options = [one.value for one, _ in DOES[kind]]
    if said.value not in options:
        verbs = " or ".join(f"`skillstrata review {one} {item}`" for one in options)
        raise AnswerUnfit(f"{said.value} is no answer for {item}, a question about a {kind}", hint=f"{verbs} is")


def not_pending(app: App, item: str) -> NotPending:
    """Say what became of something that does not wait, as an error."""
    before = [d for d in review_log(app).decisions() if d.item == item and not d.undone]
    said = f"was answered with {before[-1].answer.value}" if before else "is not in the queue"
    back = f"`skillstrata review undo {before[-1].id}` takes that back; " if before else ""
    return NotPending(f"{item!r} {said}", hint=f"{back}`skillstrata pending` lists what waits")


def open_answers(app: App) -> tuple[QueueDecision, ...]:
    """Give the answers that were begun, or are being taken back, and not ended."""
    return tuple(d for d in review_log(app).decisions() if d.phase in (Phase.BEGUN, Phase.UNDOING))


def decided_line(decision: LifecycleDecision) -> str:
    """Say what the lifecycle does with a draft, and why."""
    about = f" {decision.target.path}" if decision.target is not None else ""
    return f"{decision.type.value}{about}: {decision.reason}"


def _package_item(one: SkillPackage) -> ReviewItem:
    dangers = [f.code for f in one.findings if f.level == "danger"]
    dangers += ["signature"] if one.signature.state == "bad" else []
    found = f"with dangers ({', '.join(dict.fromkeys(dangers))})" if dangers else "without dangers"
    notes = sum(f.level == "note" for f in one.findings)
    why = f"imported from {one.provenance.source}, {found}" + (f", {notes} notes" if notes else "")
    options = tuple(said for said, _ in DOES[IMPORT])
    return ReviewItem(package_id(one.name), IMPORT, f"{one.kind} {one.name}", why, options, one.provenance.at_s)
