"""`export` and `import-skill`: skills given away, and skills of others taken in.

In     names, folders, sources
Out    what was written, found, accepted; or the JSON of the contract
"""

from dataclasses import asdict
from pathlib import Path

import click

from skillstrata.app.use_cases import exporting_skills, importing_skills
from skillstrata.records.exchanges import ScanFinding, SkillPackage
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out

_SIGNED = {
    "none": "not signed",
    "trusted": "signed by",
    "unknown_key": "signed with a key that is not trusted:",
    "bad": "THE SIGNATURE DOES NOT FIT",
}


@verb(
    "export",
    examples=("skillstrata export html-to-markdown --to ./shared", "skillstrata export html-to-markdown --to . --sign"),
    exits=(3, 4, 65, 75),
)
@click.argument("name")
@click.option("--to", "to", required=True, type=click.Path(file_okay=False, path_type=Path), help="Gets TO/NAME.")
@click.option("--sign", is_flag=True, help="Put our signature beside it (`keys make` makes the key).")
@click.option("--force", is_flag=True, help="Replace an earlier export.")
@pass_invocation
def export(inv: Invocation, *, name: str, to: Path, sign: bool, force: bool) -> int:
    """Write a skill as a folder that other agents read: no original program, no real input, no path of this machine."""
    out = inv.out()
    done = exporting_skills.export(inv.app(), name, to=to, sign=sign, force=force)
    if out.as_json:
        out.json(asdict(done))
        return 0
    signed = f", signed with {done.signed_by}" if done.signed_by else ""
    out.line(f"{done.name}: {done.files} files in {done.path}{signed}")
    out.line(f"  {done.digest}")
    for path in done.left_out:
        out.note(f"  left out: {path}")
    return 0


@verb(
    "import-skill",
    examples=(
        "skillstrata import-skill ./shared/html-to-markdown",
        "skillstrata import-skill file:///srv/skills.git --only html-to-markdown",
        "skillstrata import-skill --show html-to-markdown",
        "skillstrata import-skill --accept html-to-markdown",
    ),
    exits=(3, 4, 65, 69, 75),
)
@click.argument("source", required=False)
@click.option("--only", default="", metavar="NAME", help="The one skill to take of several.")
@click.option("--list", "as_list", is_flag=True, help="What lies in quarantine.")
@click.option("--show", metavar="NAME", help="One package: where from, what was found, its files.")
@click.option("--accept", metavar="NAME", help="Bring it into the library; a tool is proved again first.")
@click.option("--reject", metavar="NAME", help="Remove it from quarantine.")
@click.option("--despite-findings", is_flag=True, help="With --accept: also with dangerous findings.")
@pass_invocation
def import_skill(  # noqa: PLR0913
    inv: Invocation,
    *,
    source: str | None,
    only: str,
    as_list: bool,
    show: str | None,
    accept: str | None,
    reject: str | None,
    despite_findings: bool,
) -> int:
    """Take in skills of a folder, an archive or a git repository. Nothing of them is used before you accept it."""
    if sum(map(bool, (source, as_list, show, accept, reject))) != 1:
        raise click.UsageError("give one of: SOURCE, --list, --show, --accept, --reject")
    if source:
        return _take_in(inv, source, only)
    if show:
        return _show(inv, show)
    if as_list:
        return _list(inv)
    if accept:
        done, what = importing_skills.accept(inv.app(), accept, despite_findings=despite_findings), "accepted"
    else:
        done, what = importing_skills.reject(inv.app(), reject or ""), "removed"
    out = inv.out()
    if out.as_json:
        out.json({"did": what, "package": asdict(done)})
    else:
        out.line(f"{done.name}: {what}")
    return 0


def _take_in(inv: Invocation, source: str, only: str) -> int:
    out = inv.out()
    report = importing_skills.take_in(inv.app(), source, only=only)
    if out.as_json:
        refused = [{"name": name, "findings": [asdict(f) for f in found]} for name, found in report.refused]
        out.json({"quarantined": [asdict(one) for one in report.quarantined], "refused": refused})
        return 0
    for one in report.quarantined:
        _print(out, one)
        out.note(f"Next: `skillstrata import-skill --show {one.name}`, then `--accept {one.name}` or `--reject`")
    for name, found in report.refused:
        out.line(f"{name}: not taken in")
        _print_findings(out, found)
    return 0


def _show(inv: Invocation, name: str) -> int:
    out = inv.out()
    package, files = importing_skills.package(inv.app(), name)
    if out.as_json:
        out.json({"package": asdict(package), "files": [{"path": f.path, "bytes": len(f.data)} for f in files]})
        return 0
    _print(out, package)
    for file in files:
        out.line(f"  {len(file.data):>9,}  {file.path}")
    return 0


def _list(inv: Invocation) -> int:
    out = inv.out()
    held = importing_skills.held(inv.app())
    if out.as_json:
        out.json([asdict(one) for one in held])
    elif held:
        rows = [
            (o.name, o.kind, o.provenance.source, _signed(o), str(sum(f.level == "danger" for f in o.findings)))
            for o in held
        ]
        out.table(("name", "kind", "from", "signature", "dangers"), rows)
    else:
        out.note("Nothing lies in quarantine.")
    return 0 if held else 3


def _print(out: Out, one: SkillPackage) -> None:
    at = f" at {one.provenance.revision[:12]}" if one.provenance.revision else ""
    out.line(f"{one.name} ({one.kind}, version {one.version}): in quarantine")
    out.line(f"  from {one.provenance.kind} {one.provenance.source}{at}")
    out.line(f"  {one.digest}, {one.files} files, {one.bytes:,} bytes; {_signed(one)}")
    _print_findings(out, one.findings)


def _print_findings(out: Out, findings: tuple[ScanFinding, ...]) -> None:
    for f in findings:
        where = f"{f.path}:{f.line}" if f.line else f.path
        out.line(f"  {f.level:<7} {f.code:<20} {where}  {f.message}")


def _signed(one: SkillPackage) -> str:
    said = one.signature
    return " ".join(part for part in (_SIGNED[said.state], said.owner or said.key_id) if part)
