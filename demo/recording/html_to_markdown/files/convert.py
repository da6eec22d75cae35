"""Convert the quarterly report from HTML to Markdown."""

from html.parser import HTMLParser
from pathlib import Path

SOURCE = Path("/tmp/strata-demo/project/docs/quarterly.html")
TARGET = SOURCE.with_suffix(".md")

HEADINGS = {f"h{n}": "#" * n + " " for n in range(1, 7)}
BLOCKS = {"p", "div", "section", "article", "main", "header", "footer", "table", "caption", "dt", "dd", "br", *HEADINGS}
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`"}
HIDDEN = {"head", "script", "style"}


class MarkdownWriter(HTMLParser):
    def __init__(self):
        super().__init__()
        self.blocks = []  # finished blocks of Markdown
        self.items = []  # finished items of the open list
        self.rows = []  # cells of the open table, row by row
        self.lists = []  # open lists: 0 for bullets, else the next number
        self.links = []  # how each open link will be closed
        self.text = self.prefix = ""  # the open block
        self.quoted = self.hidden = self.verbatim = 0

    def flush(self):
        """Close the open block. Inside a table cell a block is only a space."""
        text = " ".join(self.text.split())
        if self.rows:
            self.text += " "
        elif text:
            (self.items if self.lists else self.blocks).append("> " * self.quoted + self.prefix + text)
            self.text = self.prefix = ""

    def handle_starttag(self, tag, attrs):
        if tag in BLOCKS or tag in ("ul", "ol", "li", "blockquote", "pre", "hr"):
            self.flush()
        self.hidden += tag in HIDDEN
        self.quoted += tag == "blockquote"
        self.verbatim += tag == "pre"
        if tag in HEADINGS:
            self.prefix = HEADINGS[tag]
        elif tag in ("ul", "ol"):
            self.lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            number = self.lists[-1]
            self.lists[-1] += 1 if number else 0
            self.prefix = "    " * (len(self.lists) - 1) + (f"{number}. " if number else "- ")
        elif tag == "a":
            # An anchor without a target is only a name for its place.
            target = dict(attrs).get("href")
            self.links.append(f"]({target})" if target else "")
            self.text += "[" if target else ""
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.text = ""
        elif tag == "hr":
            self.blocks.append("---")
        elif tag in MARKS and not self.verbatim:
            self.text += MARKS[tag]

    def handle_endtag(self, tag):
        self.hidden -= tag in HIDDEN
        if tag == "table" and self.rows:
            lines = ["| " + " | ".join(row) + " |" for row in self.rows]
            self.blocks.append("\n".join([lines[0], "|" + " --- |" * len(self.rows[0]), *lines[1:]]))
            self.rows, self.text = [], ""
        elif tag in BLOCKS or tag in ("ul", "ol", "li", "blockquote"):
            self.flush()
            self.prefix = ""
        elif tag == "pre":
            self.blocks.append("```\n" + self.text.strip("\n") + "\n```")
            self.text = ""
        elif tag == "a":
            self.text += self.links.pop()
        elif tag in ("td", "th"):
            self.rows[-1].append(" ".join(self.text.split()).replace("|", "\\|"))
        elif tag in MARKS and not self.verbatim:
            self.text += MARKS[tag]
        self.quoted -= tag == "blockquote"
        self.verbatim -= tag == "pre"
        if tag in ("ul", "ol"):
            self.lists.pop()
        if self.items and not self.lists:
            self.blocks.append("\n".join(self.items))
            self.items = []

    def handle_data(self, data):
        self.text += "" if self.hidden else data


writer = MarkdownWriter()
writer.feed(SOURCE.read_text(encoding="utf-8"))
writer.flush()
TARGET.write_text("\n\n".join(writer.blocks) + "\n", encoding="utf-8")
print(f"{TARGET}: {len(writer.blocks)} blocks")
