"""Take the author's words out of what plain formats hold beside their text: targets, remarks, settings, metadata.

In     Markdown, settings files, notebooks, stand-ins
Out    the same structure with other words
Never  changes a key, a section's name, the marks of a format; raises
"""

import json
import re

from skillstrata.distill.mutate.opened import Tree
from skillstrata.distill.synthesise.clean_markup import clean_markup, other_leaves
from skillstrata.distill.synthesise.stand_ins import StandIns

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S)
_MARKDOWN = re.compile(
    r"(?P<fence>^[ \t>]*(?:`{3,}|~{3,})[^\n`]*$)|(?P<target>\]\([^()\n]{0,2000}\))"
    r"|(?P<definition>^ {0,3}\[[^\]\n]{1,200}\]:[^\n]*$)|(?P<markup><[^<>\n]{0,2000}>)"
    r"|(?P<note>\[\^[^\[\]\n]{0,100}\])",
    re.M,
)
_ADDRESS = re.compile(r"<(?:[a-z][a-z0-9+.-]*:|[^<>\s@]+@)[^<>\s]*>", re.I)
_LANGUAGES = frozenset(
    (
        "python py javascript js typescript ts json yaml toml ini html xml css sql bash sh shell console java c cpp go "
        "rust ruby php text diff markdown md mermaid csv"
    ).split()
)
_LINE = re.compile(r"[^\r\n]+")
_HEAD = re.compile(
    r"[ \t]*(?:\[{1,2}[^\]\r\n]*\]{1,2}[ \t]*(?=[#;]|$)|---$|\.\.\.$|(?:-[ \t]+)*(?:[\w.-]+|\"[^\"\n]*\"|'[^'\n]*')"
    r"[ \t]*(?:=|:(?=[ \t]|$))[ \t]*(?:!{1,2}[\w-]+)?)?"
)
_KERNELS = frozenset({"python", "r", "julia", "javascript", "bash", "sql", "python3"})


def clean_markdown(text: str, stand: StandIns) -> str:
    """Give Markdown with other front matter, link targets, remarks and tags."""
    front = _FRONT.match(text)
    start = front.end() if front else 0
    head = text[: front.start(1)] + clean_settings(front.group(1), stand) + text[front.end(1) : start] if front else ""
    return head + _MARKDOWN.sub(lambda match: _of_markdown(match, stand), text[start:])


def _of_markdown(match: re.Match[str], stand: StandIns) -> str:
    kind, raw = match.lastgroup or "", match.group(0)
    if kind == "fence":
        mark, info = raw[: len(raw) - len(raw.lstrip(" \t>`~"))], raw.lstrip(" \t>`~")
        return mark + re.sub(
            r"\w+", lambda m: m.group(0) if m.group(0) in _LANGUAGES else stand.words(m.group(0)), info
        )
    if kind == "definition":
        label, _, rest = raw.partition("]:")
        # A label is found by its words, which the text has as words.
        return f"{stand.text(label)}]:{stand.words(rest)}"
    if kind == "markup" and not _ADDRESS.fullmatch(raw):
        return clean_markup(raw, stand, html=True)
    return stand.words(raw)


def clean_settings(text: str, stand: StandIns) -> str:
    """Give settings with other values and remarks; keys, names of sections and of types stay."""
    out: list[str] = []
    at = 0
    for line in _LINE.finditer(text):
        head = _HEAD.match(line.group(0))
        start = line.start() + (head.end() if head else 0)
        out += [text[at:start], stand.text(text[start : line.end()])]
        at = line.end()
    return "".join([*out, text[at:]])


def clean_notebook(text: str, stand: StandIns) -> str | None:
    """Give a notebook without metadata and attachments, with other rich outputs and errors; None for what is none."""
    try:
        tree: Tree = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(tree, dict):
        return None
    tree["metadata"] = _language(tree.get("metadata"))
    cells = tree.get("cells")
    for number, cell in enumerate(cells if isinstance(cells, list) else ()):
        if isinstance(cell, dict):
            _clean_cell(cell, number, stand)
    known = {key: tree[key] for key in ("cells", "metadata", "nbformat", "nbformat_minor", "worksheets") if key in tree}
    return json.dumps(known, ensure_ascii=False, indent=1) + "\n"


def _language(metadata: Tree) -> Tree:
    told = metadata.get("language_info") if isinstance(metadata, dict) else None
    name = told.get("name") if isinstance(told, dict) else None
    return {"language_info": {"name": name}} if isinstance(name, str) and name.lower() in _KERNELS else {}


def _clean_cell(cell: dict[str, Tree], number: int, stand: StandIns) -> None:
    cell["metadata"] = {}
    cell.pop("attachments", None)
    if "id" in cell:
        cell["id"] = f"cell{number}"
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        if "metadata" in output:
            output["metadata"] = {}
        if isinstance(data := output.get("data"), dict):
            output["data"] = {kind: _shown(kind, value, stand) for kind, value in data.items()}
        for key in ("evalue", "traceback"):
            if key in output:
                output[key] = other_leaves(output[key], stand)


def _shown(kind: str, value: Tree, stand: StandIns) -> Tree:
    if kind.startswith("image/") and kind != "image/svg+xml":
        return stand.words("data:,x").rpartition(",")[2]
    if not kind.startswith("text/") and kind != "image/svg+xml":
        return other_leaves(value, stand)
    lines = value if isinstance(value, list) else [value]
    text = "".join(line for line in lines if isinstance(line, str))
    marked = kind in {"text/html", "image/svg+xml"}
    made = clean_markup(text, stand, html=True, change=lambda _, raw: stand.text(raw)) if marked else stand.text(text)
    return [*made.splitlines(keepends=True)] if isinstance(value, list) else made
