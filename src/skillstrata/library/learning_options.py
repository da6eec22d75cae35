"""The options of a command: which hold a value, which stand alone, and whether its own word is still told.

    -nacme  ->  -n VALUE        kubectl -nacme apply: whole        kubectl -n acme apply: who knows which word it is

In     words of a command
Out    the option without its value; yes or no
Never  guesses that a word after an option is a subcommand: it may be the option's value
"""

import re

from skillstrata.library.learning_words import SHORT_FLAGS, TWO_WORDS, WITHOUT_WORDS

FLAG = re.compile(r"(--?[A-Za-z][A-Za-z0-9-]{0,24})(=.*)?\Z", re.S)
_SAME_LETTERS = re.compile(r"-([A-Za-z])\1{1,3}\Z")
_ALONE = frozenset({"--silent", "--quiet", "--verbose", "--no-pager", "--yes"})
_MAY_BE_ITS_WORD = re.compile(r"[a-z][a-z-]*(?::[a-z-]+)*\Z")


def flag_parts(flag: str) -> tuple[str, bool]:
    """Take the value off an option of one dash: `-ujsmith` is `-u` with one."""
    if flag.startswith("--") or len(flag) == len("-u") or flag in SHORT_FLAGS or _SAME_LETTERS.match(flag):
        return flag, False
    return flag[: len("-u")], True


def is_alone(word: str) -> bool:
    """Say whether the next word belongs to no such option: it holds its value, or takes none."""
    flag = FLAG.match(word)
    return flag is not None and (word in _ALONE or bool(flag[2]) or flag_parts(flag[1])[1])


def is_whole(program: str, rest: list[str]) -> bool:
    """Say whether a command without a word of its own lost none.

    Args:
        program: What is run.
        rest: Its arguments.
    """
    if program in TWO_WORDS:
        return all(word.startswith("-") for word in rest)
    if not rest or program in WITHOUT_WORDS or "/" in program or "." in program:
        return True
    return not _MAY_BE_ITS_WORD.match(rest[0])
