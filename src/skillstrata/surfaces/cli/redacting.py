"""`redact`: what would be taken out of a text before it is stored.

In     a file, or `-` for standard input
Out    with --check a line for each find, masked, and exit 4 where there is one; else the text without its secrets
Never  prints a secret
"""

import sys

import click

from skillstrata.app.use_cases import redacting
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb

REFUSED = 4


@verb(
    "redact",
    examples=(
        "skillstrata redact --check notes.md",
        "env | skillstrata redact --check -",
        "skillstrata redact log.txt",
    ),
    exits=(4, 65),
)
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@click.option("--check", is_flag=True, help="Only say what would go: exit 4 if anything would.")
@pass_invocation
def redact(inv: Invocation, *, file: str, check: bool) -> int:
    """Show what redaction makes of a file (or `-`: standard input): the text, or with --check each find."""
    out = inv.out()
    data = sys.stdin.buffer.read() if file == "-" else None
    report = redacting.redact(inv.app(), path=file, data=data)
    done = report.redacted
    if out.as_json:
        finds = [{"line": find.line, "rule": find.rule, "preview": find.preview} for find in done.finds]
        shown = {"file": report.path, "clean": not done.hits, "finds": finds}
        out.json(shown if check else {**shown, "text": done.text})
    elif not check:
        out.exact(done.text)
    elif done.finds:
        rows = [[str(find.line), find.rule, find.preview] for find in done.finds]
        out.table(("line", "rule", "what would be stored"), rows)
    else:
        out.note(f"Nothing in {'standard input' if file == '-' else file} would go.")
    return REFUSED if check and done.hits else 0
