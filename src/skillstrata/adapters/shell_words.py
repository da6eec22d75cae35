r"""What a word of shell text says once the shell has taken quotes and backslashes away.

In     the text of one word, as it stands in the command
Out    its value, or None where only the shell would know it: variables, globs, braces with a list in them
Why    `r\m`, `'r'm` and `$'\x72m'` all run rm
"""

import re

_BRACES = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}|\{.*\{")
# Another folder than one's own, by name or by where the shell stands; `~/` alone stays as it is.
_HOME = re.compile(r"~[^/]")
_ANSI = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "?": "?",
}
_CODES = re.compile(r"x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}")
_MOST_CODE = 0x10FFFF
# What cannot stand unquoted in a word that means itself.
_LIVE = frozenset("$`*?[()<>|&; \t\n")


def literal_of(text: str) -> str | None:
    """Give the value of a word, None where it has parts that only running it would tell."""
    if text.isalnum():
        return text
    if _HOME.match(text):
        return None
    parts: list[str] = []
    bare: list[str] = []
    at = 0
    while at < len(text):
        step = _part(text, at)
        if step is None:
            return None
        value, plain, at = step
        parts.append(value)
        # A quoted character never is part of a brace list; a mark that no list has stands for it.
        bare.append(value if plain else "\0")
    return None if _BRACES.search("".join(bare)) else "".join(parts)


def _part(text: str, at: int) -> tuple[str, bool, int] | None:
    """Give the next piece of a word: its value, whether it was unquoted, and where the one after it begins."""
    two = text[at : at + 2]
    if two in {"$'", '$"'}:
        return _ansi(text, at + 2) if two == "$'" else _double(text, at + 2)
    match text[at]:
        case "'":
            end = text.find("'", at + 1)
            return None if end < 0 else (text[at + 1 : end], False, end + 1)
        case '"':
            return _double(text, at + 1)
        case "\\":
            return ("" if two == "\\\n" else two[1:], False, at + 2)
        case live if live in _LIVE:
            return None
        case plain:
            return plain, True, at + 1


def _double(text: str, at: int) -> tuple[str, bool, int] | None:
    found: list[str] = []
    while at < len(text):
        one, two = text[at], text[at : at + 2]
        if one == '"':
            return "".join(found), False, at + 1
        if one in "$`":
            return None
        if one == "\\" and two[1:] in {"$", "`", '"', "\\", "\n"}:
            found.append("" if two[1] == "\n" else two[1])
            at += 2
            continue
        found.append(one)
        at += 1
    return None


def _ansi(text: str, at: int) -> tuple[str, bool, int] | None:
    found: list[str] = []
    while at < len(text):
        if text[at] == "'":
            return "".join(found), False, at + 1
        if text[at] != "\\":
            found.append(text[at])
            at += 1
            continue
        code = _CODES.match(text, at + 1)
        if code is not None:
            value = int(code[0][1:], 16) if code[0][0] in "xuU" else int(code[0], 8)
            # Nothing that ends the word, and no byte that is only half a character.
            if not 0 < value <= _MOST_CODE or (code[0][0] not in "uU" and value > ord("~")):
                return None
            found.append(chr(value))
            at = code.end()
        elif (one := _ANSI.get(text[at + 1 : at + 2])) is not None:
            found.append(one)
            at += 2
        else:
            return None
    return None
