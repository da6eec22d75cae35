"""The one form in which a command is mostly run, as it may be written down for others.

    go test PATH, go test PATH, go test PATH -v   ->   go test PATH         two of three: too few
                                                  ->   go test              what all three have in common

In     steps of one command: the same program and words
Out    a command line, "" where it cannot be told
Never  leaves out an option that all have; writes VALUE where a word of the program's own stood
Why    `tsc` writes files and `tsc --noEmit` only checks: half of a command is another one
"""

from collections import Counter

from skillstrata.library.learning_commands import Step
from skillstrata.library.learning_words import TWO_WORDS, WITHOUT_WORDS

_VALUE = "VALUE"


def usual_form(steps: list[Step], least_share: float) -> str:
    """Give how they are run.

    Args:
        steps: All of one `core`, at least one.
        least_share: From which share on the most usual text is it; else it is what all have in common.
    """
    texts = Counter(step.text for step in steps)
    text = min(texts, key=lambda t: (-texts[t], t))
    core = steps[0].core
    if texts[text] < least_share * texts.total():
        if not all(one.startswith(core) for one in texts):
            # Options stand before its own word: no form can be put together.
            return ""
        text = " ".join((core, *_common([_options(one, core) for one in texts], _options(text, core))))
    return "" if _hides_a_word(text, core) else text


def _options(text: str, core: str) -> dict[str, bool]:
    """Give the options of a text, and whether each has a value after it; arguments are left out."""
    words = [*text.removeprefix(core).split(), ""]
    return {word: words[at + 1] == _VALUE for at, word in enumerate(words) if word.startswith("-")}


def _common(every: list[dict[str, bool]], usual: dict[str, bool]) -> list[str]:
    """Give the options that all have; one that some have without a value may have had an argument after it."""
    names = [name for name in usual if all(name in options for options in every)]
    with_value = {name for name in names if all(options[name] for options in every)}
    common = [f"{name} {_VALUE}" if name in with_value else name for name in names]
    return common[:-1] if common[-1:] == ["--"] else common


def _hides_a_word(text: str, core: str) -> bool:
    """Say whether what stands as a value right after a program may have been a word of its own."""
    rest = text.removeprefix(core).split()
    words = core.split()
    is_named = words[-1] in WITHOUT_WORDS or (len(words) > 1 and words[-2] in TWO_WORDS)
    return rest[:1] == [_VALUE] and not is_named
