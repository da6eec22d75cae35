"""What may stand in the lines that every start of an agent is told: what a tool is for, and not a word to the reader.

In     a purpose, a name, the name of an argument: text of anybody
Out    one plain line, or that there is none to show
Never  mends a text: one that gives orders, names an address or hides anything is left out whole
Why    nobody asked for these lines, so an agent believes them before a person has said a word; a purpose that is left
       out costs a look at the tool
"""

import functools
import re
import unicodedata

from skillstrata.library.hostile_text import hostile, plain_line, unseen
from skillstrata.library.learning_screen import is_suspect

SEE = "(see skills_describe)"
_ARGUMENT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}\Z")
_WIDE, _OTHER = 0x0E00, 0x0250
# Words that a name may have, and a sentence only where it speaks to whoever reads it.
_READER = re.compile(
    r"\b(?:assistant|claude|agents?|llms?|ai|gpt|important|urgent|bash|shell commands?)\b", re.IGNORECASE
)
# Whoever reads is spoken to, told what to do always, first or never, or pointed at files of the user.
_ORDER = re.compile(
    r"\b(?:you|your|yours|yourself|always|never|must|mandatory|immediately"
    r"|attention|obey|comply|permission|without (?:asking|confirm\w*|permission)"
    r"|before (?:any|every|each|all|anything|everything|answering|responding)"
    r"|instead of (?:all|any|every|other|the other|built.?in)"
    r"|do not|don.?t)\b"
    r"|\b(?:call|invoke|execute|run|load|use(?! (?:this (?:skill|tool) )?(?:to|for|when|if)\b))\b[^.]{0,40}"
    r"\b(?:tools?|skills?|commands?|first|every|all|only)\b"
    r"|\b(?:immer|niemals?|musst|müssen|sofort|zuerst|alle dateien|toujours|jamais|devez|d.abord|siempre|nunca|debes"
    r"|primero|sempre|deve|всегда|никогда|должен|сначала)\b"
    r"|必须|必須|总是|總是|始终|绝不|务必|立即|必ず|常に|してはいけ|なければなら|항상|반드시|절대"
    r"|(?<!\w)~/|(?<![\w.])\.(?:ssh|aws|env|gnupg|netrc|npmrc)\b"
    r"|(?:\b\w\b ){4}",
    re.IGNORECASE,
)
# A role, as the messages of a conversation have it.
_ROLE = re.compile(r"\bSYSTEM\b|\b(?:[Ss]ystem|[Uu]ser|[Hh]uman|[Dd]eveloper)\s?:")


def cost_of(text: str) -> int:
    """Give the length of a text in Latin letters that take as many tokens: one of a script without them takes four."""
    return sum(4 if ord(c) >= _WIDE else 2 if ord(c) >= _OTHER else 1 for c in text)


@functools.lru_cache(4096)
def said(purpose: str, most: int) -> str:
    """Give a purpose as one plain line that costs no more than so many letters; SEE where it may not be shown."""
    if hostile(purpose) or unseen(purpose) or any(is_suspect(one) for one in _readings(purpose)):
        return SEE
    line = _cut(plain_line(purpose, most), most)
    # Only of what is shown: further on a skill may say when it is to be used.
    return SEE if _is_to_the_reader(line) else line


@functools.lru_cache(4096)
def is_plain_name(name: str) -> bool:
    """Say whether the words of a name say nothing to the reader."""
    words = re.sub(r"[-_]+", " ", name)
    return not hostile(words) and _ORDER.search(words) is None


def arguments(names: tuple[str, ...], most: int) -> str | None:
    """Give the names of arguments as one line; None where one of them is no name, or says something."""
    if not all(_ARGUMENT.match(name) and is_plain_name(name) for name in names):
        return None
    return plain_line(", ".join(names), most)


def _is_to_the_reader(line: str) -> bool:
    return any(look.search(one) for look in (_READER, _ORDER, _ROLE) for one in _readings(line))


def _readings(text: str) -> tuple[str, str]:
    """Give a text as it is written, and as it is read: without marks on its letters."""
    folded = " ".join(unicodedata.normalize("NFKC", text).split())
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return folded, bare


def _cut(line: str, most: int) -> str:
    if cost_of(line) <= most:
        return line
    kept, left = 0, most - cost_of("…")
    while kept < len(line) and cost_of(line[kept]) <= left:
        left -= cost_of(line[kept])
        kept += 1
    return f"{line[:kept].rstrip()}…"
