"""Every measurement of the project in one table: `python -m bench [--strict] [--json] [NAME ...]`.

In     every module of this folder that has `measure()`; names choose some of them
Out    one row a measurement: value, unit, bound, whether it holds, how it was taken
Never  fails a build on a busy machine: a bound that does not hold ends with 1 only under --strict
"""

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import TypedDict


class Row(TypedDict):
    """One measurement. `bound` says what `value` must keep to."""

    name: str
    value: float
    unit: str
    bound: str
    ok: bool
    detail: str


def modules() -> list[str]:
    """Name the modules of this folder that measure something."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    return [name for name in names if hasattr(importlib.import_module(f"bench.{name}"), "measure")]


def rows_of(names: list[str]) -> list[Row]:
    """Take every measurement of these modules, one after the other: they would disturb each other."""
    found: list[Row] = []
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        found.extend(importlib.import_module(f"bench.{name}").measure())
    return found


def table(rows: list[Row]) -> str:
    """Draw the rows, aligned."""
    cells = [("", "measurement", "value", "bound", "how")]
    cells += [
        ("ok" if row["ok"] else "OVER", row["name"], f"{row['value']:,.4g} {row['unit']}", row["bound"], row["detail"])
        for row in rows
    ]
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells)


def main() -> int:
    """Run the bench."""
    known = modules()
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed and memory, measured now.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(known)}")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a bound does not hold")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in known]
    if unknown:
        parser.error(f"no measurement is called {unknown[0]!r}; there are: {', '.join(known)}")
    rows = rows_of(asked.names or known)
    print(json.dumps(rows, indent=2) if asked.json else table(rows))
    failed = [row["name"] for row in rows if not row["ok"]]
    if failed and not asked.json:
        print(f"\n{len(failed)} of {len(rows)} bounds do not hold on this machine, now: {', '.join(failed)}")
    return 1 if failed and asked.strict else 0


if __name__ == "__main__":
    sys.exit(main())
