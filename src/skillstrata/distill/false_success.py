"""Recognise runs recorded as success that gave nothing useful.

In     an Execution and the paths its program writes
Out    a sentence saying what shows it, "" where nothing does
Why    one in seven conversion-like runs recorded as ok produced nothing: the record is a hint only
"""

import hashlib
import posixpath
import re

from skillstrata.distill.places import absolute
from skillstrata.distill.program_text import ProgramText
from skillstrata.records.executions import Execution

_TRACEBACK = "Traceback (most recent call last)"
_NOT_FOUND = re.compile(
    r"(?m)^\S*(?:sh|bash|zsh)\S*: (?P<what>.*?)(?:: command)?:? not found\s*$|^Python was not found; run without"
)
_THINGS = (
    "rows?|items?|records?|pages?|tables?|links?|files?|entries|lines?|results?|paragraphs?|matches|articles?|documents?|"
    "sections?|headings?|slides?|messages?|products?|elements?|words?|characters?|chars|columns?"
)
_COUNT = re.compile(
    rf"(?i)\b(?P<before>\d+)\s+(?:{_THINGS})\b"
    rf"|\b(?:found|processed|converted|extracted|wrote|written|parsed|exported|{_THINGS})\b\s*[:=]?\s*(?P<after>\d+)\b"
)
_REPORT_LINES = 8
_EMPTY = {"[]", "{}", "null", "None", '""', "[\n]"}
_ASKS = {"--help", "-h", "-help", "--version", "-V", "help"}
_NOTHING = {hashlib.sha256(f"{text}{end}".encode()).hexdigest() for text in (*_EMPTY, "") for end in ("", "\n", "\r\n")}
_MOJIBAKE = re.compile("Ã[\u0080-\u00bf©¨¼¶¤§±³¡ª\u00b4]|â€[™œ\u009d“”\u0093\u0094¦]|Â[\u00a0°·»«]")
_PAIRS = 2


def false_success(execution: Execution, text: ProgramText) -> str:
    """Say what shows that a run recorded as ok gave nothing, "" where nothing shows it."""
    if missing_binary(execution):
        return ""
    return (
        _error_text(execution)
        or _empty_file(execution, text)
        or _zero_count(execution)
        or _damaged_letters(execution.stdout)
    )


def missing_binary(execution: Execution) -> str:
    """Give the program of a command line that its shell did not find: nothing of the line ran, and nothing is wrong."""
    if execution.language != "shell":
        return ""
    for stream in (execution.stdout, execution.error):
        for match in _NOT_FOUND.finditer(stream):
            words = (match.group("what") or "").split()
            if words and words[-1].rstrip(":") in execution.binaries:
                return words[-1].rstrip(":")
    return ""


def usage_alone(execution: Execution) -> str:
    """Say that a run only told how the program is used, "" where it did more or was given something to work on."""
    if execution.argv and all(word in _ASKS for word in execution.argv):
        return f"it tells about itself: {execution.argv[0]}"
    said = (execution.stdout.strip() or execution.error.strip()).lower()
    given = [word for word in execution.argv if not word.startswith("-")]
    return "it was given nothing and told how it is used" if said.startswith("usage") and not given else ""


def _error_text(execution: Execution) -> str:
    """Find this program's own traceback; one in the data it prints names other files."""
    for stream in (execution.stdout, execution.error):
        at = stream.find(_TRACEBACK)
        if at >= 0:
            name = posixpath.basename(execution.script_path)
            own = [f'File "{n}"' for n in ("<string>", "<stdin>")] + ([f'{name}"'] if name else [])
            if any(mark in stream[at:] for mark in own):
                return "its output holds its own traceback"
        match = _NOT_FOUND.search(stream)
        if match is not None and not (stream is execution.error and _not_started_by(execution, match.group("what"))):
            return "its output says that a command was not found"
    return ""


def _not_started_by(execution: Execution, what: str | None) -> bool:
    """Say whether the missing command is one that follows a program in its command line, not one that it starts."""
    words = (what or "").split()
    return execution.masked and bool(words) and words[-1].rstrip(":") not in (execution.body or "")


def _empty_file(execution: Execution, text: ProgramText) -> str:
    written = {absolute(p.value, execution.cwd) for p in text.paths if "write" in p.uses}
    written |= {execution.stdout_path} - {""}
    for snapshot in execution.snapshots:
        if snapshot.path in written and snapshot.size_bytes == 0 and snapshot.digest is not None:
            return f"the file it wrote is empty ({posixpath.basename(snapshot.path)})"
        if snapshot.path in written and snapshot.digest in _NOTHING:
            return f"the file it wrote holds an empty list or object ({posixpath.basename(snapshot.path)})"
    return ""


def _zero_count(execution: Execution) -> str:
    """Find a short report whose every counter is 0, or an empty list or object as the whole output."""
    out = execution.stdout.strip()
    if out in _EMPTY:
        return f"its whole output is {out}"
    if not out or out.count("\n") >= _REPORT_LINES:
        return ""
    counts = [int((m.group("before") or m.group("after"))[:9]) for m in _COUNT.finditer(out)]
    return "every count it reports is 0" if counts and not any(counts) else ""


def _damaged_letters(out: str) -> str:
    if "\ufffd" in out or len(_MOJIBAKE.findall(out)) >= _PAIRS:
        return "its output holds damaged letters"
    return ""
