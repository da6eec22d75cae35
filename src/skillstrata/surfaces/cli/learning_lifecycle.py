"""`learn compare`, `decide`, `apply`, `archive`, `delete`, `restore`.

In     a draft's file or a name, folders, what is permitted
Out    the decision with its figures and reason, the paths that were written, or the rows of the contract
"""

import shlex
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict, Unpack

import click

from skillstrata.app.learned_artifacts import AsidePlaces
from skillstrata.app.use_cases import learning_lifecycle
from skillstrata.app.use_cases.learning_lifecycle import LifecycleReport, WhereAndHow
from skillstrata.records.learned import ArtifactKind, LifecycleResult
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out

NOTHING = 3
_FOLDER = click.Path(file_okay=False, path_type=Path)
_DRAFT = click.Path(dir_okay=False, path_type=Path)
_KINDS = click.Choice([kind.value for kind in ArtifactKind])
_REFUSALS = (3, 4, 65, 75)
_DOES = {
    "create": "write a new one",
    "merge": "write a patch beside it",
    "replace": "archive it, then write the new one",
    "archive": "archive it",
    "delete": "delete it; a tombstone keeps its content",
    "keep": "leave everything as it is",
}


class _Options(TypedDict):
    """What the shared options give a verb."""

    root: tuple[Path, ...]
    kind: str | None
    allow_hard_delete: bool
    dry_run: bool
    archive_root: Path | None
    manifest_root: Path | None


def _shared(function: Callable[..., int]) -> Callable[..., int]:
    options = (
        click.option(
            "--root",
            multiple=True,
            type=_FOLDER,
            help="A folder of artefacts, also several times; the first takes new ones. Default: those of Claude Code, "
            "in this project and the home folder.",
        ),
        click.option("--kind", type=_KINDS, default=None, help="What it is; of a draft, default: as its file says."),
        click.option("--allow-hard-delete", is_flag=True, help="Permit that something is deleted for good."),
        click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing."),
        click.option("--archive-root", type=_FOLDER, help="Where archives go. Default: .archive beside the artefact."),
        click.option("--manifest-root", type=_FOLDER, help="Where manifests go. Default: beside the archive."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _how(options: _Options) -> WhereAndHow:
    named = {key: str(Path(path).absolute()) if path else "" for key, path in _places(options).items()}
    return WhereAndHow(
        project=Path.cwd(),
        roots=tuple(str(root.absolute()) for root in options["root"]),
        kind=ArtifactKind(options["kind"]) if options["kind"] else None,
        allow_hard_delete=options["allow_hard_delete"],
        dry_run=options["dry_run"],
        places=AsidePlaces(named["archive_root"], named["manifest_root"]),
    )


def _places(options: _Options) -> dict[str, Path | None]:
    return {"archive_root": options["archive_root"], "manifest_root": options["manifest_root"]}


@verb(
    "compare",
    examples=(
        "skillstrata learn compare draft.json --root ./skills",
        "skillstrata learn compare draft.json --kind command --json",
    ),
    exits=(65,),
)
@click.argument("draft", type=_DRAFT)
@_shared
@pass_invocation
def compare(inv: Invocation, *, draft: Path, **options: Unpack[_Options]) -> int:
    """Compare the draft in file DRAFT with everything of its kind; the nearest first."""
    out = inv.out()
    report = learning_lifecycle.compare(inv.app(), draft, _how(options))
    if out.as_json:
        out.json(_compared(report))
        return 0
    _show_related(out, report)
    _show_decision(out, report)
    return 0


@verb(
    "decide",
    examples=(
        "skillstrata learn decide draft.json --root ./skills",
        "skillstrata learn decide draft.json --root ./skills --allow-hard-delete --json",
    ),
    exits=(65,),
)
@click.argument("draft", type=_DRAFT)
@_shared
@pass_invocation
def decide(inv: Invocation, *, draft: Path, **options: Unpack[_Options]) -> int:
    """Say what would be done with the draft in file DRAFT, and why; nothing is changed."""
    out = inv.out()
    report = learning_lifecycle.decide(inv.app(), draft, _how(options))
    if out.as_json:
        out.json(_compared(report))
        return 0
    _show_decision(out, report)
    return 0


@verb(
    "apply",
    examples=(
        "skillstrata learn apply draft.json --root ./skills",
        "skillstrata learn apply draft.json --root ./skills --dry-run",
    ),
    exits=_REFUSALS,
)
@click.argument("draft", type=_DRAFT)
@_shared
@pass_invocation
def apply(inv: Invocation, *, draft: Path, **options: Unpack[_Options]) -> int:
    """Do what `decide` says. Only what is marked `origin: skill-learning` is ever patched, replaced or removed."""
    report = learning_lifecycle.apply(inv.app(), draft, _how(options))
    return _ended(inv.out(), report, options)


@verb(
    "archive",
    examples=("skillstrata learn archive old-notes --root ./skills", "skillstrata learn archive deploy --kind command"),
    exits=_REFUSALS,
)
@click.argument("name")
@click.option("--because", default="Archived by the user.", help="The reason that the manifest states.")
@_shared
@pass_invocation
def archive(inv: Invocation, *, name: str, because: str, **options: Unpack[_Options]) -> int:
    """Take the learned artefact NAME out of use; `learn restore NAME` brings it back."""
    report = learning_lifecycle.archive(inv.app(), name, because, _how(options))
    return _ended(inv.out(), report, options)


@verb(
    "delete",
    examples=("skillstrata learn delete old-notes --root ./skills --allow-hard-delete",),
    exits=_REFUSALS,
)
@click.argument("name")
@click.option("--because", default="Deleted by the user.", help="The reason that the manifest states.")
@_shared
@pass_invocation
def delete(inv: Invocation, *, name: str, because: str, **options: Unpack[_Options]) -> int:
    """Delete the learned artefact NAME, with --allow-hard-delete only; a tombstone keeps every file of it."""
    report = learning_lifecycle.delete(inv.app(), name, because, _how(options))
    return _ended(inv.out(), report, options)


@verb(
    "restore",
    examples=("skillstrata learn restore old-notes --root ./skills", "skillstrata learn restore --root ./skills"),
    exits=_REFUSALS,
)
@click.argument("name", default="")
@_shared
@pass_invocation
def restore(inv: Invocation, *, name: str, **options: Unpack[_Options]) -> int:
    """Bring back what was archived or deleted last under NAME; without a name, list what could be."""
    out = inv.out()
    report = learning_lifecycle.restore(inv.app(), name, _how(options))
    _show_recovered(out, report.recovered)
    rows = [{**asdict(row), "kind": row.kind.value} for row in report.rows]
    if out.as_json:
        out.json({"restored": report.restored or None, "from": rows[0]["kept_path"]} if report.restored else rows)
    elif report.restored:
        out.line(f"restored {report.restored}")
        out.line(f"  from {report.rows[0].kept_path}, put aside {report.rows[0].replaced_at}")
        out.line(f"  it was put aside because: {report.rows[0].reason}")
    elif rows:
        columns = ("name", "kind", "action", "when", "kept", "because")
        cells = [(r.name, r.kind.value, r.action, r.replaced_at, r.kept_path, r.reason) for r in report.rows]
        out.table(columns, cells)
    else:
        out.line("nothing was put aside")
    return 0 if rows else NOTHING


def _compared(report: LifecycleReport) -> dict[str, object]:
    found = report.comparison
    return {
        "decision": _decision(report),
        "related": [
            {
                "name": row.artifact.name,
                "path": row.artifact.path,
                "score": round(row.score, 4),
                "idf_score": round(row.idf_score, 4),
            }
            for row in found.related
        ],
        "more": found.more,
        "compared": found.compared,
        "diagnostics": [asdict(one) for one in (*report.mended, *found.diagnostics)],
    }


def _decision(report: LifecycleReport) -> dict[str, object]:
    decision, target = report.decision, report.decision.target
    return {
        "type": decision.type.value,
        "reason": decision.reason,
        "target": target.name if target else None,
        "target_path": target.path if target else None,
        "score": round(decision.score, 4),
        "idf_score": round(decision.idf_score, 4),
    }


def _ended(out: Out, report: LifecycleReport, options: _Options) -> int:
    result, is_dry = report.result or LifecycleResult(), options["dry_run"]
    if out.as_json:
        _show_recovered(out, report.recovered)
        said = {"decision": _decision(report), "diagnostics": [asdict(one) for one in report.mended]}
        out.json({key: value or None for key, value in asdict(result).items()} | said)
    else:
        _show_decision(out, report)
        if is_dry:
            out.line("nothing was changed (--dry-run)")
        for what, path in asdict(result).items():
            if path:
                out.line(f"  {what.removesuffix('_path'):<10} {path}")
        if result.archived_path or result.tombstone_path:
            target = report.decision.target
            words = ["skillstrata", "learn", "restore", target.name if target else "NAME", *_again(options)]
            out.note(f"Next: {shlex.join(words)}, should it be missed")
    return 0 if report.result is not None or is_dry else NOTHING


def _again(options: _Options) -> list[str]:
    """Give the options that name the same folders again."""
    named = [("--root", root) for root in options["root"]]
    named += [(f"--{key.replace('_', '-')}", path) for key, path in _places(options).items() if path]
    return [word for option, path in named for word in (option, str(path))]


def _show_decision(out: Out, report: LifecycleReport) -> None:
    _show_recovered(out, report.recovered)
    decision, target = report.decision, report.decision.target
    about = f" {target.path}" if target else ""
    out.line(f"{decision.type.value}{about}: {_DOES[decision.type.value]}")
    out.line(f"  because: {decision.reason}")
    if report.draft is not None and report.draft.because:
        out.line(f"  the draft: {report.draft.because}")
    for one in (*report.mended, *report.comparison.diagnostics):
        out.note(f"  {one.severity} {one.code}: {one.message}")


def _show_related(out: Out, report: LifecycleReport) -> None:
    found = report.comparison
    rows = [(f"{r.score:.2f}", f"{r.idf_score:.2f}", r.artifact.name, r.artifact.path) for r in found.related]
    if rows:
        out.table(("score", "weighted", "name", "path"), rows)
    more = f", {found.more} more" if found.more else ""
    out.line(f"{len(rows)} of {found.compared} are related{more}")


def _show_recovered(out: Out, sentences: tuple[str, ...]) -> None:
    for sentence in sentences:
        out.note(f"an interrupted change was {sentence}")
