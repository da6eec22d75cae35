"""`skills show`: one skill, as it was found.

In     a name or id
Out    its fields, needs, files and oddities; or the JSON of the contract
"""

from pathlib import Path

import click

from skillstrata.app.json_shown_skill import shown_json
from skillstrata.app.use_cases import showing_skills
from skillstrata.app.use_cases.showing_skills import ShownSkill
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import one_line
from skillstrata.surfaces.cli.skills_sources import query_of, source_options


@verb(
    "show",
    examples=("skillstrata skills show code-review", "skillstrata skills show plugin:docs/review --json"),
    exits=(3, 65),
)
@click.argument("name")
@source_options
@pass_invocation
def show(inv: Invocation, *, name: str, sources: tuple[Path, ...], usual: bool, project: Path | None) -> int:
    """Tell everything about one skill, by its name or id: where it is from, its state, fields, needs and files."""
    out = inv.out()
    shown = showing_skills.show(inv.app(), query_of(sources, project, usual=usual), name)
    if out.as_json:
        out.json(shown_json(shown))
        return 0
    out.table(("FIELD", "VALUE"), [[key, one_line(value)] for key, value in _fields(shown) if value])
    for odd in shown.row.diagnostics:
        out.note(f"{odd.severity} {odd.code}: {one_line(odd.message)}")
    return 0


def _fields(shown: ShownSkill) -> list[tuple[str, str]]:
    row, front = shown.row, shown.frontmatter
    return [
        ("name", row.name),
        ("id", row.qualified),
        ("source", f"{row.source}, {'trusted' if row.trusted else 'not trusted'}"),
        ("path", row.path),
        ("state", f"{row.state}: {row.reason}" if row.reason else row.state),
        ("description", front.description),
        ("when to use", front.when_to_use),
        ("version", front.version),
        ("license", front.license),
        ("arguments", front.argument_hint or " ".join(front.arguments)),
        ("called by", _callers(shown)),
        ("tools", ", ".join(front.allowed_tools)),
        ("tools refused", ", ".join(front.disallowed_tools)),
        ("model", front.model),
        ("paths", ", ".join(front.paths)),
        ("needs", ", ".join(" or ".join(one.any_of) + one.versions for one in shown.requirements if one.hard)),
        ("related", ", ".join(shown.related)),
        ("same name", ", ".join(shown.others)),
        ("files", ", ".join(shown.files)),
        ("text", f"{shown.body_chars} characters" if shown.body_chars else ""),
        ("sha256", row.digest),
    ]


def _callers(shown: ShownSkill) -> str:
    front = shown.frontmatter
    return " and ".join(
        who for who, may in (("models", front.model_may_invoke), ("people", front.user_may_invoke)) if may
    )
