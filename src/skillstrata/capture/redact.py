"""Secrets out of text, before anything is stored for long.

In     text of an event, and the values of this machine's secret environment variables
Out    the same text with each secret replaced by REDACTED_SECRET, and the count
Never  lets a marker break the program or JSON around it; touches a placeholder such as "your-key-here"
Why    a marker in a program is a reason to refuse it, so a false alarm costs a tool: values must look random
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from skillstrata.ports.text_redactor import Redacted, TextRedactor
from skillstrata.records.events import Event, FileChange, ShellCall

MARKER = "REDACTED_SECRET"
_MIN_VALUE = 8
_SECRET_VARIABLE = re.compile(r"(?:\A|_)(?:KEY|TOKEN|SECRET|PASSWORD)\Z", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"example|your[_-]|my[_-]|dummy|x{5}|(?<!0)1234567|[<>]|\*{3}|redacted|change[_-]?me|placeholder|\$\{|\{\{",
    re.IGNORECASE,
)
# A key says by its prefix what it is: neither digits in a row nor three letters make one a placeholder.
_PLACEHOLDER_KEY = re.compile(r"example|your[_-]|dummy|x{5}|redacted|change[_-]?me|placeholder", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_SAYS_WHAT_IT_IS = re.compile(r"pass|pwd|token|secret|key|credential", re.IGNORECASE)
_RANDOM_LENGTH = 12

_NAMES = (
    r"(?:(?:api|access|auth|secret|private|client|encryption|signing|account)[_-]?key"
    r"|secret|token|passw(?:or)?d|passphrase|pwd|credentials?)"
)
_PASSPHRASES = r"(?:passw(?:or)?d|passphrase|pwd)"
_UNQUOTED = r"[A-Za-z0-9+/_\-=.~!@#%^*:]"


def _always(_value: str) -> bool:
    return True


def _has_digit(value: str) -> bool:
    return any(c.isdigit() for c in value)


def _looks_random(value: str) -> bool:
    """Tell `x8Kq2mP0aa9Z` from a name in a program: two digits, and mixed letters or no name at all."""
    if len(value) < _RANDOM_LENGTH or sum(c.isdigit() for c in value) < len("00"):
        return False
    if not _IDENTIFIER.match(value):
        return True
    is_mixed = value != value.lower() and value != value.upper()
    return "." not in value and ("_" not in value or is_mixed)


def _not_a_word(value: str) -> bool:
    """Tell a value from a word of help text such as `--token required`."""
    return not (value.isalpha() and (value.islower() or value.isupper()) and len(value) <= _RANDOM_LENGTH)


def _not_a_name(value: str) -> bool:
    """Tell a password from the word for one, as in `CHALLENGE_PASSWORD: "challengePassword"`."""
    return _not_a_word(value) and (_has_digit(value) or not _SAYS_WHAT_IT_IS.search(value))


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern whose group `v` is the secret, but where it looks like a placeholder.

    `needles` are lower-case; without any of them the pattern is not tried.
    """

    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool] = _always
    placeholder: re.Pattern[str] = _PLACEHOLDER


def _known_key(needles: tuple[str, ...], pattern: re.Pattern[str], accepts: Callable[[str], bool] = _always) -> _Rule:
    return _Rule(needles, pattern, accepts, _PLACEHOLDER_KEY)


# Whole, perhaps spread over string literals; or cut off, and then as far as the lines of the key go.
_PRIVATE_KEY = r"""(?P<v>-----BEGIN\ [A-Z ]{0,20}PRIVATE\ KEY-----(?:
    (?:(?:\s|\\[nr]|["'+,\\])*+(?:[A-Za-z-]{4,20}:\ [^\n\\]{1,80}+|[A-Za-z0-9+/=]++))++
    (?:\s|\\[nr]|["'+,\\])*+-----END\ [A-Z ]{0,20}PRIVATE\ KEY-----
  | (?:(?:\s|\\[nr])*+(?:[A-Za-z-]{4,20}:\ [^\n\\]{1,80}+|[A-Za-z0-9+/=]{16,}+))++
))"""
_PREFIXES = r"""(?<![A-Za-z0-9_])(?P<v>
    sk-[A-Za-z0-9_-]{20,}
  | gh[pousr]_[A-Za-z0-9]{30,}
  | github_pat_[A-Za-z0-9_]{20,}
  | glpat-[A-Za-z0-9_-]{20,}
  | xox[abeprs]-[A-Za-z0-9-]{10,}
  | xapp-[A-Za-z0-9-]{20,}
  | [sr]k_(?:live|test)_[A-Za-z0-9]{16,}
  | whsec_[A-Za-z0-9+/=_-]{16,}
  | sbp_[A-Za-z0-9]{20,}
  | hf_[A-Za-z0-9]{20,}
  | npm_[A-Za-z0-9]{36}
)"""
_PREFIX_NEEDLES = tuple(
    "sk- ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox xapp- k_live_ k_test_ whsec_ sbp_ hf_ npm_".split()
)

_RULES = (
    _known_key(("private key-----",), re.compile(_PRIVATE_KEY, re.VERBOSE)),
    _known_key(_PREFIX_NEEDLES, re.compile(_PREFIXES, re.VERBOSE), _has_digit),
    _known_key(("akia", "asia"), re.compile(r"\b(?P<v>A[KS]IA[A-Z0-9]{16})\b")),
    _known_key(("aiza",), re.compile(r"\b(?P<v>AIza[A-Za-z0-9_-]{30,})")),
    _known_key(("eyj",), re.compile(r"\b(?P<v>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)")),
    _Rule(("bearer",), re.compile(r"(?i)\bbearer\s+(?P<v>[A-Za-z0-9._~+/=-]{20,})"), _has_digit),
    _Rule(
        ("://",),
        re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"\\]{0,100}:(?P<v>[^\s/@'\"\\]{3,200})@"),
        _not_a_name,
    ),
    _Rule(
        ("--pass", "--token", "--secret", "--api", "--access", "--auth"),
        re.compile(
            r"(?i)--(?:password|passwd|passphrase|token|secret|api-?key|access-?token|access-?key|auth-?token)"
            r"(?:=|\s+)(?P<q>\\?['\"])?(?P<v>(?(q)[^'\"\\$<\n]{4,}|[^\s'\"\\$<`()\[\]{}|;&-][^\s'\"\\`()\[\]{}|;&,]{3,}))"
        ),
        _not_a_word,
    ),
    _Rule(("mysql",), re.compile(r"\bmysql(?:dump|admin)?\b[^\n|;&]{0,200}?\s-p(?P<v>[^\s'\"$\\]{4,})"), _not_a_word),
    _Rule(
        ("curl",),
        re.compile(r"\bcurl\b[^\n|;&]{0,400}?\s(?:-u|--user)[ =]['\"]?[^\s:'\"$]{1,80}:(?P<v>[^\s'\"$\\]{4,})"),
    ),
    _Rule(
        ("key", "secret", "token", "passw", "passphrase", "pwd", "credential"),
        re.compile(
            rf"(?i){_NAMES}[\w-]{{0,24}}\\?['\"]?\]?\s{{0,4}}(?:=>|:=|=|:)\s{{0,4}}[rbuf]?\\?['\"]"
            r"(?P<v>[^\s'\"\\]{16,})\\?['\"]"
        ),
        _has_digit,
    ),
    _Rule(
        ("passw", "passphrase", "pwd"),
        re.compile(
            rf"(?i){_PASSPHRASES}\w{{0,24}}\\?['\"]?\]?\s{{0,4}}(?:=>|:=|=|:)\s{{0,4}}[rbuf]?\\?['\"](?P<v>[^\s'\"\\]{{8,}})\\?['\"]"
        ),
        _not_a_name,
    ),
    _Rule(
        ("key=", "token=", "secret=", "password=", "passwd=", "pwd=", "passphrase="),
        # The environment form: NAME_KEY=value, without quotes or spaces.
        re.compile(
            r"(?:(?<=[A-Z0-9]_)|(?<![A-Za-z0-9_]))(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PWD|PASSPHRASE)="
            rf"(?P<v>{_UNQUOTED}{{8,}})(?![(\[{{])"
        ),
        lambda value: _has_digit(value) or not _IDENTIFIER.match(value),
    ),
    _Rule(
        ("key=", "token=", "secret=", "password=", "passwd=", "pwd="),
        # The same in lower case: connection strings, query strings; in programs also keyword arguments.
        re.compile(rf"(?i){_NAMES}\w{{0,24}}=(?P<v>{_UNQUOTED}{{8,}})(?![(\[{{])"),
        _looks_random,
    ),
    _Rule(
        ("key", "secret", "token", "passw", "pwd"),
        # A line of an ini or YAML file.
        re.compile(
            rf"(?im)^[ \t>-]*[\w.-]{{0,40}}?{_NAMES}[\w.-]{{0,24}}[ \t]*[=:][ \t]+"
            rf"(?P<v>{_UNQUOTED}{{8,}})[ \t]*\r?$"
        ),
        _looks_random,
    ),
)


_NEEDLES = tuple(sorted({needle for rule in _RULES for needle in rule.needles}))


class Redactor:
    """Fulfils the TextRedactor port by rules and by the exact values of secret environment variables."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """Remember the values of variables named *_KEY, *_TOKEN, *_SECRET or *_PASSWORD; longest first."""
        named = (environ or {}).items()
        values = {v for name, v in named if _SECRET_VARIABLE.search(name) and len(v) >= _MIN_VALUE and v != MARKER}
        self._values = tuple(sorted(values, key=len, reverse=True))

    def redact(self, text: str) -> Redacted:
        """Replace what looks like a secret; a text without any trigger word costs a few substring searches."""
        hits = 0
        for value in self._values:
            if value in text:
                hits += text.count(value)
                text = text.replace(value, MARKER)
        lowered = text.lower()
        present = {needle for needle in _NEEDLES if needle in lowered}
        if present:
            for rule in _RULES:
                if not present.isdisjoint(rule.needles):
                    text, found = _apply(rule, text)
                    hits += found
        return Redacted(text, hits)


def _apply(rule: _Rule, text: str) -> tuple[str, int]:
    found = 0

    def mark(match: re.Match[str]) -> str:
        nonlocal found
        value = match["v"]
        if rule.placeholder.search(value) or not rule.accepts(value):
            return match[0]
        found += 1
        start, end = match.start("v") - match.start(), match.end("v") - match.start()
        return f"{match[0][:start]}{MARKER}{match[0][end:]}"

    return rule.pattern.sub(mark, text), found


def redact_event(event: Event, redactor: TextRedactor) -> Event:
    """Redact every text of an event; ids and names stay, so that events still join."""
    counter = _Counter(redactor)
    return replace(
        event,
        cwd=counter.clean(event.cwd),
        shell=_clean_shell(event.shell, counter) if event.shell is not None else None,
        change=_clean_change(event.change, counter) if event.change is not None else None,
        prompt=counter.clean(event.prompt),
        redactions=event.redactions + counter.hits,
    )


class _Counter:
    """Redacts and adds up."""

    def __init__(self, redactor: TextRedactor) -> None:
        self._redactor = redactor
        self.hits = 0

    def clean(self, text: str) -> str:
        if not text:
            return text
        redacted = self._redactor.redact(text)
        self.hits += redacted.hits
        return redacted.text


def _clean_shell(shell: ShellCall, counter: _Counter) -> ShellCall:
    return replace(
        shell,
        command=counter.clean(shell.command),
        stdout=counter.clean(shell.stdout),
        stderr=counter.clean(shell.stderr),
        error=counter.clean(shell.error),
    )


def _clean_change(change: FileChange, counter: _Counter) -> FileChange:
    return replace(
        change,
        path=counter.clean(change.path),
        content=None if change.content is None else counter.clean(change.content),
        edits=tuple(replace(e, old=counter.clean(e.old), new=counter.clean(e.new)) for e in change.edits),
        original=None if change.original is None else counter.clean(change.original),
    )
