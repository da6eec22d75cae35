"""Which scripts (alphabets) a text is written in: letters that a wrong encoding turned into others change them.

In     the texts of an input and its output
Out    a finding: the share of the output's letters in scripts the input hardly has, and of the input's that went
Never  looks at a language
"""

import re
import unicodedata
from collections import Counter

from skillstrata.distill.oracles.findings import Finding, at_most

_OUTSIDE = re.compile(r"[^\x00-\x7f]")
_ASCII_LETTERS = re.compile(r"[A-Za-z]")
_FEWEST = 10
_KEPT = 0.5
_STRANGE = 0.05


def scripts_of(text: str) -> Counter[str]:
    """Count letters by script; those of ASCII are Latin."""
    found = Counter({"LATIN": len(_ASCII_LETTERS.findall(text))})
    for char, count in Counter(_OUTSIDE.findall(text)).items():
        if char.isalpha():
            found[unicodedata.name(char, "UNNAMED").partition(" ")[0]] += count
    return found


def script_finding(source: str, whole: str, made: str) -> Finding:
    """Name the scripts that came or went.

    Args:
        source: The text that must survive.
        whole: The text that may appear as well.
        made: The output's text.
    """
    before, also, after = scripts_of(source), scripts_of(whole), scripts_of(made)
    gone = [name for name, count in before.items() if count >= _FEWEST and after[name] < _KEPT * count]
    most = max(_FEWEST, _STRANGE * sum(after.values()))
    come = [name for name, count in after.items() if count > most and not before[name] + also[name]]
    return at_most("scripts_changed", len(gone) + len(come), 0, examples=[name.lower() for name in gone + come])
