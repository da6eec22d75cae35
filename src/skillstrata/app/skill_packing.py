"""Make of a skill of this library the files that others get.

In     the App, a tool or the folder of an instruction skill
Out    files without original programs, lineage, names of sessions, real inputs or paths of this machine
Never  gives a file in which the redactor finds a secret
"""

import re
from dataclasses import replace
from pathlib import Path

from skillstrata.app.wiring import App
from skillstrata.library.hostile_text import plain_text
from skillstrata.library.manifest import manifest_bytes
from skillstrata.library.packages import PAGE
from skillstrata.records.exchange_faults import ExportRefused
from skillstrata.records.failures import FileUnreadable, ToolUnknown
from skillstrata.records.secret_rules import MARKER
from skillstrata.records.tools import Fixture, SkillFile, Tool
from skillstrata.runtime.publishing import MAX_BYTES, MAX_FILES, strict_copy

_REAL = re.compile(r"(?:.*/)?shown-\d+(?:\.[A-Za-z0-9]+)?")
_MANIFEST, _PROOF, _ORIGINAL = "manifest.json", "proof.json", "original"
_TEXTS = (".md", ".txt", ".json")
_READABLE = (*_TEXTS, *".yaml .yml .toml .ini .cfg .env .py .sh .js .mjs .ts .rb .pl .ps1 .sql .xml .html .rst".split())


def packed(app: App, name: str, *, with_fixtures: bool = True) -> tuple[tuple[SkillFile, ...], tuple[str, ...]]:
    """Give the files of a skill for others, and what of it was left out.

    Raises:
        ToolUnknown: No skill has this name.
        ExportRefused: A file holds a secret, or a program a path of this machine.
        FileUnreadable: A file cannot be read.
    """
    tool = tool_named(app, name)
    if tool is None:
        files, left_out = _of_folder(app, instruction_folder(app, name))
    else:
        files, left_out = _of_tool(app, tool, with_fixtures=with_fixtures)
    folder = tool.name if tool is not None else name
    page = next((file for file in files if file.path == PAGE), None)
    copy = strict_copy(page.data if page else b"", folder_name=folder)
    if copy.refused:
        why = "; ".join(one.message for one in copy.diagnostics if one.severity == "error") or "it is no skill file"
        raise ExportRefused(f"{folder}/{PAGE}: {why}", hint="`skillstrata skills validate` says more")
    kept = (SkillFile(PAGE, copy.text), *(file for file in files if file.path != PAGE))
    clean = tuple(_without_paths(app, file) for file in kept)
    for file in clean:
        _refuse_secret(app, file)
    return tuple(sorted(clean, key=lambda file: file.path)), tuple(sorted(left_out))


def tool_named(app: App, name: str) -> Tool | None:
    """Give the tool of this name; None where an instruction skill has it, or nothing."""
    try:
        return app.library.tool(name)
    except ToolUnknown:
        if (app.data_dir / "skills" / name / PAGE).is_file() and "/" not in name:
            return None
        raise


def instruction_folder(app: App, name: str) -> Path:
    """Give the folder of an instruction skill of the library."""
    return app.data_dir / "skills" / name


def instruction_files(app: App, folder: Path) -> tuple[SkillFile, ...]:
    """Give the plain files of a skill's folder, by path.

    Raises:
        FileUnreadable: One cannot be read, or there are too many.
    """
    listed = [entry for entry in app.skill_resources.listing(str(folder), most=MAX_FILES) if entry.kind == "file"]
    if len(listed) > MAX_FILES or sum(entry.size for entry in listed) > MAX_BYTES:
        raise FileUnreadable(f"{folder} has more than {MAX_FILES} files or {MAX_BYTES:,} bytes", reason="too_large")
    return tuple(SkillFile(e.path, app.skill_resources.read(str(folder), e.path, max_bytes=MAX_BYTES)) for e in listed)


def _of_folder(app: App, folder: Path) -> tuple[list[SkillFile], list[str]]:
    files = instruction_files(app, folder)
    hidden = [file.path for file in files if any(part.startswith(".") for part in file.path.split("/"))]
    return [file for file in files if file.path not in hidden], hidden


def _of_tool(app: App, tool: Tool, *, with_fixtures: bool) -> tuple[list[SkillFile], list[str]]:
    """Keep what the manifest names: programs, locks, bundled files, proofs, and fixtures that were synthesised."""
    given = _impersonal(tool)
    homes = {version.path for branch in given.branches for version in branch.versions}
    fixtures = {f"fixtures/{name}" for name in _fixture_names(given)} if with_fixtures else set[str]()
    kept: list[SkillFile] = []
    left_out: list[str] = []
    for file in instruction_files(app, Path(app.library.folder(tool.name))):
        home = next((home for home in homes if file.path.startswith(f"{home}/")), "")
        is_program = bool(home) and not file.path.removeprefix(f"{home}/").startswith(_ORIGINAL)
        if file.path == PAGE or is_program or file.path in fixtures:
            kept.append(file)
        elif file.path != _MANIFEST:
            left_out.append(file.path)
    return [*kept, SkillFile(_MANIFEST, manifest_bytes(given))], left_out


def _impersonal(tool: Tool) -> Tool:
    """Take out what says where a tool came from, and the fixtures that a user's own file is in."""
    branches = tuple(
        replace(
            branch,
            versions=tuple(
                replace(v, candidate_id="", fixtures=tuple(f for f in v.fixtures if not _is_real(f)))
                for v in branch.versions
            ),
        )
        for branch in tool.branches
    )
    return replace(tool, branches=branches, visibility="invokable", created_at_s=0.0)


def _is_real(fixture: Fixture) -> bool:
    return any(_REAL.fullmatch(file.name) for file in fixture.files)


def _fixture_names(tool: Tool) -> set[str]:
    return {f.name for b in tool.branches for v in b.versions for fixture in v.fixtures for f in fixture.files}


def _without_paths(app: App, file: SkillFile) -> SkillFile:
    """Write the home folder as `~` in texts for people; a program that names it is refused, for it would not run."""
    said = ((str(app.data_dir), b"~/.local/share/skillstrata"), (str(app.settings.home).rstrip("/"), b"~"))
    places = [(place, _at_border(place), word) for place, word in said if len(place) > 1]
    bare = file.data.replace(b"\0", b"")
    found = next((place for place, pattern, _ in places if pattern.search(bare)), "")
    if not found:
        return file
    if file.path.endswith(_TEXTS) and file.path != _MANIFEST and bare == file.data:
        data = file.data
        for _, pattern, word in places:
            data = pattern.sub(word, data)
        return SkillFile(file.path, data)
    raise ExportRefused(
        f"{file.path} names a folder of this machine, below {found}",
        hint="a tool takes its files as arguments; distil it again from a run without that path",
    )


def _at_border(place: str) -> re.Pattern[bytes]:
    """Match a folder where its name begins and ends, and not as a part of another name."""
    return re.compile(rb"(?<![\w.~\x80-\xff-])" + re.escape(place.encode()) + rb"(?![\w\x80-\xff-]|\.\w)")


def _refuse_secret(app: App, file: SkillFile) -> None:
    text = plain_text(file.data)
    is_text = file.path.lower().endswith(_READABLE) and not file.path.startswith("fixtures/")
    if is_text and (text is None or "\0" in text):
        raise ExportRefused(
            f"{file.path} is no UTF-8 text, so nobody can look for secrets in it", hint="store it as UTF-8"
        )
    # A text of two bytes a letter, without a mark that says so, has a zero beside each.
    text = text if text is not None else file.data.decode("utf-8", "replace")
    text = text.replace("\0", "")
    found = app.redactor.redact(text)
    if found.hits or MARKER in text:
        where = f", line {found.finds[0].line}: found by the rule {found.finds[0].rule}" if found.finds else ""
        raise ExportRefused(
            f"{file.path} holds something secret{where}", hint="take it out, or allow it in the file of redaction.rules"
        )
