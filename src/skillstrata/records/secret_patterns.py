"""What a rule of the table of secrets is, and the pieces that its patterns are made of.

In     patterns as text
Out    SecretRule: a coarse gate for the linear-time engine, a pattern for the place it found, a judge of the value
Never  holds a rule: keys, commands and assignments have files of their own

A pattern begins no further than 256 characters before its gate, and ends on the line where the gate ends. Its value
holds no quote and no backslash but in pairs, so that the JSON or program around it stays whole.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from skillstrata.records.secret_judges import always, is_placeholder

# At the beginning of a word; in JSON a line that ends is two characters, and the second is a letter.
START = r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrtbf]))"
# Look-ahead is not for the linear-time engine: a gate goes without it.
ENDS = r"(?![A-Za-z0-9_])"
# The linear-time engine has no vertical tab in \s.
SPACE = r"[\s\x0b]"
NAMES = (
    r"(?:(?:api|access|auth|secret|private|client|encryption|signing|account|shared)[_-]?key"
    r"|secret|token|passw(?:or)?d|passphrase|pwd|credentials?)"
)
PASSPHRASES = r"(?:passw(?:or)?d|passphrase|pwd)"
UNQUOTED = r"[A-Za-z0-9+/_\-=.~!@#%^*:]"
QUOTE = r"""\\?['"]"""
# Between an option and its value: a space, or the next text of a list.
GAP = r"(?:[ \t]+|\\?['\"],[ \t]{0,4}(?=\\?['\"]))"
# More of the same command: options, and texts in quotes whatever they hold.
REST = r"(?:[^\n|;&'\"]|\"[^\"\n]{0,400}\"|'[^'\n]{0,400}'|['\"]){0,400}?"


def word(least: int) -> str:
    """Give the pattern of a shell word in the place of a secret, quoted or not, of so many characters at least."""
    more = f"{{{least - 1},200}}"
    return (
        r"(?:(?P<d>\\?\")|(?P<s>\\?'))?"
        rf"(?P<v>(?(d)[^\"\\$<\n\s,:}}\]][^\"\\\n]{more}|(?(s)[^'\"\\<\n\s,:}}\]][^'\"\\\n]{more}"
        rf"|[^\s'\"\\$<`()\[\]{{}}|;&-][^\s'\"\\`()|;&<>]{more})))"
    )


def pair(least: int) -> str:
    """Give the pattern of `user:password` as a shell word."""
    more = f"{{{least},200}}"
    return (
        r"(?:(?P<d>\\?\")|(?P<s>\\?'))?[^\s:'\"$\\/]{1,80}:"
        rf"(?P<v>(?(d)[^\"\\\n]{more}|(?(s)[^'\"\\\n]{more}|[^\s'\"$\\|;&<>]{more})))"
    )


@dataclass(frozen=True, slots=True)
class SecretRule:
    """A pattern whose group `v` is the secret, but where it looks like a placeholder.

    `what` is the kind of secret in words. `needles` are lower-case; without any of them the pattern is not tried.
    """

    name: str
    what: str
    gate: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool] = always
    is_placeholder: Callable[[str], bool] = is_placeholder

    def takes(self, value: str) -> bool:
        """Say whether what stands in the place of a secret is one."""
        return not self.is_placeholder(value) and self.accepts(value)


def rule(
    name: str, what: str, gate: str, needles: str, pattern: str, accepts: Callable[[str], bool] = always
) -> SecretRule:
    """Make a rule.

    Args:
        name: What `redact --check` calls it.
        what: What it finds, in words.
        gate: A pattern of the linear-time engine, without case.
        needles: Words of which one is in every text it finds something in.
        pattern: What it finds; the group `v` is the secret.
        accepts: Whether a value is a secret.
    """
    return SecretRule(name, what, gate, tuple(needles.split()), re.compile(pattern, re.ASCII), accepts)
