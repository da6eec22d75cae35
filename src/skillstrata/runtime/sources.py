"""Read every source at once; what did not change since the last look is not read again.

In     sources, and the scan before
Out    Scan: each source's files, as skills or as files that must not be used, with the reasons
Never  lets one bad file or one lost folder cost another; holds a body
Why    an unchanged source gives the same object back, so that a look that found nothing costs its stats alone
"""

import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from skillstrata.ports.kept_texts import KeptTexts
from skillstrata.ports.skill_files import SkillFiles, SkillFileStamp
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.skills import Frontmatter, Skill, SkillSource, SkillText
from skillstrata.runtime.skill_codes import noted

MAX_WORKERS = min(32, (os.cpu_count() or 1) * 2)
MAX_FILE_BYTES = 4 * 1024 * 1024
_INFERRED = frozenset({"no_frontmatter", "desc_missing"})
_MOST_INFERRED = 1024


class Parse(Protocol):
    """Turns the bytes of a file into its parts; never raises."""

    def __call__(self, data: bytes, *, folder_name: str, path: str) -> SkillText:
        """Parse one file."""
        ...


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file of a source. `skill` is None where it must not be used; `unsettled` ones are read again at each look."""

    source: SkillSource
    stamp: SkillFileStamp
    digest: str
    skill: Skill | None
    diagnostics: tuple[Diagnostic, ...] = ()
    unsettled: bool = False

    @property
    def skill_id(self) -> str:
        """Give the id that the file has or would have."""
        return f"{self.source.label}/{self.stamp.slug}"


@dataclass(frozen=True, slots=True)
class SourceScan:
    """What one source holds."""

    source: SkillSource
    stamps: tuple[SkillFileStamp, ...]
    files: tuple[FoundFile, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    read: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """What all sources hold, in the order they were given; `elapsed_s` is how long the look took."""

    sources: tuple[SourceScan, ...] = ()
    elapsed_s: float = 0.0

    @property
    def files(self) -> tuple[FoundFile, ...]:
        """Give every file of every source."""
        return tuple(found for one in self.sources for found in one.files)

    @property
    def read(self) -> int:
        """Count the files that were read in this look."""
        return sum(one.read for one in self.sources)

    @property
    def is_unsettled(self) -> bool:
        """Say whether a file was left for the next look."""
        return any(found.unsettled for one in self.sources for found in one.files)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Give what is odd about folders, and about files that must not be used."""
        return tuple(
            odd
            for one in self.sources
            for odd in (*one.diagnostics, *(d for f in one.files if f.skill is None for d in f.diagnostics))
        )


class SkillScanner:
    """Looks at sources again and again."""

    def __init__(
        self,
        files: SkillFiles,
        parse: Parse,
        *,
        keep: KeptTexts | None = None,
        workers: int = MAX_WORKERS,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Keep the parts; `keep` takes the bytes of every file that is read."""
        self._files = files
        self._parse = parse
        self._keep = keep
        self._workers = max(1, workers)
        self._now_s = now_s

    def scan(self, sources: tuple[SkillSource, ...], before: Scan | None = None, *, settle_s: float = 0.0) -> Scan:
        """Look at every source.

        Args:
            sources: What to look at; no label twice.
            before: The last scan; files with an unchanged stamp are taken from it.
            settle_s: A file that changed less than this ago is left for the next look: it may be half written.

        Returns:
            `before` itself where nothing at all changed.
        """
        began = time.perf_counter()
        known = {one.source.label: one for one in before.sources} if before else {}

        def look(source: SkillSource) -> SourceScan:
            return self._source(source, known.get(source.label), settle_s)

        if len(sources) > 1 and self._workers > 1:
            with ThreadPoolExecutor(min(self._workers, len(sources)), thread_name_prefix="skills") as pool:
                found = tuple(pool.map(look, sources))
        else:
            found = tuple(map(look, sources))
        if before and len(found) == len(before.sources) and all(map(_is, found, before.sources)):
            return before
        return Scan(found, time.perf_counter() - began)

    def _source(self, source: SkillSource, before: SourceScan | None, settle_s: float) -> SourceScan:
        stamps, odd = self._files.stamps(source)
        old: dict[str, FoundFile] = {}
        if before is not None and before.source == source:
            if stamps == before.stamps and odd == before.diagnostics and not any(f.unsettled for f in before.files):
                return before
            old = {found.stamp.path: found for found in before.files}
        files: list[FoundFile] = []
        read = 0
        for stamp in stamps:
            same = old.get(stamp.path)
            if same is not None and same.stamp == stamp and not same.unsettled:
                files.append(same)
                continue
            read += 1
            files.append(self._file(source, stamp, settle_s))
        return SourceScan(source, stamps, tuple(files), odd, read)

    def _file(self, source: SkillSource, stamp: SkillFileStamp, settle_s: float) -> FoundFile:
        if settle_s and 0 <= self._now_s() - stamp.mtime_ns / 1e9 < settle_s:
            return _unusable(source, stamp, "unstable_read", "changed a moment ago", unsettled=True)
        if stamp.size > MAX_FILE_BYTES:
            said = f"{stamp.size:,} bytes, more than {MAX_FILE_BYTES:,}; it is not read"
            return _unusable(source, stamp, "too_large", said)
        if stamp.size < 0:
            return _unusable(source, stamp, "file_unreadable", "is no plain file any more, and is not opened")
        try:
            data = self._files.read(stamp.path, max_bytes=MAX_FILE_BYTES)
        except FileUnreadable as error:
            unsettled = error.reason in {"unstable", "missing"}
            code = "unstable_read" if unsettled else "file_unreadable"
            return _unusable(source, stamp, code, error.message, unsettled=unsettled)
        digest = hashlib.sha256(data).hexdigest()
        text = parsed(self._parse, data, folder_name=stamp.slug, path=stamp.path)
        if source.kind == "command" and not text.loads:
            text = _as_command(data, text)
        if not text.loads:
            return FoundFile(source, stamp, digest, None, _placed(text.diagnostics, stamp.path))
        if self._keep is not None:
            # Where there is no room for it, the file is read again when its text is asked for.
            with suppress(OSError):
                self._keep.put(digest, data)
        return FoundFile(source, stamp, digest, skill_of(source, stamp.slug, stamp.path, digest, text, stamp.folder))


def parsed(parse: Parse, data: bytes, *, folder_name: str, path: str) -> SkillText:
    """Parse a file, whatever the parser makes of it: its fault costs that file alone."""
    try:
        return parse(data, folder_name=folder_name, path=path)
    except Exception as error:  # noqa: BLE001 - a parser that fails must not cost any other skill
        said = f"the parser failed on it ({type(error).__name__}); report this file"
        return SkillText(False, Frontmatter(), "", diagnostics=(Diagnostic("parser_failed", "error", said, path=path),))


def skill_of(
    source: SkillSource, slug: str, path: str, digest: str, text: SkillText, folder: tuple[int, int] = (0, 0)
) -> Skill:
    """Make the record of a parsed file."""
    return Skill(
        id=f"{source.label}/{slug}",
        name=f"{source.prefix}:{slug}" if source.prefix else slug,
        source=source,
        path=path,
        digest=digest,
        body_digest=hashlib.sha256(text.body.encode()).hexdigest(),
        body_chars=len(text.body),
        frontmatter=text.frontmatter,
        requirements=text.requirements,
        related=text.related,
        inline_shell=text.inline_shell,
        diagnostics=text.diagnostics,
        folder=folder,
    )


def _is(one: SourceScan, other: SourceScan) -> bool:
    return one is other


def _unusable(
    source: SkillSource, stamp: SkillFileStamp, code: str, said: str, *, unsettled: bool = False
) -> FoundFile:
    odd = noted(code, said, path=stamp.path)
    return FoundFile(source, stamp, "", None, (odd,), unsettled)


def _placed(found: tuple[Diagnostic, ...], path: str) -> tuple[Diagnostic, ...]:
    return tuple(d if d.path else Diagnostic(d.code, d.severity, d.message, d.line, d.repaired, path) for d in found)


def _as_command(data: bytes, text: SkillText) -> SkillText:
    """Older commands need no frontmatter: their first line says what they are for."""
    errors = {odd.code for odd in text.diagnostics if odd.severity == "error"}
    if not errors or not errors <= _INFERRED:
        return text
    body = text.body or data.decode("utf-8", "replace").replace("\r\n", "\n")
    first = next((line.strip("# \t") for line in body.splitlines() if line.strip("# \t-")), "")
    if not first:
        return text
    old = text.frontmatter
    front = Frontmatter(
        declared_name=old.declared_name,
        description=first[:_MOST_INFERRED],
        argument_hint=old.argument_hint,
        arguments=old.arguments,
        model_may_invoke=old.model_may_invoke,
        allowed_tools=old.allowed_tools,
        disallowed_tools=old.disallowed_tools,
        model=old.model,
        unknown=old.unknown,
    )
    said = Diagnostic("frontmatter_inferred", "info", "the first line stands for the description")
    return SkillText(True, front, body, text.body_line, text.inline_shell, text.requirements, text.related, (said,))
