"""Write copies of skills in the strict form of the open specification."""

import hashlib
from dataclasses import replace
from pathlib import Path

from skillstrata.app.skill_reports import PublishedSkill, PublishReport
from skillstrata.app.use_cases.validating_skills import PAGE, folder_of
from skillstrata.app.wiring import App
from skillstrata.ports.skill_resources import CopiedFile, SkillResource
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import FileUnreadable, OutputExists
from skillstrata.runtime.publishing import MAX_BYTES, MAX_FILES, SkillCopy, is_copy, is_untouched, sealed, strict_copy
from skillstrata.runtime.skill_bytes import MAX_SKILL_BYTES
from skillstrata.runtime.skill_codes import noted


def publish(app: App, paths: tuple[Path, ...], *, to: Path, force: bool) -> PublishReport:
    """Copy the skills at and below some paths into a folder, each as `<name>/SKILL.md` with its other files.

    The sources are only read. One skill that cannot be copied costs no other.

    Args:
        app: The App.
        paths: Skill files, skill folders, or folders that hold some.
        to: Where the copies go; it is made if need be.
        force: Replace an earlier copy of the same name.

    Raises:
        StoreFull: `to` cannot be written; copies that were finished stay.
    """
    files = dict.fromkeys(page for path in paths for page in app.skill_resources.pages(str(path)))
    taken: set[str] = set()
    done = [_published(app, Path(file), to, taken, force=force) for file in files]
    return PublishReport(
        published=tuple(skill for skill in done if skill.path), refused=tuple(skill for skill in done if not skill.path)
    )


def _published(app: App, page: Path, to: Path, taken: set[str], *, force: bool) -> PublishedSkill:
    folder = folder_of(page)
    try:
        data = app.disk.read(str(page), max_bytes=MAX_SKILL_BYTES)
        copy = strict_copy(data, folder_name=folder.name)
    except FileUnreadable as error:
        code = "too_large" if error.reason == "too_large" else "file_unreadable"
        return _ended(page, SkillCopy("", b"", "", ()), (noted(code, error.message),))
    if copy.refused:
        return _ended(page, copy, ())
    target = to / copy.name
    if copy.name in taken or app.skill_resources.overlaps(str(folder), str(target)):
        why = "another skill of this call has the name" if copy.name in taken else "it is the source, or lies in it"
        return _ended(page, copy, (noted("publish_taken", f"{target}: {why}"),))
    try:
        files, found = _copied(app, folder, page.name, copy)
        if files and force:
            _check_replaceable(app, target)
        if files:
            app.skill_resources.write(str(target), files, replace=force)
    except (FileUnreadable, OutputExists) as error:
        code = "publish_taken" if isinstance(error, OutputExists) else "file_unreadable"
        return _ended(page, copy, (noted(code, error.message),))
    if not files:
        return _ended(page, copy, found)
    taken.add(copy.name)
    return _ended(page, replace(copy, text=files[0].data), found, path=str(target), files=len(files))


def _check_replaceable(app: App, target: Path) -> None:
    """Keep a skill that somebody wrote; what is no skill at all is refused where it is written.

    Raises:
        OutputExists: A skill is there that is no earlier copy.
    """
    try:
        old = app.skill_resources.read(str(target), PAGE, max_bytes=MAX_SKILL_BYTES)
    except FileUnreadable:
        return
    if not is_copy(old):
        raise OutputExists(f"{target} is a skill that was not made by publishing", hint="name another folder")
    try:
        listed = app.skill_resources.listing(str(target), most=MAX_FILES)
        rest = [(file.path, _one(app, target, file).data) for file in listed if file.path != PAGE]
        is_ours = len(listed) <= MAX_FILES and is_untouched(old, rest)
    except FileUnreadable:
        is_ours = False
    if not is_ours:
        raise OutputExists(
            f"{target} was changed by hand since it was published: its text, or a file more or less",
            hint="move it away, or name another folder",
        )


def _ended(
    page: Path, copy: SkillCopy, found: tuple[Diagnostic, ...], *, path: str = "", files: int = 0
) -> PublishedSkill:
    digest = f"sha256:{hashlib.sha256(copy.text).hexdigest()}" if path else ""
    return PublishedSkill(
        source=str(page),
        name=copy.name,
        path=path,
        digest=digest,
        source_digest=copy.source_digest,
        files=files,
        diagnostics=(*copy.diagnostics, *found),
    )


def _copied(
    app: App, folder: Path, page: str, copy: SkillCopy
) -> tuple[tuple[CopiedFile, ...], tuple[Diagnostic, ...]]:
    """Read every file of a skill; no files where there are too many.

    Raises:
        FileUnreadable: One of them cannot be read.
    """
    listed = app.skill_resources.listing(str(folder), most=MAX_FILES)
    found = [noted("publish_left_out", f"{r.path} is a {r.kind}") for r in listed if r.kind != "file"]
    plain = [r for r in listed if r.kind == "file" and r.path not in {page, PAGE}]
    if len(listed) > MAX_FILES or sum(r.size for r in plain) + len(copy.text) > MAX_BYTES:
        return (), (noted("publish_too_big", f"{folder} has more than {MAX_FILES} files or {MAX_BYTES} bytes"),)
    others = [_one(app, folder, resource) for resource in plain]
    text = sealed(copy.text, [(file.path, file.data) for file in others])
    return (CopiedFile(PAGE, text), *others), tuple(found)


def _one(app: App, folder: Path, resource: SkillResource) -> CopiedFile:
    data = app.skill_resources.read(str(folder), resource.path, max_bytes=MAX_BYTES)
    return CopiedFile(resource.path, data, resource.executable)
