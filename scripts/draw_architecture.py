"""Draw the package from its imports, so that the picture in the docs cannot lie.

In     src/skillstrata as it is
Out    a mermaid block on stdout; with --write, docs/architecture.md with the block between its markers replaced
Never  shows what is planned, only what one folder imports of another
"""

import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGE = "skillstrata"
BEGIN, END = "<!-- picture: begin (make docs redraws it) -->\n", "<!-- picture: end -->\n"
# Drawn in this order, top to bottom; a folder that is not named here comes last.
ORDER = [
    "surfaces",
    "app",
    "capture",
    "distill",
    "library",
    "runtime",
    "compose",
    "policy",
    "adapters",
    "ports",
    "records",
]


def _rank(folder: str) -> tuple[int, str]:
    stratum = folder.partition(".")[0]
    return (ORDER.index(stratum) if stratum in ORDER else len(ORDER), folder)


def _folder(module: str, folders: list[str]) -> str | None:
    """Give the innermost drawn folder that a module lies in."""
    inside = [f for f in folders if module == f"{PACKAGE}.{f}" or module.startswith(f"{PACKAGE}.{f}.")]
    return max(inside, key=len, default=None)


def draw() -> str:
    """Draw one node for each folder (each face of `surfaces` apart) and one arrow for each direction of import."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    top = sorted(name.removeprefix(f"{PACKAGE}.") for name in graph.find_children(PACKAGE))
    faces = sorted(name.removeprefix(f"{PACKAGE}.") for name in graph.find_children(f"{PACKAGE}.surfaces"))
    folders = sorted([name for name in top if name != "surfaces"] + faces, key=_rank)
    arrows: set[tuple[str, str]] = set()
    for importer in sorted(graph.modules):
        source = _folder(importer, folders)
        for imported in graph.find_modules_directly_imported_by(importer):
            target = _folder(imported, folders)
            if source and target and source != target:
                arrows.add((source, target))
    nodes = [f'    {name.replace(".", "_")}["{name.replace(".", "/")}/"]' for name in folders]
    ordered = sorted(arrows, key=lambda arrow: (_rank(arrow[0]), _rank(arrow[1])))
    edges = [f"    {a.replace('.', '_')} --> {b.replace('.', '_')}" for a, b in ordered]
    return "\n".join(["```mermaid", "flowchart TD", *nodes, *edges, "```", ""])


def main() -> None:
    """Print the block, or put it into the page."""
    if "--write" not in sys.argv[1:]:
        sys.stdout.write(draw())
        return
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}{draw()}{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
