"""Whether a description that a model wrote may stand in a draft: it says what the draft says, in other words.

In     a draft, and the text of a model
Out    the draft with that description, or unchanged
Never  takes anything but one plain sentence or two; a command, a name or a number that the draft has not
Why    a model may phrase, not decide: what it adds would be learnt from nothing
"""

import re
from dataclasses import replace

from skillstrata.library.learning_screen import is_clean_phrase
from skillstrata.library.learning_words import INTERPRETERS, LOOKS, MANAGERS, TWO_WORDS
from skillstrata.records.learned import LearnedDraft

MOST_DESCRIPTION = 300
_LEAST = 20
_CODE = re.compile(r"`([^`\n]*)`")
_TECHNICAL = re.compile(r"[\w.-]*(?:\d|[._]\w|--\w|\w-\w)[\w.-]*|[A-Z]{2,}\w*|\w*[a-z][A-Z]\w*")
_WORD = re.compile(r"[\w.+-]+")
# Programs that are also words of a sentence.
_PLAIN = frozenset(
    "alias cat clear code command cut date"
    " export false file find go head history id jobs just kill less make more next "
    "open read set sort source split stack tail task test time touch true type wait watch which yes".split()
)


def with_phrase(draft: LearnedDraft, said: str) -> LearnedDraft:
    """Give the draft with this description where it may have it."""
    text = said.strip().strip('"').strip()
    return replace(draft, description=text) if _fits(draft, text) else draft


def _fits(draft: LearnedDraft, text: str) -> bool:
    if not _LEAST <= len(text) <= MOST_DESCRIPTION or "\n" in text:
        return False
    ours = f"{draft.name} {draft.description} {draft.content}"
    if not all(code in ours for code in _CODE.findall(text)):
        return False
    plain = _CODE.sub("it", text)
    sentences = [part for part in re.split(r"(?<=[.;:])\s+", plain) if part]
    if not all(is_clean_phrase(part) for part in sentences):
        return False
    known = {word.lower().strip(".") for word in _WORD.findall(ours)}
    return not any(_is_new(word.strip("."), known) for word in _WORD.findall(plain))


def _is_new(word: str, known: set[str]) -> bool:
    """Say whether a word could be a command, an option, a file or a figure that the draft does not have."""
    lower = word.lower()
    if lower in known:
        return False
    programs = (LOOKS | TWO_WORDS | INTERPRETERS | MANAGERS) - _PLAIN
    return lower in programs or bool(_TECHNICAL.fullmatch(word))
