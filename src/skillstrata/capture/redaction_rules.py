"""A user's own rules of what is secret, and of what is not: a TOML file.

    [[rule]]
    name = "acme key"
    regex = 'acme_([a-z0-9]{20})'
    group = 1                                  # what is taken out; 0, the whole match, if left out
    replacement = "REDACTED_SECRET_ACME"       # REDACTED_SECRET if left out

    [[allow]]
    name = "keys of the documentation"
    regex = '^acme_doc'                        # a found value that this matches stays
    rule = "acme key"                          # of this rule only; of every rule if left out

In     the text of the file
Out    CustomRules, or RuleInvalid that names the file and the line
Never  takes a pattern that can take more than linear time: no look-around, no back-references
"""

import re
import tomllib
from dataclasses import dataclass
from typing import ClassVar, cast

from skillstrata.capture.linear_patterns import LinearPattern, PatternInvalid, linear
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.secret_rules import MARKER

_REPLACEMENT = re.compile(rf"{MARKER}(?:_[A-Z0-9]+)*")
_KEYS = {"rule": {"name", "regex", "group", "replacement"}, "allow": {"name", "regex", "rule"}}
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*(\w+)[ \t]*\]\]", re.MULTILINE)
_MAX_RULES = 200
_HINT = "mend the rule; `skillstrata redact --check FILE` shows what the rules find"


class RuleInvalid(StrataError):
    """A file of redaction rules that cannot be used; nothing is read or stored without the rules it names."""

    code: ClassVar[str] = "redaction.rule_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


@dataclass(frozen=True, slots=True)
class CustomRule:
    """One rule: what its group matches is a secret."""

    name: str
    regex: str
    pattern: LinearPattern
    group: int
    replacement: str


@dataclass(frozen=True, slots=True)
class AllowRule:
    """One exception: a value that it matches is none. `rule` limits it to the finds of one rule, "" to none."""

    name: str
    pattern: LinearPattern
    rule: str

    def allows(self, value: str, rule: str) -> bool:
        """Say whether a find stays."""
        return self.rule in {"", rule} and self.pattern.search(value.encode("utf-8", "surrogatepass")) is not None


@dataclass(frozen=True, slots=True)
class CustomRules:
    """A user's rules."""

    rules: tuple[CustomRule, ...] = ()
    allows: tuple[AllowRule, ...] = ()


def custom_rules(text: str, path: str) -> CustomRules:
    """Read a file of rules.

    Args:
        text: What it holds.
        path: Where it lies, for messages.

    Raises:
        RuleInvalid: It is no TOML, or a rule of it cannot be used.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleInvalid(f"{path} does not parse: {error}", hint="mend the file; its form is TOML") from error
    unknown = sorted(set(table) - set(_KEYS))
    if unknown:
        raise RuleInvalid(f"{path} has the unknown table {unknown[0]!r}", hint="write [[rule]] and [[allow]] tables")
    rules = tuple(_rule(one) for one in _tables(table, "rule", text, path))
    allows = tuple(_allow(one) for one in _tables(table, "allow", text, path))
    return CustomRules(rules, allows)


@dataclass(frozen=True, slots=True)
class _Table:
    """One [[rule]] or [[allow]], and where it stands."""

    kind: str
    entries: dict[str, object]
    path: str
    line: int

    def wrong(self, what: str, hint: str = _HINT) -> RuleInvalid:
        named = self.entries.get("name")
        name = f" {named!r}" if isinstance(named, str) else ""
        return RuleInvalid(f"{self.path}, line {self.line}: {self.kind}{name}: {what}", hint=hint)

    def word(self, key: str, default: str | None = None) -> str:
        value = self.entries.get(key, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self.wrong(f"{key} must be a text" if key in self.entries else f"{key} is missing")
        return value

    def pattern(self) -> LinearPattern:
        regex = self.word("regex")
        try:
            made = linear(regex)
        except PatternInvalid as error:
            hint = "use RE2's syntax: no look-around, no back-references, no counts over 1000"
            raise self.wrong(f"the regex {regex!r} cannot be used: {error}", hint) from error
        if made.search(b"") is not None:
            raise self.wrong(f"the regex {regex!r} matches the empty text")
        return made


def _tables(table: dict[str, object], kind: str, text: str, path: str) -> list[_Table]:
    found = table.get(kind, [])
    lines = [text.count("\n", 0, m.start()) + 1 for m in _HEADER.finditer(text) if m[1] == kind]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in cast("list[object]", found)):
        raise RuleInvalid(f"{path}: {kind} is no list of tables", hint=f"write [[{kind}]] above each one")
    entries = cast("list[dict[str, object]]", found)
    if len(entries) > _MAX_RULES:
        raise RuleInvalid(f"{path} has {len(entries)} {kind} tables, more than {_MAX_RULES}", hint="join some")
    tables = [_Table(kind, one, path, lines[n] if n < len(lines) else 1) for n, one in enumerate(entries)]
    for one in tables:
        unknown = sorted(set(one.entries) - _KEYS[kind])
        if unknown:
            raise one.wrong(f"unknown key {unknown[0]!r}", f"the keys are {', '.join(sorted(_KEYS[kind]))}")
    return tables


def _rule(table: _Table) -> CustomRule:
    pattern, group = table.pattern(), table.entries.get("group", 0)
    if not isinstance(group, int) or isinstance(group, bool) or not 0 <= group <= pattern.groups:
        raise table.wrong(f"group is {group!r}, the regex has {pattern.groups}")
    replacement = table.word("replacement", MARKER)
    if not _REPLACEMENT.fullmatch(replacement):
        hint = f"write {MARKER}, or {MARKER}_ and a word in capitals: what a program holds is told by that word"
        raise table.wrong(f"the replacement {replacement!r} is no marker", hint)
    if any(pattern.search(word.encode()) for word in (MARKER, replacement)):
        raise table.wrong(f"the regex matches the replacement {replacement!r}")
    return CustomRule(table.word("name"), table.word("regex"), pattern, group, replacement)


def _allow(table: _Table) -> AllowRule:
    return AllowRule(table.word("name"), table.pattern(), table.word("rule", ""))
