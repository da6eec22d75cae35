"""Check a draft before anything is made of it: what is merely untidy is mended, what could do harm is refused.

In     a draft's file, or the fields of a draft that was made from traces
Out    a LearnedDraft that is safe to be read by an agent, and what was mended; DraftRefused with every reason
Never  lets a name leave its folder, text steer the agent behind the user's back, or a command run when it is loaded
Why    what is written here is read by agents as instructions; its words come from sessions with foreign documents
"""

import re
import unicodedata
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillstrata.library.hostile_text import hostile
from skillstrata.library.lifecycle_page import body_of, frontmatter_of
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.learned import ArtifactKind, Evidence, LearnedDraft
from skillstrata.records.learned_faults import DraftRefused, DraftUnreadable

MAX_DRAFT_BYTES = 512 * 1024
MAX_NAME = 64
MAX_DESCRIPTION = 1024
MAX_BECAUSE = 500
MAX_CONTENT = 100_000
_MAX_NAME_BYTES = 180

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Characters that change direction or do not show: what a reader sees would not be what an agent reads.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e0fff]"
)

_JOINERS = ("\u200c", "\u200d")
# Marks that change how a character is shown, and are none of its spelling.
_SELECTORS = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_RESERVED = frozenset("con prn aux nul synced skill skills learned-skill replacement-manifest index readme".split()) | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_FENCED = re.compile(r"^(?P<fence>[ \t]*(?:`{3,}|~{3,})).*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)|`[^`\n]+`", re.S | re.M)
_REFUSED = {
    "order_to_the_reader": ("draft_injection", "tries to steer the agent that reads it"),
    "grave_command": ("draft_grave_command", "has a command that no instructions need"),
    "runs_when_loaded": ("draft_inline_shell", "has a command that runs when it is loaded"),
}


class _EvidenceForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    event_id: str
    session: str = ""
    project: str = ""
    what: str = ""


class _DraftForm(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    name: str
    description: str
    content: str
    confidence: float = Field(ge=0.0, le=1.0)
    kind: ArtifactKind = ArtifactKind.SKILL
    scope: Literal["project", "user"] = "project"
    because: str = ""
    evidence: list[_EvidenceForm] = Field(default_factory=list[_EvidenceForm])


def read_draft(data: bytes, path: str, kind: ArtifactKind | None = None) -> LearnedDraft:
    """Read a draft's file, unchecked.

    Args:
        data: The file's bytes: JSON with name, description, content, confidence, and optionally kind, scope, because
            and evidence.
        path: Where it lies, for messages.
        kind: What it is to become; None for what the file says.

    Raises:
        DraftUnreadable: It is too large, no JSON, or not of this form.
    """
    if len(data) > MAX_DRAFT_BYTES:
        raise DraftUnreadable(f"{path} has more than {MAX_DRAFT_BYTES:,} bytes", hint="shorten its content")
    try:
        form = _DraftForm.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise DraftUnreadable(
            f"{path} is no draft: {place}: {first['msg']}",
            hint='a draft is {"name", "description", "content", "confidence", "kind"}',
        ) from error
    return LearnedDraft(
        name=form.name,
        description=form.description,
        content=form.content,
        confidence=form.confidence,
        kind=kind or form.kind,
        scope=form.scope,
        because=form.because,
        evidence=tuple(Evidence(one.event_id, one.session, one.project, one.what) for one in form.evidence),
        path=path,
    )


def checked_draft(draft: LearnedDraft) -> tuple[LearnedDraft, tuple[Diagnostic, ...]]:
    """Give a draft that may be written, and what was mended.

    Raises:
        DraftRefused: It could do harm; every reason is in the message.
    """
    found: list[Diagnostic] = []
    name = _name(draft.name, found)
    description = _line(draft.description, "description", found)
    because = _line(draft.because, "because", found)
    is_long = len(draft.content) > MAX_CONTENT
    content = "" if is_long else _content(draft.content, found)
    if not description:
        found.append(_refusal("draft_description_empty", "the description is empty"))
    description = _short(description, "description", MAX_DESCRIPTION, found)
    because = _short(because, "because", MAX_BECAUSE, found)
    if is_long:
        found.append(_refusal("draft_content_long", f"the content has more than {MAX_CONTENT:,} characters"))
    elif not content.strip():
        found.append(_refusal("draft_content_empty", "there is no content"))
    if not is_long:
        told = {"name": draft.name, "description": draft.description, "because": draft.because}
        _look_for_harm(told | {"content": draft.content}, found)
    reasons = [f"{one.message} ({one.code})" for one in found if one.severity == "error"]
    if reasons:
        raise DraftRefused(
            f"the draft {name or 'without a usable name'!s} is refused: {'; '.join(dict.fromkeys(reasons))}",
            hint="take these out of the draft, or drop it",
        )
    return replace(draft, name=name, description=description, content=content, because=because), tuple(found)


def _name(name: str, found: list[Diagnostic]) -> str:
    if _CONTROL.search(name) or "\n" in name or "\t" in name or _UNSEEN.search(name):
        found.append(_refusal("draft_name_unseen", "the name has control, invisible or direction-changing characters"))
        return ""
    if "/" in name or "\\" in name or ".." in name or name.strip().startswith((".", "~")) or ":" in name:
        found.append(_refusal("draft_name_path", f"the name {name[:MAX_NAME]!r} is a path"))
        return ""
    tidy = re.sub(r"[\s_.-]+", "-", unicodedata.normalize("NFKC", name).casefold().strip()).strip("-")
    if not tidy or not all(map(_is_word, tidy.split("-"))):
        found.append(
            _refusal("draft_name_characters", f"the name {name[:MAX_NAME]!r} has more than letters and digits")
        )
        return ""
    if len(tidy) > MAX_NAME or len(tidy.encode()) > _MAX_NAME_BYTES:
        found.append(_refusal("draft_name_long", f"the name has more than {MAX_NAME} characters"))
        return ""
    if tidy in _RESERVED:
        found.append(_refusal("draft_name_reserved", f"the name {tidy!r} is reserved"))
        return ""
    if tidy != name:
        found.append(_mended("draft_name_tidied", f"the name is {tidy!r} now"))
    return tidy


def _is_word(word: str) -> bool:
    """Say whether this is made of letters, digits, and the vowel signs and marks that scripts such as Thai spell by."""
    for before, char in zip(f" {word}", word, strict=False):
        is_mark = unicodedata.category(char) in {"Mn", "Mc"} and not _SELECTORS.match(char)
        if not char.isalnum() and not (is_mark and not before.isascii()):
            return False
    return bool(word)


def _line(text: str, what: str, found: list[Diagnostic]) -> str:
    clean = " ".join(_COMMENT.sub(" ", _seen(text)).replace("<", " ").replace(">", " ").split())
    if clean != text:
        found.append(_mended(f"draft_{what}_cleaned", f"the {what} was made one plain line"))
    return clean


def _short(line: str, what: str, most: int, found: list[Diagnostic]) -> str:
    if len(line) <= most:
        return line
    found.append(_mended(f"draft_{what}_long", f"the {what} was cut to {most} characters"))
    return f"{line[: most - 1].rstrip()}…"


def _content(text: str, found: list[Diagnostic]) -> str:
    clean = _seen(text.replace("\r\n", "\n").replace("\r", "\n"))
    if clean != text:
        found.append(_mended("draft_characters_removed", "control and invisible characters were removed"))
    while frontmatter_of(clean) or clean.lstrip().startswith("---\n---"):
        shorter = body_of(clean.lstrip())
        if shorter == clean:
            break
        clean = shorter
        found.append(_mended("draft_frontmatter_removed", "frontmatter in the content was removed"))
    plain = _outside_code(clean)
    if plain != clean:
        found.append(_mended("draft_html_disarmed", "HTML in the content was removed or made text"))
    return plain.strip("\n")


def _outside_code(text: str) -> str:
    """Take HTML comments out and make tags text, except in code, where they are shown as they are."""
    parts: list[str] = []
    at = 0
    for code in _FENCED.finditer(text):
        parts += [_disarmed(text[at : code.start()]), code.group()]
        at = code.end()
    return "".join((*parts, _disarmed(text[at:])))


def _disarmed(text: str) -> str:
    return _TAG.sub("&lt;", _COMMENT.sub("", text))


def _seen(text: str) -> str:
    """Take out what does not show."""
    return _UNSEEN.sub(_spelling, _CONTROL.sub("", text))


def _spelling(found: re.Match[str]) -> str:
    """Keep a joiner between letters of other scripts, where it is spelling and hides nothing."""
    before, after = found.string[found.start() - 1 : found.start()], found.string[found.end() : found.end() + 1]
    is_spelling = found.group() in _JOINERS and before and after and not (before.isascii() or after.isascii())
    return found.group() if is_spelling else ""


def _look_for_harm(texts: dict[str, str], found: list[Diagnostic]) -> None:
    for what, text in texts.items():
        hits = {one.code: one for one in reversed(hostile(_UNSEEN.sub("", _CONTROL.sub("", text))))}
        for one in reversed(hits.values()):
            code, does = _REFUSED[one.code]
            found.append(_refusal(code, f"the {what} {does}: {one.words!r}"))


def _mended(code: str, message: str) -> Diagnostic:
    return Diagnostic(code, "warning", message, repaired=True)


def _refusal(code: str, message: str) -> Diagnostic:
    return Diagnostic(code, "error", message)
