"""The lifecycle of learned artefacts: compare a draft with what exists, decide, carry it out, take it back.

In     drafts and folders; the ArtifactFiles port
Out    Comparison, LifecycleDecision, LifecycleResult
Never  changes what is not marked as learned, or is not what was judged
Why    the verbs, the learning and the reviews all act on artefacts, and must do so in one way
"""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from skillstrata.library.lifecycle_deciding import DEFAULT_LIMITS, LifecycleLimits
from skillstrata.library.lifecycle_page import existing_of, is_ours, page_of
from skillstrata.library.overlap import artifact_terms
from skillstrata.library.overlap_index import OverlapIndex, built, from_bytes
from skillstrata.ports.artifact_files import ArtifactFiles
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.learned import (
    ArtifactKind,
    ArtifactStamp,
    AsideRow,
    Comparison,
    DecisionType,
    ExistingArtifact,
    LearnedDraft,
    LifecycleDecision,
    LifecycleResult,
    NewArtifact,
    PutAside,
    RelatedArtifact,
)
from skillstrata.records.learned_faults import ArtifactAmbiguous, ArtifactForeign, ArtifactUnknown

_MOST_RELATED = 20
_FOLDERS = {ArtifactKind.SKILL: "skills", ArtifactKind.COMMAND: "commands", ArtifactKind.AGENT: "agents"}


@dataclass(frozen=True, slots=True)
class AsidePlaces:
    """Where archives, tombstones and manifests go; "" for the folders beside each artefact."""

    archive_root: str = ""
    manifest_root: str = ""

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """Give those that were named."""
        return tuple(each for each in (self.archive_root, self.manifest_root) if each)


BESIDE = AsidePlaces()


def usual_roots(kind: ArtifactKind, home: Path, project: Path) -> tuple[str, ...]:
    """Give the folders that Claude Code reads: the project's first, then the user's."""
    places = dict.fromkeys(str(base / ".claude" / _FOLDERS[kind]) for base in (project, home))
    return tuple(places)


class LearnedArtifacts:
    """What can be done with learned artefacts below some folders."""

    def __init__(self, files: ArtifactFiles, limits: LifecycleLimits = DEFAULT_LIMITS) -> None:
        """Keep the port; what a killed process left half done is mended at the first use."""
        self._files = files
        self._limits = limits
        self.recovered = files.recover()

    def alone(self, roots: tuple[str, ...], places: AsidePlaces = BESIDE) -> AbstractContextManager[None]:
        """Let nobody else change these folders inside the with-block: what is compared there holds when applied.

        Raises:
            ArtifactsBusy: Another process changes one for too long.
        """
        return self._files.alone((*roots, *places.elsewhere))

    def compare(self, draft: LearnedDraft, roots: tuple[str, ...], *, most: int = _MOST_RELATED) -> Comparison:
        """Compare a draft with every artefact of its kind below these folders.

        Args:
            draft: A checked draft.
            roots: Folders of artefacts.
            most: How many related ones are given with their text.
        """
        stamps, odd = self._files.stamps(draft.kind, roots)
        index, unreadable = self._index(draft.kind, roots, stamps)
        terms = artifact_terms(draft.name, draft.description, draft.content)
        matches, more = index.nearest(terms, least=self._limits.related, most=most)
        by_path = {stamp.path: stamp for stamp in stamps}
        related: list[RelatedArtifact] = []
        for match in matches:
            try:
                artifact = self._read(by_path[match.path], draft.kind)
            except FileUnreadable as error:
                unreadable.append(_unreadable(match.path, error))
                continue
            related.append(RelatedArtifact(artifact, match.score, match.idf_score))
        return Comparison(tuple(related), more, index.total, (*odd, *unreadable))

    def everything(self, kind: ArtifactKind, roots: tuple[str, ...]) -> tuple[ExistingArtifact, ...]:
        """Give every artefact of a kind that can be read, with its text."""
        found: list[ExistingArtifact] = []
        for stamp in self._files.stamps(kind, roots)[0]:
            try:
                found.append(self._read(stamp, kind))
            except FileUnreadable:
                continue
        return tuple(found)

    def named(self, name: str, roots: dict[ArtifactKind, tuple[str, ...]]) -> ExistingArtifact:
        """Give the one artefact of this name, by its folder or file, or else by its frontmatter.

        Raises:
            ArtifactUnknown: There is none.
            ArtifactAmbiguous: There are several.
        """
        found = [
            self._read(stamp, kind)
            for kind, places in roots.items()
            for stamp in self._files.stamps(kind, places)[0]
            if stamp.slug == name
        ] or [one for kind, places in roots.items() for one in self.everything(kind, places) if one.name == name]
        if not found:
            places = ", ".join(dict.fromkeys(place for each in roots.values() for place in each))
            raise ArtifactUnknown(
                f"nothing below {places} is called {name!r}", hint="name the folder it lies in with --root DIR"
            )
        if len(found) > 1:
            raise ArtifactAmbiguous(
                f"{name!r} is the name of {', '.join(one.path for one in found)}",
                hint="say which one is meant with --root DIR or --kind KIND",
            )
        return found[0]

    def apply(
        self, decision: LifecycleDecision, draft: LearnedDraft | None, root: str, places: AsidePlaces = BESIDE
    ) -> LifecycleResult:
        """Carry a decision out.

        Args:
            decision: What to do.
            draft: The checked draft of a create, merge or replace.
            root: The folder that a new artefact goes into; one that replaces another goes where that was.
            places: Where archives and manifests go.

        Raises:
            ArtifactForeign: The target is the user's own.
            ArtifactChanged: It is not what was judged.
            StoreFull: Something cannot be written; everything is as it was.
        """
        match decision.type:
            case DecisionType.KEEP:
                return LifecycleResult()
            case DecisionType.CREATE if draft is not None:
                return self._files.create(self._new(draft, root, ""))
            case DecisionType.MERGE:
                target = _ours(decision)
                return self._files.add_patch(target.path, digest_of(target), decision.patch)
            case DecisionType.REPLACE if draft is not None:
                target = _ours(decision)
                order = _order(decision, target, places, is_deleted=decision.hard_delete)
                return self._files.replace(order, self._new(draft, shelf_of(target), target.path))
            case DecisionType.ARCHIVE | DecisionType.DELETE:
                target = _ours(decision)
                is_deleted = decision.type is DecisionType.DELETE
                return self._files.put_aside(_order(decision, target, places, is_deleted=is_deleted))
            case _:
                raise ValueError(f"a {decision.type.value} needs a draft")

    def aside(self, roots: tuple[str, ...], places: AsidePlaces = BESIDE) -> tuple[AsideRow, ...]:
        """List what can be restored, the latest first."""
        return self._files.aside(roots, places.elsewhere)

    def restore(self, name: str, roots: tuple[str, ...], places: AsidePlaces = BESIDE) -> tuple[AsideRow, str]:
        """Bring back what was put aside last under a name; give it and the path of its file.

        Raises:
            ArtifactUnknown: Nothing of that name was put aside.
            ArtifactNameTaken: Something is in its place.
        """
        rows = [row for row in self.aside(roots, places) if name in {row.name, slug_of(row)}]
        if not rows:
            raise ArtifactUnknown(
                f"nothing called {name!r} was put aside below {', '.join(roots)}",
                hint="`skillstrata learn restore` without a name lists what can be restored",
            )
        return rows[0], self._files.restore(rows[0])

    def _index(
        self, kind: ArtifactKind, roots: tuple[str, ...], stamps: tuple[ArtifactStamp, ...]
    ) -> tuple[OverlapIndex, list[Diagnostic]]:
        key = hashlib.sha256("\0".join((kind.value, *roots)).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        kept = from_bytes(self._files.remembered(key))
        extras: list[tuple[ArtifactStamp, frozenset[str]]] = []
        odd: list[Diagnostic] = []
        for stamp in kept.unknown(stamps):
            try:
                one = self._read(stamp, kind)
            except FileUnreadable as error:
                odd.append(_unreadable(stamp.path, error))
                continue
            extras.append((stamp, artifact_terms(one.name, one.description, one.content)))
        index = OverlapIndex(kept, stamps, extras)
        if index.is_worth_keeping:
            self._files.remember(key, built(index.documents()).to_bytes())
        return index, odd

    def _read(self, stamp: ArtifactStamp, kind: ArtifactKind) -> ExistingArtifact:
        data = self._files.read(stamp.path)
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise FileUnreadable(f"{stamp.path} is not UTF-8", hint="store it as UTF-8", reason="unreadable") from error
        return existing_of(text, path=stamp.path, slug=stamp.slug, kind=kind)

    def _new(self, draft: LearnedDraft, root: str, besides: str) -> NewArtifact:
        name = self._files.free_name(draft.name, draft.kind, root, besides=besides)
        return NewArtifact(name, draft.kind, root, page_of(replace(draft, name=name), name))


def digest_of(artifact: ExistingArtifact) -> str:
    """Give the digest of the file that was read: text that was decoded strictly encodes to the same bytes."""
    return hashlib.sha256(artifact.content.encode()).hexdigest()


def shelf_of(artifact: ExistingArtifact) -> str:
    """Give the folder that an artefact lies in."""
    path = Path(artifact.path)
    return str(path.parent.parent if artifact.kind is ArtifactKind.SKILL else path.parent)


def slug_of(row: AsideRow) -> str:
    """Give the name that an artefact's folder or file had."""
    path = Path(row.old_path)
    return path.parent.name if row.kind is ArtifactKind.SKILL else path.stem


def _order(decision: LifecycleDecision, target: ExistingArtifact, places: AsidePlaces, *, is_deleted: bool) -> PutAside:
    return PutAside(
        path=target.path,
        name=target.name,
        kind=target.kind,
        digest=digest_of(target),
        reason=decision.reason,
        is_deleted=is_deleted,
        archive_root=places.archive_root,
        manifest_root=places.manifest_root,
    )


def _ours(decision: LifecycleDecision) -> ExistingArtifact:
    target = decision.target
    if target is None:
        raise ValueError(f"a {decision.type.value} needs a target")
    if not is_ours(target.content):
        raise ArtifactForeign(
            f"{target.path} is not marked `origin: skill-learning` in its frontmatter: it is the user's own",
            hint="change or remove it by hand, if that is what you want",
        )
    return target


def _unreadable(path: str, error: FileUnreadable) -> Diagnostic:
    code = "artifact_too_large" if error.reason == "too_large" else "artifact_unreadable"
    return Diagnostic(code, "warning", error.message, path=path)
