"""Say what is odd about skill files."""

import os
from pathlib import Path

from skillstrata.app.skill_reports import ValidatedSkill
from skillstrata.app.wiring import App
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import FileUnreadable
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.skill_bytes import MAX_SKILL_BYTES
from skillstrata.runtime.skill_codes import noted
from skillstrata.runtime.strict_rules import strict_faults

PAGE = "SKILL.md"


def validate(app: App, paths: tuple[Path, ...], *, strict: bool) -> tuple[ValidatedSkill, ...]:
    """Judge the skill files at and below some paths.

    Args:
        app: The App.
        paths: Skill files, skill folders, or folders that hold some; one file is judged once.
        strict: Judge by the open specification, as its reference does, and not only whether the skill can be used.
    """
    files = dict.fromkeys(page for path in paths for page in app.skill_resources.pages(str(path)))
    loops = dict.fromkeys(link for path in paths for link in app.skill_resources.loops(str(path)) if link not in files)
    told = (ValidatedSkill(link, True, (noted("link_loop", "leads back to itself"),), is_skill=False) for link in loops)
    return (*(_judged(app, Path(file), strict=strict) for file in files), *told)


def folder_of(page: Path) -> Path:
    """Give a skill's folder, with a name also where the path is `SKILL.md` alone."""
    return Path(os.path.abspath(page)).parent


def _judged(app: App, page: Path, *, strict: bool) -> ValidatedSkill:
    folder = folder_of(page)
    try:
        data = app.disk.read(str(page), max_bytes=MAX_SKILL_BYTES)
    except FileUnreadable as error:
        code = "too_large" if error.reason == "too_large" else "file_unreadable"
        return ValidatedSkill(str(page), False, (noted(code, error.message),))
    found: list[Diagnostic] = []
    if page.name != PAGE:
        found.append(noted("file_name_case", f"the file is called {page.name!r}"))
    read = parse_skill(data, folder_name=folder.name, path="")
    found += read.diagnostics
    if not strict:
        return ValidatedSkill(str(page), read.loads, tuple(found))
    faults = list(strict_faults(data, folder_name=folder.name))
    if page.name not in {PAGE, PAGE.lower()}:
        faults.append(noted("strict_file_name", f"the file is called {page.name!r}, not {PAGE}"))
    known = {fault.code for fault in faults}
    # What the strict rules judge they judge alone; the rest is still worth knowing.
    told = [d for d in found if d.severity != "error" and d.code not in known]
    return ValidatedSkill(str(page), not faults, (*faults, *told))
