"""The JSON of reviews: what waits for a person, one question whole, what an answer changed.

In     rows, views and answers of reviewing
Out    what a JSON writer takes
Never  drops a documented field; may add fields
"""

from dataclasses import asdict

from skillstrata.app.json_views import candidate_json, proof_json
from skillstrata.app.review_placements import Reviewed, ReviewView
from skillstrata.app.review_queue import DOES, DraftView, PackageView, ReviewRow
from skillstrata.records.exchanges import SkillPackage
from skillstrata.records.json_values import JsonObject
from skillstrata.records.learned_drafts import KeptDraft
from skillstrata.records.reviews import ReviewItem


def pending_json(rows: tuple[ReviewRow, ...]) -> list[JsonObject]:
    """Give what waits, each with its question; a program with the fields of a candidate."""
    return [_row(row) for row in rows]


def view_json(view: ReviewView | DraftView | PackageView) -> JsonObject:
    """Give one question whole."""
    match view:
        case ReviewView():
            present = proof_json(view.present_proof)
            whole: JsonObject = {"diff": list(view.diff), "proof": proof_json(view.proof), "present_proof": present}
            return {**_row(ReviewRow(view.item, candidate=view.candidate)), **whole}
        case DraftView():
            return {**_row(ReviewRow(view.item, draft=view.kept)), **_draft_whole(view)}
        case PackageView():
            files: list[JsonObject] = [{"path": path, "bytes": size} for path, size in view.files]
            row = _row(ReviewRow(view.item, package=view.package))
            return {**row, "files": [*files], "problem": view.problem or None}


def reviewed_json(done: Reviewed) -> JsonObject:
    """Give what an answer changed."""
    return {"id": done.id, "answer": done.answer, "changed": list(done.changed)}


def _row(row: ReviewRow) -> JsonObject:
    review: JsonObject = {"review": _question(row.item)}
    if row.candidate is not None:
        return {**candidate_json(row.candidate), **review}
    about: JsonObject = {"id": row.item.id, "state": "pending"}
    if row.draft is not None:
        about |= {"draft": _draft(row.draft)}
    if row.package is not None:
        about |= {"package": _package(row.package)}
    return {**about, **review}


def _question(item: ReviewItem) -> JsonObject:
    does = {said.value: text for said, text in DOES[item.kind] if said in item.options}
    return {
        "kind": item.kind,
        "subject": item.subject,
        "why": item.why,
        "options": [option.value for option in item.options],
        "does": {**does},
        "at": item.at_s,
    }


def _draft(kept: KeptDraft) -> JsonObject:
    return {
        "key": kept.key,
        "name": kept.name,
        "kind": kept.kind.value,
        "description": kept.description,
        "because": kept.because,
        "projects": list(kept.projects),
        "sessions": len(kept.sources),
        "path": kept.path,
    }


def _draft_whole(view: DraftView) -> JsonObject:
    draft = view.draft
    evidence: list[JsonObject] = [
        {"event_id": e.event_id, "session": e.session, "project": e.project, "what": e.what}
        for e in (draft.evidence if draft is not None else ())
    ]
    return {
        "content": draft.content if draft is not None else None,
        "confidence": draft.confidence if draft is not None else None,
        "evidence": [*evidence],
        "decision": view.decision or None,
        "root": view.root or None,
        "problem": view.problem or None,
    }


def _package(one: SkillPackage) -> JsonObject:
    return {
        "name": one.name,
        "version": one.version,
        "kind": one.kind,
        "digest": one.digest,
        "files": one.files,
        "bytes": one.bytes,
        "source": one.provenance.source,
        "revision": one.provenance.revision,
        "signature": {"state": one.signature.state, "key_id": one.signature.key_id, "owner": one.signature.owner},
        "has_danger": one.has_danger,
        "findings": [{**asdict(finding)} for finding in one.findings],
    }
