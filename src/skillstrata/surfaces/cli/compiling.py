"""`compile`: skills that declare a tool become tools.

In     files and folders of skills; nothing or --all: every skill of every source
Out    a table, or the JSON of the contract; exit 65 where a skill has a fault, 3 where no skill declares a tool
Never  runs a step
"""

from pathlib import Path

import click

from skillstrata.app import json_tools
from skillstrata.app.use_cases import compiling
from skillstrata.records.composed_tools import CompileFinding, CompileReport
from skillstrata.surfaces.cli.invocation import Invocation, global_options, pass_invocation, verb, write_options
from skillstrata.surfaces.cli.printing import Out, when

NOTHING, BAD_INPUT = 3, 65
_SUMMARY = "Make tools of skills that declare `tool_schema`."


@verb(
    "skills",
    examples=("skillstrata compile", "skillstrata compile ./skills/report", "skillstrata compile --all --json"),
    exits=(3, 65, 75),
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Every skill of every source; the same as naming no PATH.")
@click.option(
    "--project",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The project to look from, instead of the present folder.",
)
@pass_invocation
def compile_skills(inv: Invocation, *, paths: tuple[Path, ...], everything: bool, project: Path | None) -> int:
    """Compile skills into tools; an unchanged one costs nothing."""
    out = inv.out()
    if paths and everything:
        raise click.UsageError("--all takes every skill; leave out the paths, or --all")
    with out.progress() as tell:
        report = compiling.compile_skills(
            inv.app(), paths, project=project or Path.cwd(), tell=lambda done, total: tell("compile", done, total)
        )
    if out.as_json:
        out.json(json_tools.compile_json(report))
    else:
        _print(report, out)
    if report.errors:
        return BAD_INPUT
    return 0 if report.compiled or report.unchanged or report.removed else NOTHING


@verb("status", examples=("skillstrata compile status", "skillstrata compile status --json"), exits=(3, 65))
@pass_invocation
def status(inv: Invocation) -> int:
    """Show what is compiled, what is stale and why, and what did not compile."""
    out = inv.out()
    found = compiling.status(inv.app())
    there = bool(found.tools or found.failed)
    if out.as_json:
        out.json(json_tools.compile_status_json(found))
        return 0 if there else NOTHING
    if found.tools:
        rows = [
            [tool.name, tool.status, tool.approval.word, str(len(tool.steps)), when(tool.compiled_at_s), tool.source]
            for tool in found.tools
        ]
        out.table(("TOOL", "STATE", "APPROVAL", "STEPS", "COMPILED", "SKILL"), rows)
    for tool in found.tools:
        if tool.status != "ok":
            _print_findings(tool.findings, out)
    for failed in found.failed:
        _print_findings(failed.findings, out)
    if found.tombstones:
        out.note(f"removed by hand: {', '.join(found.tombstones)}; `skillstrata compile PATH` brings one back")
    if found.told:
        out.alarm(f"skillstrata: {found.told}", "")
    if not there:
        out.note("No tool is compiled. `skillstrata compile` does it for every skill with a `tool_schema`.")
    return 0 if there else NOTHING


@verb("remove", examples=("skillstrata compile remove skill_report",), exits=(3, 75))
@click.argument("name")
@pass_invocation
def remove(inv: Invocation, *, name: str) -> int:
    """Remove a compiled tool; it stays away until its skill is compiled by its path."""
    out = inv.out()
    gone = compiling.remove(inv.app(), name)
    if out.as_json:
        out.json({"removed": [*gone]})
    else:
        out.line(f"removed {', '.join(gone)}")
    return 0


def _print(report: CompileReport, out: Out) -> None:
    if report.compiled:
        rows = [[tool.name, tool.title, tool.approval.word, str(len(tool.steps))] for tool in report.compiled]
        out.table(("TOOL", "SKILL", "APPROVAL", "STEPS"), rows)
    if report.unchanged:
        out.note(f"unchanged: {len(report.unchanged)}")
    for name in report.removed:
        out.line(f"removed {name}: its skill is gone or declares no tool any more")
    _print_findings(report.findings, out)
    if not (report.compiled or report.unchanged or report.findings or report.removed):
        out.note("No skill declares a tool. docs/composition.md says how: a `tool_schema` in SKILL.md.")


def _print_findings(findings: tuple[CompileFinding, ...], out: Out) -> None:
    for one in findings:
        place = f"{one.file}:{one.line}" if one.line else one.file
        said = f"{place}: {one.severity}: {one.field}: {one.message} [{one.code}]"
        if one.severity == "error":
            out.alarm(said, one.hint)
        else:
            out.note(f"{said}\n  next: {one.hint}" if one.hint else said)


class CompileVerbs(click.Group):
    """`compile status` and `compile remove`; anything else is paths of skills."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the hidden verb for paths before words that begin with none; `./status` is a folder of that name."""
        if self._first(args) not in self.commands and "--help" not in args:
            args = ["skills", *args]
        return super().parse_args(ctx, args)

    def _first(self, args: list[str]) -> str:
        """Give the first word that is no option and no value of one."""
        taking = {word for param in self.params for word in param.opts if not getattr(param, "is_flag", True)}
        skip = False
        for word in args:
            if not skip and not word.startswith("-"):
                return word
            skip = not skip and word in taking
        return ""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what it takes, and its verbs."""
        write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


compiling_verbs = CompileVerbs(
    "compile",
    params=global_options(),
    help=_SUMMARY,
    epilog="`skillstrata compile [PATH…|--all]` compiles; `compile skills --help` tells its options.",
)
for _command in (compile_skills, status, remove):
    compiling_verbs.add_command(_command)
