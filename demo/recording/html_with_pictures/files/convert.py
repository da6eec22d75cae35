"""Convert the walking guide from HTML to Markdown, with its pictures."""

import re
from html.parser import HTMLParser
from pathlib import Path

PAGE = Path("/tmp/strata-demo/project/docs/walks.html")
NOTES = PAGE.with_suffix(".md")

EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SKIP = {"head", "script", "style"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BOXES = {"html", "body", "div", "section", "article", "main", "header", "footer", "nav", "aside", "figure", "dl"}
TEXTS = {"p", "figcaption", "caption", "dt", "dd", *HEADINGS}
BLOCKS = BOXES | TEXTS | {"ul", "ol", "li", "table", "blockquote", "pre", "hr"}
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`"}
# What a start tag ends that was left open.
ENDS = {"li": {"li"}, "tr": {"tr", "td", "th"}, "td": {"td", "th"}, "th": {"td", "th"}, "dt": {"dd"}, "dd": {"dt"}}


class Node:
    def __init__(self, tag, attrs=()):
        self.tag, self.attrs, self.children = tag, dict(attrs), []


class Tree(HTMLParser):
    """Read a page into nodes and strings."""

    def __init__(self, page):
        super().__init__()
        self.open = [Node("html")]
        self.feed(page)
        self.close()
        self.root = self.open[0]

    def handle_starttag(self, tag, attrs):
        while self.open[-1].tag in ENDS.get(tag, set()) | ({"p"} if tag in BLOCKS else set()):
            self.open.pop()
        node = Node(tag, attrs)
        self.open[-1].children.append(node)
        if tag not in EMPTY:
            self.open.append(node)

    def handle_endtag(self, tag):
        at = max((n for n, node in enumerate(self.open) if node.tag == tag), default=0)
        if at:
            del self.open[at:]

    def handle_data(self, text):
        self.open[-1].children.append(text)


def inline(nodes):
    found = ""
    for node in nodes:
        if isinstance(node, str):
            found += re.sub(r"\s+", " ", node)
        elif node.tag == "img":
            found += f"![{node.attrs.get('alt') or ''}]({node.attrs['src']})"
        elif node.tag == "a" and node.attrs.get("href"):
            found += f"[{inline(node.children)}]({node.attrs['href']})"
        elif node.tag in MARKS:
            found += MARKS[node.tag] + inline(node.children) + MARKS[node.tag]
        elif node.tag in BLOCKS or node.tag == "br":
            found += " " + inline(node.children) + " "
        elif node.tag not in SKIP:
            found += inline(node.children)
    return re.sub(r" +", " ", found)


def below(node, tag):
    for child in node.children:
        if isinstance(child, Node):
            if child.tag == tag:
                yield child
            elif child.tag != "table":
                yield from below(child, tag)


def verbatim(node):
    return "".join(c if isinstance(c, str) else verbatim(c) for c in node.children)


def table(node):
    rows = [[c for c in row.children if isinstance(c, Node) and c.tag in ("td", "th")] for row in below(node, "tr")]
    lines = ["| " + " | ".join(inline(c.children).strip().replace("|", "\\|") for c in row) + " |" for row in rows if row]
    captions = [inline(caption.children).strip() for caption in below(node, "caption")]
    lines[1:1] = ["|" + " --- |" * len(rows[0])] if lines else []
    return [*captions, "\n".join(lines)]


def items(node):
    lines, number = [], 0
    for item in (child for child in node.children if isinstance(child, Node)):
        number += item.tag == "li"
        first, *rest = blocks(item) or [""]
        lines.append((f"{number}. " if node.tag == "ol" else "- ") + first)
        lines += ["    " + line for block in rest for line in block.splitlines()]
    return ["\n".join(lines)]


def block(node):
    if node.tag in HEADINGS:
        return ["#" * int(node.tag[1]) + " " + inline(node.children).strip()]
    if node.tag in ("ul", "ol"):
        return items(node)
    if node.tag == "table":
        return table(node)
    if node.tag == "pre":
        return ["```\n" + verbatim(node).strip("\n") + "\n```"]
    if node.tag == "blockquote":
        return ["\n".join("> " + line for line in quoted.splitlines()) for quoted in blocks(node)]
    return ["---"] if node.tag == "hr" else blocks(node)


def blocks(node):
    found, run = [], []
    for child in [*node.children, Node("hr")]:
        if isinstance(child, Node) and child.tag in BLOCKS | SKIP | {"br"}:
            found.append(inline(run).strip())
            found += block(child) if child.tag in BLOCKS else []
            run = []
        else:
            run.append(child)
    return [one for one in found[:-1] if one]


found = blocks(Tree(PAGE.read_text(encoding="utf-8")).root)
NOTES.write_text("\n\n".join(found) + "\n", encoding="utf-8")
print(f"{NOTES}: {len(found)} blocks")
