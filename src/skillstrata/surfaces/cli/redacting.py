"""`redact`: what would be taken out of a text before it is stored.

In     a file, or `-` for standard input
Out    with --check a line for each find, masked, and exit 4 where there is one; else the text without its secrets
Never  prints a secret
"""

import contextlib
import sys
from pathlib import Path

import click

from skillstrata.app.use_cases import redacting
from skillstrata.app.use_cases.redacting import MAX_BYTES
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
    data = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else _streamed(Path(file))
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


def _streamed(path: Path) -> bytes | None:
    """Read what a person named that is no file and still ends: /dev/null, /dev/stdin, the pipe of `<(command)`."""
    with contextlib.suppress(OSError):
        if path.is_fifo() or path.is_char_device():
            with path.open("rb") as stream:
                return stream.read(MAX_BYTES + 1)
    return None
