"""Secrets out of text, before anything is stored for long.

In     text of an event; the secret values of this machine; the user's own rules
Out    the same text with each secret replaced by REDACTED_SECRET, and of each its line, rule and a masked preview
Never  lets a marker break the program or JSON around it; touches a placeholder such as "your-key-here"; writes while
       it only reads: values are taken note of by `heed`
Why    nearly every text holds no secret and is told so by one pass of a linear-time engine over the gates of all rules;
       only the lines around what that finds are searched by the rules themselves
"""

import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from skillstrata.capture.known_values import KnownValues, variables_in
from skillstrata.capture.linear_patterns import LinearPattern, LinearSet, linear
from skillstrata.capture.redaction_rules import CustomRules
from skillstrata.ports.disk import Disk
from skillstrata.ports.secret_values import SecretValues
from skillstrata.ports.text_redactor import Redacted, SecretFind, TextRedactor
from skillstrata.records.events import Event, FileChange, ShellCall, TextEdit, changes_of
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.secret_rules import GATES, MARKER, PRIVATE_KEY, RULES, SecretSpan, secret_spans

__all__ = ["MARKER", "Redactor", "redact_event"]

_MARKED = re.compile(rf"{MARKER}(?:_[A-Z0-9]+)*")
# What is left after one pass may show another secret; more passes than this have never been needed.
_PASSES = 8
# How far a rule looks back from its gate, and how far a value reaches on a line without an end.
_BEFORE, _AFTER, _NEXT_LINE = 256, 1024, 8
_LONGEST_KEY = 16_000
# No gate matches across it unless it matches on one side of it.
_BETWEEN = b"\n\0\n"
# Of an event with less text than this the calls cost more than the search.
_TOGETHER = 4_000
_DELIMITER = re.compile(r"[\s'\"]")
_PREVIEW = 24
_MAX_VARIABLES_BYTES = 200_000
_VARIABLES_FILE = re.compile(r"""(?:^|[\s'"=@(])([^\s'"=;|&<>()@]*\.env(?:\.[\w.-]+)?)(?=$|[\s'";|&)])""")
_SAMPLES = (".example", ".sample", ".template", ".dist")


class Redactor:
    """Fulfils the TextRedactor port by the table of rules, the user's rules and the values known to be secret."""

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        custom: CustomRules | None = None,
        store: SecretValues | None = None,
        disk: Disk | None = None,
    ) -> None:
        """Set it up.

        Args:
            environ: Variables; the values of those with a secret's name are secrets.
            custom: The user's rules and exceptions.
            store: Where marks of values are kept, for values of earlier processes; without it none are.
            disk: Where files of variables are read that commands name; without it they are not.
        """
        self._custom = custom or CustomRules()
        self._known = KnownValues(environ or {}, store)
        self._disk = disk
        self._gate: LinearPattern | None = None

    def redact(self, text: str) -> Redacted:
        """Replace what looks like a secret; a text without one costs one pass of the gate."""
        finds: list[SecretFind] = []
        for _ in range(_PASSES):
            spans = self._found(text)
            if not spans:
                break
            text, found = _replaced(text, spans)
            finds += found
        return Redacted(text, len(finds), tuple(finds))

    def are_clean(self, texts: tuple[str, ...]) -> bool:
        """Say whether certainly none of these texts holds a secret; one pass over all of them, for calls cost too."""
        datas = [text.encode("utf-8", "surrogatepass") for text in texts]
        if self._current_gate().search(_BETWEEN.join(datas)) is not None:
            return False
        return not any(rule.pattern.search(data) for rule in self._custom.rules for data in datas)

    def redact_ungated(self, text: str) -> Redacted:
        """Do the same without the gate: slow, and what the gate is measured and tested against."""
        spans = self._found(text, gated=False)
        return Redacted(_replaced(text, spans)[0], len(spans)) if spans else Redacted(text, 0)

    def heed(self, *, command: str = "", folder: str = "", path: str = "", content: str = "") -> None:
        """Take note of the secrets that a call shows, and keep the marks of those of the environment."""
        self._known.learn((), keep=True)
        if ".env" in path and _VARIABLES_FILE.search(posixpath.basename(path)):
            self._known.learn(variables_in(content), keep=True)
        if ".env" not in command or self._disk is None:
            return
        for name in dict.fromkeys(match[1] for match in _VARIABLES_FILE.finditer(command)):
            full = posixpath.join(folder, name)
            if posixpath.isabs(full) and not full.endswith(_SAMPLES):
                self._known.learn(variables_in(_text_of(self._disk, full)), keep=True)

    def _found(self, text: str, *, gated: bool = True) -> list[SecretSpan]:
        data = text.encode("utf-8", "surrogatepass")
        gate = self._current_gate()
        parts = [(0, len(text))]
        if gated:
            parts = _parts(text, data, gate)
            if not parts and not self._custom.rules:
                return []
        by_table = secret_spans(text, parts, _rules_by_gate().matching) if gated else secret_spans(text, parts)
        spans = [*self._known.spans(text, parts), *self._by_custom_rules(text, data), *by_table]
        return _merged([span for span in spans if not self._stays(text[span.start : span.end], span.rule)])

    def _current_gate(self) -> LinearPattern:
        if self._gate is None or self._known.changed:
            gates = [*GATES, *self._known.gates()]
            self._gate = linear(f"(?i){'|'.join(f'(?:{gate})' for gate in gates)}", as_bytes=True)
        return self._gate

    def _by_custom_rules(self, text: str, data: bytes) -> Iterator[SecretSpan]:
        for rule in self._custom.rules:
            offsets = _Offsets(text, data)
            for match in rule.pattern.finditer(data):
                start, end = match.span(rule.group)
                if 0 <= start < end:
                    yield SecretSpan(offsets.of(start), offsets.of(end), rule.name, rule.name, rule.replacement)

    def _stays(self, value: str, rule: str) -> bool:
        return bool(_MARKED.fullmatch(value)) or any(one.allows(value, rule) for one in self._custom.allows)


class _Offsets:
    """Turns places in UTF-8 into places in the text, in rising order."""

    def __init__(self, text: str, data: bytes) -> None:
        self._data = data if len(data) != len(text) else None
        self._byte = self._char = 0

    def of(self, byte: int) -> int:
        """Give the character that begins at a byte."""
        if self._data is None:
            return byte
        if byte < self._byte:
            self._byte = self._char = 0
        self._char += len(self._data[self._byte : byte].translate(None, _CONTINUATION))
        self._byte = byte
        return self._char


_CONTINUATION = bytes(range(0x80, 0xC0))


@cache
def _rules_by_gate() -> LinearSet:
    return LinearSet(tuple(f"(?i){rule.gate}" for rule in RULES))


def _parts(text: str, data: bytes, gate: LinearPattern) -> list[tuple[int, int]]:
    """Give the parts of a text that may hold a secret: lines around what the gate finds."""
    offsets = _Offsets(text, data)
    parts: list[tuple[int, int]] = []
    for match in gate.finditer(data):
        begins, ends = match.span()
        start, end = max(0, offsets.of(begins) - _BEFORE), _end_of(text, offsets.of(ends))
        if PRIVATE_KEY in text[start:end].lower():
            end = _end_of_key(text, end)
        if parts and start <= parts[-1][1]:
            parts[-1] = (parts[-1][0], max(end, parts[-1][1]))
        else:
            parts.append((start, end))
    return parts


def _end_of(text: str, after: int) -> int:
    line = text.find("\n", after + _NEXT_LINE)
    line = len(text) if line < 0 else line
    if line - after <= _AFTER:
        return line
    cut = _DELIMITER.search(text, after + _AFTER, line)
    return cut.start() if cut else line


def _end_of_key(text: str, after: int) -> int:
    """Give where a private key ends, which goes on over lines; at the latest where no key does any more."""
    last = text.find("-----END", after, after + _LONGEST_KEY)
    return min(len(text), _end_of(text, last) if last >= 0 else after + _LONGEST_KEY)


def _merged(spans: list[SecretSpan]) -> list[SecretSpan]:
    """Join spans that overlap; the first rule that found one gives it its name."""
    merged: list[SecretSpan] = []
    for span in sorted(spans, key=lambda one: one.start):
        if merged and span.start < merged[-1].end:
            merged[-1] = replace(merged[-1], end=max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return merged


def _replaced(text: str, spans: list[SecretSpan]) -> tuple[str, list[SecretFind]]:
    pieces: list[str] = []
    finds: list[SecretFind] = []
    done, line, before = 0, 1, ""
    for span in spans:
        between = text[done : span.start]
        line += between.count("\n")
        before = (before + between[-_PREVIEW:]).rpartition("\n")[2][-_PREVIEW:]
        finds.append(SecretFind(line, span.rule, f"{before}{span.instead} ({span.end - span.start} characters)"))
        pieces += (between, span.instead)
        line += text.count("\n", span.start, span.end)
        before += span.instead
        done = span.end
    pieces.append(text[done:])
    return "".join(pieces), finds


def _text_of(disk: Disk, path: str) -> str:
    try:
        return disk.read(path, max_bytes=_MAX_VARIABLES_BYTES).decode("utf-8", "replace")
    except FileUnreadable:
        return ""


def redact_event(event: Event, redactor: TextRedactor) -> Event:
    """Redact every text of an event; one that held a secret keeps a digest in its id, so that events still join."""
    if event.shell is not None:
        redactor.heed(command=event.shell.command, folder=event.cwd_before or event.cwd)
    for change in changes_of(event):
        redactor.heed(path=change.path, content=change.content or "")
    texts = tuple(text for text in _texts(event) if text)
    if sum(map(len, texts)) < _TOGETHER and redactor.are_clean(texts):
        return event
    counter = _Counter(redactor)
    # All at once: they are short, and hardly ever hold one.
    if not redactor.are_clean(tuple(_names(event))):
        event = _clean_names(event, counter)
    return replace(
        event,
        files=tuple(replace(file, path=counter.clean(file.path)) for file in event.files),
        cwd=counter.clean(event.cwd),
        shell=_clean_shell(event.shell, counter) if event.shell is not None else None,
        change=_clean_change(event.change, counter) if event.change is not None else None,
        changes=tuple(_clean_change(change, counter) for change in event.changes),
        cwd_before=counter.clean(event.cwd_before),
        prompt=counter.clean(event.prompt),
        redactions=event.redactions + counter.hits,
    )


def _texts(event: Event) -> Iterator[str]:
    yield from (event.cwd, event.cwd_before, event.prompt)
    yield from _names(event)
    yield from (file.path for file in event.files)
    if event.shell is not None:
        yield from (event.shell.command, event.shell.stdout, event.shell.stderr, event.shell.error)
    for change in changes_of(event):
        yield from (change.path, change.moved_to, change.content or "", change.original or "")
        for edit in change.edits:
            yield from (edit.old, edit.new, edit.anchor)


def _names(event: Event) -> Iterator[str]:
    yield from (event.id, event.session, event.tool, event.tool_use_id, event.prompt_id, event.sub_agent)
    yield event.used


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

    def named(self, text: str) -> str:
        """Clean an id: two that differed still differ, and what named the same still does."""
        cleaned = self.clean(text)
        if cleaned == text:
            return text
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        return f"{cleaned}_{digest.upper()}"


def _clean_names(event: Event, counter: _Counter) -> Event:
    return replace(
        event,
        id=counter.named(event.id),
        session=counter.named(event.session),
        tool=counter.named(event.tool),
        tool_use_id=counter.named(event.tool_use_id),
        prompt_id=counter.named(event.prompt_id),
        sub_agent=counter.named(event.sub_agent),
        used=counter.clean(event.used),
    )


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
        edits=tuple(_clean_edit(edit, counter) for edit in change.edits),
        original=None if change.original is None else counter.clean(change.original),
        moved_to=counter.clean(change.moved_to),
    )


def _clean_edit(edit: TextEdit, counter: _Counter) -> TextEdit:
    return replace(edit, old=counter.clean(edit.old), new=counter.clean(edit.new), anchor=counter.clean(edit.anchor))
