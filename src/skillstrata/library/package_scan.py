"""Look through a package of somebody else's before it is taken in.

In     RawPackage
Out    what there is to know: refused (never taken in), danger (only with an explicit word), note
Never  runs, unpacks or parses a program; says that a package is safe; reads a frontmatter (runtime.foreign_pages does)
Why    it shows a reviewer where to look: words for the network or for deleting are normal in some skills, and the
       thing to see in others
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from skillstrata.library.hostile_text import Hostile, hostile, plain_line, plain_text, remarks, unseen
from skillstrata.library.planted_names import planted
from skillstrata.records.exchanges import PACKAGE_FILE, RawPackage, ScanFinding
from skillstrata.records.tools import SkillFile

MAX_FILES, MAX_BYTES, MAX_FILE_BYTES = 512, 16 * 1024 * 1024, 8 * 1024 * 1024
PAGE = "SKILL.md"
_MAX_PATH, _MAX_DEPTH, _MAX_PART = 240, 8, 128
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_NAME = 64
_SCRIPT = re.compile(
    r"\.(?:py|pyw|sh|bash|zsh|fish|m?js|cjs|ts|rb|pl|php|ps1|psm1|bat|cmd|vbs|lua|r|jl|awk|applescript)\Z",
    re.IGNORECASE,
)
_PROGRAM_HEADS = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe", b"\x00asm")
_NETWORK = re.compile(
    r"\b(?:curl|wget|nc|ncat|telnet|scp|sftp|rsync|socket|urllib|requests|httpx|aiohttp|fetch\s*\(|XMLHttpRequest|http\.client"
    r"|websocket|ftplib|smtplib|paramiko|Invoke-WebRequest|https?://|/dev/tcp/)",
    re.IGNORECASE,
)
# Beside what no instructions need (hostile_text): commands that some skills do need, and a reviewer must see.
_GRAVE = re.compile(
    r"\brm\s+-[a-zA-Z]*[rf][a-zA-Z]*\s+(?:--\s+)?(?:/|~|\$HOME)|\bsudo\b"
    r"|~?/\.(?:ssh|aws|gnupg|netrc|config/gcloud|claude/(?:settings|\.credentials))|\bid_(?:rsa|ed25519)\b|\bcrontab\b"
    r"|\bchmod\s+[ugoa]*\+s\b|\blaunchctl\b|\bsystemctl\s+(?:enable|--user)",
    re.IGNORECASE,
)
_READ = (".md", ".markdown", ".mdx", ".mdc", ".rst", ".adoc", ".txt", ".json", ".yaml", ".yml")
_PAGES = (".md", ".markdown", ".mdx", ".mdc")
# What is read out of these, an agent is told: each text in them counts as it is when its escapes are resolved.
_TOLD = frozenset({"manifest.json", "proof.json", "lineage.jsonl", PACKAGE_FILE})
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U(000[0-9A-Fa-f]{5}|0010[0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))")
_SHORT = {"n": " ", "r": " ", "t": " ", "N": " ", "L": "\u2028", "P": "\u2029", "e": "\x1b", "b": "\x08", "f": "\x0c"}
# A remark of this length hides a page of its own.
_LONG_REMARK = 2_000
_MOST_LINES = 5


def refusals(package: RawPackage) -> tuple[ScanFinding, ...]:
    """Give what keeps a package out: its size, its paths, or that it is no skill."""
    return (*_sizes(package), *_paths(package), *_page(package))


def findings(package: RawPackage) -> tuple[ScanFinding, ...]:
    """Give what to know about a package that may be taken in, the gravest first."""
    found = dict.fromkeys(one for file in package.files for one in _of_file(file))
    return tuple(sorted(found, key=lambda f: (f.level != "danger", f.path, f.line, f.code)))


def _sizes(package: RawPackage) -> Iterator[ScanFinding]:
    total = sum(len(file.data) for file in package.files)
    if len(package.files) > MAX_FILES:
        yield _refused("too_many_files", "", f"it has {len(package.files)} files; {MAX_FILES} are the most")
    if total > MAX_BYTES:
        yield _refused("too_large", "", f"it has {total:,} bytes; {MAX_BYTES:,} are the most")
    for file in package.files:
        if len(file.data) > MAX_FILE_BYTES:
            yield _refused("too_large", file.path, f"{len(file.data):,} bytes; {MAX_FILE_BYTES:,} are the most")


def _paths(package: RawPackage) -> Iterator[ScanFinding]:
    seen: dict[str, str] = {}
    folders = {_folded(str(above)) for file in package.files for above in PurePosixPath(file.path).parents}
    for file in package.files:
        fault = path_fault(file.path)
        if fault:
            yield _refused("path", plain_line(file.path, 120), fault)
        folded = _folded(file.path)
        if folded in seen:
            yield _refused(
                "path_twice", plain_line(file.path, 120), f"it is the same file as {seen[folded]!r} on many disks"
            )
        if folded in folders:
            yield _refused("path_twice", plain_line(file.path, 120), "it is a file and the folder of another file")
        seen[folded] = file.path


def _folded(path: str) -> str:
    """Give what a path is called on disks that know no case, or compose letters."""
    return unicodedata.normalize("NFC", path).casefold()


def path_fault(path: str) -> str:
    """Say why a path may not be in a package, "" where it may."""
    parts = path.split("/")
    if not path or path.startswith("/") or "\\" in path or re.match(r"[A-Za-z]:", path):
        return "it is no path below the package's folder"
    if any(part in {"", ".", ".."} for part in parts):
        return "it leads out of the package's folder"
    if not all(part.isprintable() for part in parts) or unseen(path):
        return "it has characters that nobody sees"
    if any(part.startswith(".") or part.endswith((".", " ")) for part in parts):
        return "it is hidden, or another name on some disks"
    if len(path) > _MAX_PATH or len(parts) > _MAX_DEPTH or any(len(part.encode()) > _MAX_PART for part in parts):
        return "it is too long or too deep"
    return ""


def _page(package: RawPackage) -> Iterator[ScanFinding]:
    if all(file.path != PAGE for file in package.files):
        yield _refused("no_page", PAGE, "it has no SKILL.md")
    if len(package.folder) > _MAX_NAME or not _NAME.fullmatch(package.folder):
        yield _refused(
            "name", plain_line(package.folder, 80), "it is no skill name: lowercase letters, digits, single hyphens"
        )


def _of_file(file: SkillFile) -> Iterator[ScanFinding]:
    where = planted(f"/{file.path}") if file.path != PAGE else ""
    if where:
        yield ScanFinding("planted_name", "danger", file.path, where)
    if file.data.startswith(_PROGRAM_HEADS):
        yield ScanFinding("binary_program", "danger", file.path, "it is a compiled program, which nobody can read")
        return
    is_program = _SCRIPT.search(file.path) is not None or file.data.startswith(b"#!")
    if is_program:
        yield ScanFinding("script", "note", file.path, "it is a program; who loads the skill may run it")
    text = plain_text(file.data)
    if text is None:
        level = "danger" if is_program or file.path.lower().endswith(_READ) else "note"
        yield ScanFinding("no_text", level, file.path, "it is no UTF-8 text; nothing of it was looked at")
        return
    yield from _of_text(file.path, text)
    yield from _of_told(file.path, text)
    # Inputs of fixtures are full of addresses; what acts on one is a program, or a page that says to.
    if is_program or file.path.lower().endswith(_PAGES):
        yield from _lines("network_words", "note", file.path, text, _NETWORK)


def _of_text(path: str, text: str) -> Iterator[ScanFinding]:
    ending = path.lower()
    for line, what in unseen(text)[:_MOST_LINES]:
        yield ScanFinding("unseen_character", "danger", path, what, line)
    wanted = {"grave_command"}
    wanted |= {"order_to_the_reader"} if ending.endswith(_READ) else set()
    wanted |= {"runs_when_loaded"} if ending.endswith(_PAGES) else set()
    for found in _first_of_each([one for one in hostile(text) if one.code in wanted]):
        yield ScanFinding(found.code, "danger", path, found.words, found.line)
    if ending.endswith(_PAGES):
        for line, words in remarks(text, longer_than=_LONG_REMARK)[:_MOST_LINES]:
            yield ScanFinding("long_hidden_remark", "danger", path, words, line)
        for line, words in remarks(text)[:_MOST_LINES]:
            yield ScanFinding("hidden_remark", "note", path, words, line)
    yield from _lines("grave_command", "danger", path, text, _GRAVE)


def _of_told(path: str, text: str) -> Iterator[ScanFinding]:
    """Look at texts as they are once they are read: an order in escapes is one all the same."""
    if PurePosixPath(path).name in _TOLD:
        read = _unescaped(text)
        for line, words in remarks(read)[:_MOST_LINES]:
            yield ScanFinding("hidden_remark", "danger", path, words, line)
    elif path == PAGE:
        front = text.partition("\n---")[0]
        read = _unescaped(front)
        if read == front:
            return
    else:
        return
    for line, what in unseen(read)[:_MOST_LINES]:
        yield ScanFinding("unseen_character", "danger", path, what, line)
    for found in _first_of_each([one for one in hostile(read) if one.code != "runs_when_loaded"]):
        yield ScanFinding(found.code, "danger", path, found.words, found.line)
    yield from _lines("grave_command", "danger", path, read, _GRAVE)


def _unescaped(text: str) -> str:
    """Resolve the escapes of JSON and YAML; each line keeps its number."""

    def one(hit: re.Match[str]) -> str:
        code = hit[1] or hit[2] or hit[3]
        read = chr(int(code, 16)) if code else _SHORT.get(hit[4], hit[4])
        return " " if read in "\r\n\x85" else read

    # Two escapes may be the halves of one character; a half alone is none.
    return _ESCAPE.sub(one, text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _first_of_each(found: list[Hostile]) -> Iterator[Hostile]:
    """Give the first few of each code, a line once."""
    counts: Counter[str] = Counter()
    seen: set[tuple[str, int]] = set()
    for one in found:
        if (one.code, one.line) not in seen and counts[one.code] < _MOST_LINES:
            seen.add((one.code, one.line))
            counts[one.code] += 1
            yield one


def _lines(code: str, level: str, path: str, text: str, pattern: re.Pattern[str]) -> Iterator[ScanFinding]:
    lines: dict[int, str] = {}
    for hit in pattern.finditer(text):
        lines.setdefault(text.count("\n", 0, hit.start()) + 1, plain_line(hit[0], 80))
        if len(lines) >= _MOST_LINES:
            break
    for line, words in lines.items():
        yield ScanFinding(code, level, path, words, line)


def _refused(code: str, path: str, message: str) -> ScanFinding:
    return ScanFinding(code, "refused", path, message)
