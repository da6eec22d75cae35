"""`forget` and `export-trace`: a session out of the store for good, or into a file that may be shown to others.

In     sessions; on a terminal a yes before anything is removed
Out    what went, what stays and why; a file of redacted events
"""

import sys
from pathlib import Path

import click

from skillstrata.app.use_cases import exporting, forgetting
from skillstrata.app.use_cases.exporting import ExportReport
from skillstrata.app.use_cases.forgetting import ForgetReport, Removed
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out

_MB = 1_000_000
_NOTHING = 3


@verb(
    "forget",
    examples=("skillstrata forget SESSION --dry-run", "skillstrata forget SESSION --yes --json"),
    exits=(3, 75),
)
@click.argument("session")
@click.option("--yes", is_flag=True, help="Do not ask; where there is no terminal nobody is asked in any case.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@pass_invocation
def forget(inv: Invocation, *, session: str, yes: bool, dry_run: bool) -> int:
    """Remove a session: its events, candidates, copies of files, and the tools and drafts that come from it alone.

    What another session showed too stays, and is named. The agent's own records are not touched.
    """
    out, app = inv.out(), inv.app()
    if dry_run:
        _print(forgetting.plan(app, session), out)
        return 0
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        for line in _lines(forgetting.plan(app, session)):
            out.note(line)
        click.confirm("Remove this for good?", abort=True, err=True)
    _print(forgetting.forget(app, session), out)
    return 0


def _print(report: ForgetReport, out: Out) -> None:
    if out.as_json:
        out.json(_as_json(report))
    else:
        out.line("\n".join(_lines(report)))


def _as_json(report: ForgetReport) -> dict[str, object]:
    was = report.removed
    removed = {
        "events": was.events,
        "candidates": was.candidates,
        "tools": list(was.tools),
        "versions": list(was.versions),
        "files": was.files,
        "file_bytes": was.file_bytes,
        "waiting": was.waiting,
        "uses": was.uses,
        "routes": was.routes,
        "runs": was.runs,
        "drafts": was.drafts,
        "consents": was.consents,
        "results": was.results,
    }
    kept = [{"what": one.what, "why": one.why} for one in report.kept]
    return {"session": report.session, "dry_run": report.dry_run, "removed": removed, "kept": kept}


def _lines(report: ForgetReport) -> list[str]:
    verbs = "would be removed" if report.dry_run else "removed"
    return [
        f"{verbs}: {_counts(report.removed)}",
        *(f"{verbs}: tool {name}" for name in report.removed.tools),
        *(f"{verbs}: version {name}" for name in report.removed.versions),
        *(f"kept: {one.what} ({one.why})" for one in report.kept),
    ]


def _counts(was: Removed) -> str:
    size = f"{was.file_bytes / _MB:.1f} MB"
    return (
        f"{was.events} events, {was.candidates} candidates, {was.files} copies of files ({size}), "
        f"{was.waiting} waiting, {was.routes} proposals of skills, "
        f"{was.runs} runs of composed tools, {was.drafts} learned drafts, "
        f"{was.consents} consents, {was.results} results of calls"
    )


@verb(
    "export-trace",
    examples=("skillstrata export-trace --to trace.jsonl", "skillstrata export-trace SESSION --to one.jsonl --force"),
    exits=(3, 4, 65, 75),
)
@click.argument("sessions", nargs=-1, metavar="[SESSION]...")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@pass_invocation
def export_trace(inv: Invocation, *, sessions: tuple[str, ...], target: Path, force: bool) -> int:
    """Write the events of sessions, or of all, to a file that may be shown to others.

    Secrets are searched for once more; user names, home folders, this machine's name and addresses of mail are
    replaced, and sessions and calls have pseudonyms.
    """
    out = inv.out()
    report = exporting.export_trace(inv.app(), sessions, target=target, force=force)
    if out.as_json:
        out.json(_export_json(report))
    else:
        out.line(
            f"{report.path}: {report.events} events of {report.sessions} sessions, "
            f"{report.secrets} secrets and {report.lifted} texts with names replaced"
        )
    return 0 if report.events else _NOTHING


def _export_json(report: ExportReport) -> dict[str, object]:
    return {
        "path": report.path,
        "sessions": report.sessions,
        "events": report.events,
        "secrets": report.secrets,
        "lifted": report.lifted,
    }
