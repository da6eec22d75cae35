"""`skills load`, `validate`, `publish`: skill files one by one.

In     a name with arguments; paths
Out    what a model is given; what is odd; copies in the strict form
"""

import shlex
from pathlib import Path

import click

from skillstrata.app import json_skill_files
from skillstrata.app.skill_calls import SkillCall
from skillstrata.app.skill_reports import PublishedSkill, ValidatedSkill
from skillstrata.app.use_cases import loading_skills, publishing_skills, validating_skills
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out
from skillstrata.surfaces.cli.skills_sources import query_of, source_options

NOTHING, REFUSED, BAD_INPUT = 3, 4, 65
_PATHS = click.Path(exists=True, path_type=Path)


@verb(
    "load",
    examples=("skillstrata skills load code-review", "skillstrata skills load fix-issue 123 --json"),
    exits=(3, 65, 69),
)
@click.argument("name")
@click.argument("args", nargs=-1)
@source_options
@pass_invocation
def load(
    inv: Invocation,
    *,
    name: str,
    args: tuple[str, ...],
    sources: tuple[Path, ...],
    usual: bool,
    project: Path | None,
) -> int:
    """Print what a model is given when the skill is called with these arguments; nothing is run."""
    out = inv.out()
    query = query_of(sources, project, usual=usual)
    # One word is all that was typed; several were cut by a shell, and are quoted again.
    typed = args[0] if len(args) == 1 else shlex.join(args)
    loaded = loading_skills.load(inv.app(), SkillCall(name, typed), query=query)
    if out.as_json:
        out.json(json_skill_files.load_json(loaded))
        return 0
    out.line(loaded.activation.text)
    if loaded.activation.inline_shell:
        out.note("The body holds commands that Claude Code would run; none was run.")
    if loaded.activation.host.ignored:
        out.note(f"Not passed on to the host: {', '.join(loaded.activation.host.ignored)}.")
    return 0


@verb(
    "validate",
    examples=("skillstrata skills validate ./skills", "skillstrata skills validate ./my-skill --strict --json"),
    exits=(3, 65),
)
@click.argument("paths", nargs=-1, required=True, type=_PATHS)
@click.option("--strict", is_flag=True, help="Judge by the open specification, as its reference validator does.")
@pass_invocation
def validate(inv: Invocation, *, paths: tuple[Path, ...], strict: bool) -> int:
    """Say of each skill file at or below PATHS whether it can be used, and everything odd about it."""
    out = inv.out()
    skills = validating_skills.validate(inv.app(), paths, strict=strict)
    if out.as_json:
        out.json(json_skill_files.validation_json(skills))
    else:
        _show_validation(out, skills)
    if not any(skill.is_skill for skill in skills):
        return NOTHING
    return 0 if all(skill.ok for skill in skills) else BAD_INPUT


def _show_validation(out: Out, skills: tuple[ValidatedSkill, ...]) -> None:
    for skill in skills:
        if not skill.ok or out.verbose or any(found.severity != "info" for found in skill.diagnostics):
            mark = "BAD" if not skill.ok else "ok " if skill.is_skill else "-  "
            out.line(f"{mark} {skill.path}")
            _show(out, skill.diagnostics, verbose=out.verbose)
    counted = [skill.ok for skill in skills if skill.is_skill]
    out.line(f"{sum(counted)} of {len(counted)} skills are good" if counted else "no SKILL.md is there")


def _show(out: Out, found: tuple[Diagnostic, ...], *, verbose: bool) -> None:
    for diagnostic in found:
        if verbose or diagnostic.severity != "info":
            place = f"line {diagnostic.line}: " if diagnostic.line else ""
            out.line(f"      {diagnostic.severity:<8}{diagnostic.code}: {place}{diagnostic.message}")


@verb(
    "publish",
    examples=("skillstrata skills publish ./skills --to ./published", "skillstrata skills publish ./a ./b --to ./out"),
    exits=(3, 4, 65, 75),
)
@click.argument("paths", nargs=-1, required=True, type=_PATHS)
@click.option("--to", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where the copies go.")
@click.option("--force", is_flag=True, help="Replace earlier copies of the same names.")
@pass_invocation
def publish(inv: Invocation, *, paths: tuple[Path, ...], to: Path, force: bool) -> int:
    """Write a copy of each skill at or below PATHS in the form that every host and server takes."""
    out = inv.out()
    report = publishing_skills.publish(inv.app(), paths, to=to, force=force)
    if out.as_json:
        out.json(json_skill_files.publish_json(report))
    else:
        for skill in report.published:
            out.line(f"published {skill.path}")
            _show(out, _about_copy(skill), verbose=out.verbose)
        for skill in report.refused:
            out.line(f"REFUSED   {skill.source}")
            _show(out, tuple(d for d in skill.diagnostics if d.severity == "error"), verbose=True)
        out.line(f"{len(report.published)} published, {len(report.refused)} refused")
    if not report.published and not report.refused:
        return NOTHING
    if not report.refused:
        return 0
    return REFUSED if all(_is_taken(skill) for skill in report.refused) else BAD_INPUT


def _about_copy(skill: PublishedSkill) -> tuple[Diagnostic, ...]:
    return tuple(d for d in skill.diagnostics if d.code.startswith("publish_"))


def _is_taken(skill: PublishedSkill) -> bool:
    return any(d.code == "publish_taken" for d in skill.diagnostics)
