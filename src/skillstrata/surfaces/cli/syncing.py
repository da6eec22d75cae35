"""`sync` and `lock`: published skills in folders that agents read; a project's record of what it uses.

In     folders, names
Out    what was done or differs, or the JSON of the contract
"""

from dataclasses import asdict
from pathlib import Path

import click

from skillstrata.app.use_cases import locking_skills, syncing_skills
from skillstrata.app.use_cases.locking_skills import LockReport, Which
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out

_QUIET = ("keep",)


@verb("sync", examples=("skillstrata sync --dry-run", "skillstrata sync", "skillstrata sync --undo"), exits=(3, 75))
@click.option(
    "--to",
    "to",
    multiple=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Another folder of skills; may be said several times. Usual: ~/.claude/skills, and ~/.agents/skills.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
@click.option("--undo", "is_undo", is_flag=True, help="Take the last sync back.")
@pass_invocation
def sync(inv: Invocation, *, to: tuple[Path, ...], dry_run: bool, is_undo: bool) -> int:
    """Keep published skills in folders that agents read; a folder that is not ours, or was edited, is left alone."""
    if is_undo and (to or dry_run):
        raise click.UsageError("--undo takes back what was done; it goes with no other option")
    out, app = inv.out(), inv.app()
    report = syncing_skills.undo(app) if is_undo else syncing_skills.sync(app, to, dry_run=dry_run)
    if out.as_json:
        out.json(asdict(report))
    else:
        for step in report.steps:
            why = f"  ({step.why})" if step.why else ""
            out.line(f"{step.what:<7} {step.name}  {step.folder}{why}")
        if not report.steps:
            out.note("Nothing to take back." if is_undo else "Nothing is published, and nothing of ours lies there.")
        elif report.undo:
            out.note("`skillstrata sync --undo` takes it back.")
    return 0 if any(step.what not in _QUIET for step in report.steps) else 3


@verb(
    "lock",
    examples=("skillstrata lock", "skillstrata lock html-to-markdown", "skillstrata lock --check"),
    exits=(3, 4, 65, 75),
)
@click.argument("names", nargs=-1)
@click.option(
    "--project",
    default=".",
    show_default="the folder worked in",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Whose lock it is.",
)
@click.option("--all", "which", flag_value="all", help="Everything that the library and the project have.")
@click.option("--only", "which", flag_value="only", help="The names given, and nothing else.")
@click.option("--check", "is_check", is_flag=True, help="Change nothing; 4 where something is no longer as locked.")
@pass_invocation
def lock(inv: Invocation, *, names: tuple[str, ...], project: Path, which: str | None, is_check: bool) -> int:
    """Write names, versions and digests of the skills a project uses, and of those named, into skillstrata.lock."""
    if is_check and (names or which):
        raise click.UsageError("--check looks at everything in the lock; it goes with no names and no other choice")
    if which == "only" and not names:
        raise click.UsageError("--only needs the names that are to be in the lock")
    out, app = inv.out(), inv.app()
    if is_check:
        report = locking_skills.check(app, project)
    else:
        report = locking_skills.write(app, project, names, Which(which or "used"))
    if out.as_json:
        out.json(asdict(report))
    elif is_check:
        _tell_check(out, report)
    else:
        _tell_written(out, report)
    return 4 if report.drift else 0


def _tell_check(out: Out, report: LockReport) -> None:
    for one in report.drift:
        out.line(f"{one.what:<8} {one.name}  {one.locked}" + (f" -> {one.found}" if one.found else ""))
        out.line(f"         {one.next}")
    out.note(f"{report.path}: {len(report.drift)} of {len(report.skills)} differ")
    if report.unlocked:
        out.note(f"used here and not locked: {', '.join(report.unlocked)}; `skillstrata lock` adds them")


def _tell_written(out: Out, report: LockReport) -> None:
    for one in report.skills:
        out.line(f"{one.name}  {one.version}  {one.digest}")
    for name in report.dropped:
        out.note(f"{name} is not in the lock any more")
    for name in report.left_out:
        out.note(f"{name} is left out: a name in a lock is one line of text, of at most 200 characters")
    if report.kept:
        out.note(f"the lock that was there cannot be read and is kept: {report.kept}")
    if not report.skills:
        out.note("No tool was used in this project yet: name what it needs, or say --all.")
    out.note(f"{report.path}: {'written' if report.written else 'unchanged'}")
