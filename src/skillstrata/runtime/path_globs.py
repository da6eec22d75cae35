"""Whether a skill with `paths` is for a file, as .gitignore reads patterns.

In     patterns, a path below the project with `/`
Out    yes or no
Never  takes longer than pattern times path; raises
Why    patterns come from files of others: a pattern of many stars must not hang a regular expression
"""

from collections.abc import Iterable

from skillstrata.records.skills import Skill

_MOST_CHARS = 1_000
_MOST_PLAIN = 1_024


def split_patterns(text: str) -> tuple[str, ...]:
    """Cut a text into patterns, at the ends of lines and at commas that stand in no braces."""
    found: list[str] = []
    last, depth, start = text.rfind("}"), 0, 0
    for at, character in enumerate(text):
        if character == "{" and at < last:
            depth += 1
        elif character == "}":
            depth = max(0, depth - 1)
        elif character == "\n" or (character == "," and not depth):
            found.append(text[start:at])
            start, depth = at + 1, 0
    found.append(text[start:])
    return tuple(part.strip() for part in found if part.strip())


def is_too_wide(pattern: str) -> bool:
    """Say whether a pattern is so long, or stands for so many, that it matches nothing."""
    return len(pattern) > _MOST_CHARS or not _without_braces(pattern)


def skills_for(skills: Iterable[Skill], touched: Iterable[str]) -> tuple[Skill, ...]:
    """Give the skills with `paths` of which one matches one of the files that are worked on."""
    files = tuple(touched)
    return tuple(skill for skill in skills if any(matches_paths(skill.frontmatter.paths, file) for file in files))


def matches_paths(patterns: tuple[str, ...], path: str) -> bool:
    """Say whether a path, or a folder it lies in, matches one of the patterns.

    `*` and `?` stay within a folder, `**` goes through folders, `{a,b}` is either; a pattern without `/` is for any
    folder, one with `!` takes out what an earlier one took in.
    """
    matched = False
    parts = path.replace("\\", "/").removeprefix("./").strip("/").split("/")
    for pattern in patterns:
        negated = pattern.startswith("!")
        if matched is negated and len(pattern) <= _MOST_CHARS and _one_matches(pattern.removeprefix("!"), parts):
            matched = not negated
    return matched


def _one_matches(pattern: str, parts: list[str]) -> bool:
    for plain in _without_braces(pattern):
        wanted = plain.removeprefix("./").rstrip("/")
        anchored = "/" in wanted
        segments = [segment for segment in wanted.split("/") if segment]
        if not segments:
            continue
        if not anchored:
            segments = ["**", *segments]
        # What matches a folder matches everything in it.
        if segments[-1] != "**":
            segments = [*segments, "**"]
        if _path_matches(segments, parts):
            return True
    return False


def _without_braces(pattern: str) -> list[str]:
    """Write out `{a,b}`; give nothing where that would be too many."""
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        text = waiting.pop()
        end = text.find("}")
        start = text.rfind("{", 0, end) if end >= 0 else -1
        if start < 0:
            done.append(text)
        else:
            waiting += [text[:start] + choice + text[end + 1 :] for choice in text[start + 1 : end].split(",")]
        if len(done) + len(waiting) > _MOST_PLAIN:
            return []
    return done


def _path_matches(wanted: list[str], parts: list[str]) -> bool:
    """Match folder by folder; after a mismatch only the last `**` is tried with one folder more."""
    at = segment = 0
    star, tried = -1, 0
    while at < len(parts):
        if segment < len(wanted) and wanted[segment] == "**":
            star, tried = segment, at
            segment += 1
        elif segment < len(wanted) and _name_matches(wanted[segment], parts[at]):
            at, segment = at + 1, segment + 1
        elif star >= 0:
            tried += 1
            at, segment = tried, star + 1
        else:
            return False
    return all(rest == "**" for rest in wanted[segment:])


def _name_matches(pattern: str, name: str) -> bool:
    """Match one name; after a mismatch only the last `*` is tried with one character more."""
    at = place = 0
    star, tried = -1, 0
    while at < len(name):
        step = _step(pattern, place, name[at])
        if place < len(pattern) and pattern[place] == "*":
            star, tried = place, at
            place += 1
        elif step:
            at, place = at + 1, place + step
        elif star >= 0:
            tried += 1
            at, place = tried, star + 1
        else:
            return False
    return not pattern[place:].strip("*")


def _step(pattern: str, place: int, character: str) -> int:
    """Give how long the piece of pattern is that takes a character, 0 where it does not."""
    if place >= len(pattern):
        return 0
    if pattern[place] == "[":
        end = pattern.find("]", place + 2)
        if end > 0:
            inside = pattern[place + 1 : end]
            negated = inside[0] in "!^"
            return end + 1 - place if _in_class(inside[negated:], character) is not negated else 0
    return 1 if pattern[place] in {"?", character} else 0


def _in_class(inside: str, character: str) -> bool:
    at = 0
    while at < len(inside):
        if at + 2 < len(inside) and inside[at + 1] == "-":
            if inside[at] <= character <= inside[at + 2]:
                return True
            at += 3
        elif inside[at] == character:
            return True
        else:
            at += 1
    return False
