"""Whose machine it was, out of text that others will read: names, descriptions, pages of skills.

In     a text; this user's home folder and name
Out    the text with home folders as `~` and user names as `user`
Never  touches a program: there a path is what it works with, and is lifted into a parameter instead
"""

import re

_MIN_NAME = 3
# Names that many machines have say nothing about a person, and are words of their own.
_NOBODY = frozenset({"root", "user", "users", "home", "admin", "ubuntu", "runner", "shared", "public", "dev", "guest"})
_END = r"(?=$|[/\\\s'\"`,;:)\]}<>])"
_NAME = r"([A-Za-z0-9_][\w.-]{0,63}?)"
_HOMES = re.compile(
    rf"(?<![\w.~-])(?:(?:/home|/Users|/mnt/[a-z]/Users)/{_NAME}{_END}"
    rf"|[A-Za-z]:(?:\\{{1,2}}|/)Users(?:\\{{1,2}}|/){_NAME}{_END}|(?:/private)?/(?:var/)?root{_END})"
)


def without_persons(text: str, *, home: str = "", user: str = "") -> str:
    """Lift home folders and user names.

    Args:
        text: For people and models to read.
        home: This user's home folder; any other is known by where homes lie.
        user: This user's name; names in home folders of the text are taken out as well.
    """
    names = {user} | {name for found in _HOMES.finditer(text) for name in found.groups() if name}
    if home.strip("/\\"):
        names.add(re.split(r"[/\\]", home.rstrip("/\\"))[-1])
        text = re.sub(rf"(?<![\w.~-]){re.escape(home.rstrip('/'))}{_END}", "~", text)
    text = _HOMES.sub("~", text)
    for name in sorted(names, key=lambda one: (-len(one), one)):
        if len(name) >= _MIN_NAME and name.lower() not in _NOBODY:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", "user", text)
    return text
