"""Drafts without secrets and without anybody's name or home folder, before they are judged or written.

In     a draft as its file says it
Out    the same draft with each secret replaced by a marker, and what was replaced as diagnostics
Never  lets a text of a draft reach a page, a patch or a manifest unseen
Why    a file that is handed to `learn apply` may have been written by hand, or be older than a rule for secrets
"""

from dataclasses import replace

from skillstrata.app.wiring import App
from skillstrata.capture import without_persons
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.learned import LearnedDraft


def cleaned(app: App, draft: LearnedDraft) -> tuple[LearnedDraft, tuple[Diagnostic, ...]]:
    """Give a draft that says nothing of this machine, and what was taken out of it."""
    found: list[Diagnostic] = []
    clean = replace(
        draft,
        name=_said(app, draft.name, "name", found),
        description=_said(app, draft.description, "description", found),
        content=_said(app, draft.content, "content", found),
        because=_said(app, draft.because, "because", found),
    )
    return clean, tuple(found)


def _said(app: App, text: str, what: str, found: list[Diagnostic]) -> str:
    redacted = app.redactor.redact(text)
    if redacted.hits:
        rules = ", ".join(dict.fromkeys(f"{one.rule} in line {one.line}" for one in redacted.finds))
        told = f"a secret in the {what} was replaced by a marker ({rules or redacted.hits})"
        found.append(Diagnostic("draft_secret_redacted", "warning", told, repaired=True))
    shown = without_persons(redacted.text, home=str(app.settings.home))
    names = {dict(app.settings.environ).get("USER", ""), app.settings.home.name}
    for name in sorted({form for one in names for form in (one, one.lower(), one.capitalize(), one.upper())}):
        shown = without_persons(shown, user=name)
    if shown != redacted.text:
        told = f"a home folder or a user's name in the {what} was replaced"
        found.append(Diagnostic("draft_person_lifted", "warning", told, repaired=True))
    return shown
