"""Put arguments and places into a skill's body, by the rules of Claude Code.

In     the body, what was typed after the skill's name, names of arguments, places
Out    the body with everything put in, once
Never  looks for placeholders in what was put in; runs a command
Why    a value that holds `$1` or `${CLAUDE_…}` is the user's text, not the author's
"""

import re
import shlex
from dataclasses import dataclass

from skillstrata.records.activations import ActivationPlaces

_MOST_NAMES = 64
_NAME = re.compile(r"[A-Za-z_][\w-]{0,63}")
_PLACE = re.compile(r"\$\{(CLAUDE_[A-Z_]{1,40})\}")
_RULE_PLACES = ("CLAUDE_SKILL_DIR", "CLAUDE_PROJECT_DIR", "CLAUDE_PLUGIN_ROOT", "CLAUDE_PLUGIN_DATA")


@dataclass(frozen=True, slots=True)
class _Arguments:
    whole: str
    parts: tuple[str, ...]
    named: dict[str, str]


def with_arguments(body: str, args: str, *, names: tuple[str, ...], places: ActivationPlaces) -> str:
    r"""Give a body with its placeholders filled.

    `$ARGUMENTS` is all that was typed; `$ARGUMENTS[N]` and `$N` are one of its words, from 0, quoted as in a shell, and
    stay as they are where there are not so many; `$name` is the word of that declared name, or nothing. One backslash
    keeps a `$` as it is. Where no placeholder takes an argument, they are put at the end.

    Args:
        body: The text after the frontmatter.
        args: What was typed.
        names: The declared names, in order.
        places: What `${CLAUDE_…}` stands for.
    """
    words = _words(args)
    kept = [name for name in names if _NAME.fullmatch(name)][:_MOST_NAMES]
    named = {name: words[n] if n < len(words) else "" for n, name in enumerate(kept)}
    given = _Arguments(args, words, named)
    values = _values(places)
    used = False

    def filled(hit: re.Match[str]) -> str:
        nonlocal used
        if hit["place"]:
            return values.get(hit["place"]) or hit[0]
        if hit["escape"]:
            return hit[0][1:]
        value = _value(hit, given)
        used = used or value is not None
        return hit[0] if value is None else value

    text = _placeholders(named).sub(filled, body)
    return f"{text.rstrip()}\n\nARGUMENTS: {args}\n" if args.strip() and not used else text


def rule_with_places(rule: str, places: ActivationPlaces) -> str:
    """Give a rule of `allowed-tools`, such as `Bash(${CLAUDE_SKILL_DIR}/run.sh *)`, with its places filled."""
    values = {name: value for name, value in _values(places).items() if name in _RULE_PLACES}
    return _PLACE.sub(lambda hit: values.get(hit[1]) or hit[0], rule)


def _placeholders(named: dict[str, str]) -> re.Pattern[str]:
    # The longest name first: with `file` and `file-name` declared, `$file-name` is the second.
    names = "|".join(re.escape(name) for name in sorted(named, key=len, reverse=True)) or r"(?!)"
    return re.compile(
        r"\$\{(?P<place>CLAUDE_[A-Z_]{1,40})\}|(?P<escape>(?<!\\)\\)?\$"
        r"(?:ARGUMENTS\[(?P<index>[0-9]{1,4})\]|(?P<all>ARGUMENTS)(?!\w)|(?P<number>[0-9]{1,4})(?!\w)"
        rf"|(?P<name>{names})(?![\w\[]))"
    )


def _value(hit: re.Match[str], given: _Arguments) -> str | None:
    """Give what stands for a placeholder; None where it stays."""
    if hit["all"]:
        return given.whole
    if hit["name"]:
        return given.named[hit["name"]]
    number = int(hit["index"] or hit["number"])
    return given.parts[number] if number < len(given.parts) else None


def _words(args: str) -> tuple[str, ...]:
    """Cut as a shell does; where a quote is not closed, at blanks."""
    try:
        return tuple(shlex.split(args))
    except ValueError:
        return tuple(args.split())


def _values(places: ActivationPlaces) -> dict[str, str]:
    return {
        "CLAUDE_SKILL_DIR": places.skill_dir,
        "CLAUDE_PROJECT_DIR": places.project_dir,
        "CLAUDE_SESSION_ID": places.session_id,
        "CLAUDE_EFFORT": places.effort,
        "CLAUDE_PLUGIN_ROOT": places.plugin_root,
        "CLAUDE_PLUGIN_DATA": places.plugin_data,
    }
