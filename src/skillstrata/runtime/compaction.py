"""A description cut to what tells skills apart: what it can do first, then the words it is called by.

In     a description of any length, a width
Out    text of at most that width, one line
Never  invents a word; asks a model
Why    a description's first characters are often empty ("This skill provides comprehensive ..."), and what a request
       says stands in "Use when ...". bench/routing.py compares how many requests still find their skill
"""

import re
from functools import lru_cache

from skillstrata.runtime.routing_words import telling_words
from skillstrata.runtime.stemming import stem

WIDTH = 90
_MOST = 4_000
_VERB = r"(?:use[ds]?|invoke[ds]?|activates?|trigger(?:s|ed)?|apply|call(?:ed)?)"
_WHEN = r"(?:when(?:ever)?|for|to|if|on|before|after|proactively|by)"
_TRIGGER = re.compile(
    rf"(?:^|[.;:!?。;]\s*|\s[—\u2013-]{{1,2}}\s)(?:also |please )?(?:(?:must|should) (?:be )?)?{_VERB}"
    rf"(?: this| it)?(?: skill| agent| command)? {_WHEN}\b"
    r"|[.;]\s+(?:when|whenever|if) (?:the )?(?:user|you|working|asked)\b",
    re.IGNORECASE,
)
_PRAISE = r"(?:comprehensive|complete|expert(?:-level)?|advanced|professional|speciali[sz]ed|essential|practical)"
_KIND = r"(?:guidance|guidelines?|guide|helper|skill|toolkit|knowledge|expertise|patterns?|reference)"
_LEADS = (
    re.compile(
        r"^(?:this|the) (?:skill|agent|command|tool)\s+(?:should be |can be |is )?(?:used (?:to|for|when)|provides?|"
        r"helps?(?: you)?|enables?|offers?|covers?|contains?|guides?)?\s*",
        re.IGNORECASE,
    ),
    re.compile(rf"^(?:a |an )?(?:{_PRAISE}\s+)?{_KIND}\s+(?:for|on|to|in|about)\s+", re.IGNORECASE),
    re.compile(
        rf"^{_VERB}(?: this| it)?(?: skill)? {_WHEN}\s+"
        r"(?:(?:the )?(?:user|you)s?\s+(?:(?:wants?|asks?|needs?|mentions?|says?)\s+(?:(?:to|for|about)\s+)?)?)?",
        re.IGNORECASE,
    ),
    re.compile(r"^(?:the )?users?\s+(?:wants?|asks?|needs?|mentions?|says?)\s+(?:(?:to|for|about)\s+)?", re.IGNORECASE),
)
_FILLER = re.compile(
    r"\b(?:comprehensive(?:ly)?|robust|powerful|seamless(?:ly)?|effective(?:ly)?|efficient(?:ly)?|various|easily|simply|"
    r"production-(?:ready|grade)|high-quality|state-of-the-art|a wide range of|a variety of|in order)\b,?\s*",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(?<=[.!?])\s+|(?<=[,;:)])\s+|\s(?=\()|\s[—\u2013]\s|(?<=[。;,、:])")
_SPACES = re.compile(r"\s+")
_PHRASES = re.compile(r"\s*[,、,]\s*|\s+(?:and|or|und|oder)\s+|[.;:]\s+")
_JOINED = re.compile(r"^(?:and|or)\s+")
_WORD = re.compile(r"\w[\w.+#-]*")
_LOOSE_MARKS = " \t,;:.(—\u2013-\u200c\u200d"
_LOOSE_WORDS = frozenset(
    {"and", "or", "with", "for", "to", "in", "of", "the", "a", "an", "by", "from", "as", "including"}
)
_SPOKEN = frozenset({"invok", "trigger", "activ", "includ", "user", "whenev", "either", "task", "work", "ani"})
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Letters of some scripts and pictures are joined by these; one beside ASCII, or a second one, shows nothing.
_LOOSE_JOINER = re.compile(
    "(?<![^\x00-\x7f\\s])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f\\s])|[\u200c\u200d](?=[\u200c\u200d])"
)


def one_line(text: str) -> str:
    """Fold white space; control, direction and invisible characters become spaces or go; joiners of letters stay."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if "  " in text else text.strip()
    seen = _HIDDEN.sub(_seen, text)
    if "\u200c" in seen or "\u200d" in seen:
        seen = _LOOSE_JOINER.sub("", seen)
    return _SPACES.sub(" ", seen).strip()


def _seen(match: re.Match[str]) -> str:
    return " " if match.group() in "\t\n\v\f\r\x85\u2028\u2029" else ""


@lru_cache(maxsize=16_384)
def compact(text: str, width: int = WIDTH, beside: str = "") -> str:
    """Cut a description to a width; what fits stays as it is. Words that stand `beside` it are not needed in it."""
    text = one_line(text[:_MOST])
    if len(text) <= width:
        return text
    can, when = _split(text)
    told = _fitting(_bare(can) or _bare(when), width)
    return _with_terms(told[:1].upper() + told[1:], f"{can} {when}", width, beside)


@lru_cache(maxsize=16_384)
def scenes(text: str, *, most: int = 2, width: int = 26) -> tuple[str, ...]:
    """Give short phrases of when a skill is used, from the part of its description that says so; often none."""
    can, when = _split(one_line(text[:_MOST]))
    phrases = [_clipped(_JOINED.sub("", phrase.strip(" .;:")), width) for phrase in _PHRASES.split(_bare(when))]
    # Where a description begins with when it is used, the first phrase stands for what the skill can do.
    phrases = phrases if can else phrases[1:]
    return tuple(dict.fromkeys(phrase for phrase in phrases if phrase))[:most]


def _split(text: str) -> tuple[str, str]:
    """Part what a skill can do from when it is used."""
    match = _TRIGGER.search(text)
    if match is None:
        return text, ""
    return text[: match.start()].strip(), text[match.start() :].strip(" .;:—\u2013-")


def _bare(text: str) -> str:
    """Take away how a description begins and the words that only praise."""
    for lead in _LEADS:
        text = lead.sub("", text, count=1)
    return _FILLER.sub("", text)


def _fitting(text: str, width: int) -> str:
    """Give as many whole parts of a text as fit, at least the first one cut between words."""
    told, start = "", 0
    gap = ""
    for cut in (*_PARTS.finditer(text), None):
        end = len(text) if cut is None else cut.start()
        longer = f"{told}{gap}{text[start:end].strip()}".strip()
        if len(longer) > width:
            break
        told = longer
        # Scripts without spaces have none after a comma either.
        gap, start = (" " if cut is not None and cut.group() else ""), 0 if cut is None else cut.end()
    return _closed(told if len(told) >= width * 2 // 3 else _clipped(text, width))


def _closed(text: str) -> str:
    """Take away what promises more at the end, and a bracket that is never closed."""
    while True:
        text = text.rstrip(_LOOSE_MARKS)
        head, _, last = text.rpartition(" ")
        if not head or last.casefold() not in _LOOSE_WORDS:
            break
        text = head
    return text if text.count("(") <= text.count(")") else text.replace("(", "", 1)


def _with_terms(told: str, whole: str, width: int, beside: str) -> str:
    """Fill what is left of the width with words of the description that are not told yet."""
    known = {stem(word) for word in telling_words(f"{told} {beside}", most=_MOST)} | _SPOKEN
    for match in _WORD.finditer(whole):
        if len(told) + 5 > width:
            break
        word = match.group().rstrip(".-")
        stems = {stem(part) for part in telling_words(word, most=_MOST)}
        if stems - known and len(told) + 2 + len(word) <= width:
            known |= stems
            told = f"{told}, {word}" if told else word
    return told


def _clipped(text: str, width: int) -> str:
    """Cut between words."""
    if len(text) <= width:
        return text
    head = text[: width + 1]
    cut = head.rfind(" ")
    return _closed(head[:cut] if cut > width // 2 else text[:width])
