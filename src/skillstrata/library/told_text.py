"""What an agent is told of a tool: what it is for and what it takes, and not a word to the reader.

In     a purpose, a name, the name of an argument: text of anybody
Out    one plain line, or that there is none to show; a tool with such lines alone
Never  mends a text: one that gives orders, names an address or hides anything is left out whole
Why    nobody asked for these lines, so an agent believes them before a person has said a word; a purpose that is left
       out costs a look at the tool
"""

import functools
import re
import unicodedata
from dataclasses import replace

from skillstrata.library.hostile_text import hostile, plain_line, unseen
from skillstrata.library.learning_screen import is_suspect
from skillstrata.records.contracts import Contract, Param
from skillstrata.records.tools import Tool

SEE = "(see skills_describe)"
_ARGUMENT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}\Z")
_MOST_PURPOSE, _MOST_ABOUT, _MOST_VALUE = 300, 300, 100
_MEDIA = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9*][a-z0-9.+*_-]{0,100}", re.IGNORECASE)
_WIDE, _OTHER = 0x0E00, 0x0250
# Words that a name may have, and a sentence only where it speaks to whoever reads it.
_READER = re.compile(
    r"\b(?:assistant|claude|agents?|llms?|ai|gpt|important|urgent|bash|shell commands?)\b", re.IGNORECASE
)
# Whoever reads is spoken to, told what to do always, first or never, or pointed at files of the user.
_ORDER = re.compile(
    r"\b(?:you|your|yours|yourself|always|never|must|mandatory|immediately"
    r"|attention|obey|comply|permission|without (?:asking|confirm\w*|permission)"
    r"|(?:before|prior to) (?:any|every|each|all|anything|everything|answering|responding|replying)"
    r"|(?:run|call|use|invoke|load|start|trust|prefer) me|(?:reply|respond|answer)(?: \w+)? (?:only|just|with)"
    r"|(?:say|print|output|write) (?:only|just) the words?|only (?:say|reply|respond|answer)"
    r"|(?:the )?(?:required|mandatory|only|official|sole|single) (?:entry ?points?|tools?|skills?|ways?|first step)"
    r"|(?:all |any |every |the )?other (?:tools?|skills?|commands?|servers?)|kindly|please"
    r"|instead of (?:all|any|every|other|the other|built.?in)"
    r"|do not|don.?t)\b"
    r"|\b(?:call|invoke|execute|run|load|use(?! (?:this (?:skill|tool) )?(?:to|for|when|if)\b))\b[^.]{0,40}"
    r"\b(?:tools?|skills?|commands?|first|every|all|only)\b"
    r"|\b(?:immer|niemals?|musst|müssen|sofort|zuerst|alle dateien|toujours|jamais|devez|d.abord|siempre|nunca|debes"
    r"|primero|sempre|deve|всегда|никогда|должен|сначала"
    r"|bitte|por favor|per favore|per piacere|veuillez|s.il (?:te|vous) pla[iî]t|пожалуйста"
    r"|envoie|envoyez|transmets|transmettez|env[ií]a(?:me|los|lo)?|env[ií]e(?:n|me|os)?|manda(?:me|lo)?|invia(?:te|mi)?"
    r"|отправь(?:те)?|пошли(?:те)?|перешли(?:те)?)\b"
    r"|[请請](?!求)|ください|下さい|お願いします|送って|送信し|주세요|하십시오|보내라|보내세요"
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


@functools.lru_cache(4096)
def plainly(text: str, most: int = _MOST_ABOUT) -> str:
    """Give a text as one plain line; "" where it speaks to the reader, gives orders or hides anything."""
    if is_hostile(text) or _is_to_the_reader(text):
        return ""
    return plain_line(text, most)


@functools.lru_cache(4096)
def is_hostile(text: str) -> bool:
    """Say whether a text gives orders, names a command that brings ruin, or has what nobody sees."""
    return bool(hostile(text) or unseen(text)) or "<!--" in text


def may_be_listed(tool: Tool) -> bool:
    """Say whether a tool may stand where every session reads it: none of its texts is hostile."""
    texts = [tool.contract.purpose, *tool.contract.effects]
    for param in tool.contract.inputs:
        texts += [param.name, param.description, param.default or "", *param.media_types]
    texts += [word for output in tool.contract.outputs for word in (output.name, *output.media_types)]
    return not any(map(is_hostile, texts))


def told(tool: Tool) -> Tool:
    """Give a tool as an agent is told of it."""
    return replace(tool, contract=told_contract(tool.contract), created_because=plainly(tool.created_because))


def told_contract(contract: Contract) -> Contract:
    """Give a contract with plain lines for texts; one that is left out is made of the types again."""
    inputs = tuple(map(_told_param, contract.inputs))
    outputs = tuple(replace(output, media_types=_types(output.media_types)) for output in contract.outputs)
    taken = ", ".join(dict.fromkeys(one for param in inputs for one in param.media_types)) or "the input"
    made = ", ".join(dict.fromkeys(one for output in outputs for one in output.media_types)) or "the output"
    purpose = plainly(contract.purpose, _MOST_PURPOSE) or f"Make {made} from {taken}"
    return replace(contract, purpose=purpose, inputs=inputs, outputs=outputs)


def _told_param(param: Param) -> Param:
    default = param.default
    if default is not None and (len(default) > _MOST_VALUE or is_hostile(default)):
        default = None
    return replace(
        param, description=plainly(param.description), default=default, media_types=_types(param.media_types)
    )


def _types(media_types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in media_types if _MEDIA.fullmatch(one))


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
