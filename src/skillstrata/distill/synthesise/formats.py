"""Write an invented document as HTML, Markdown or plain text."""

from collections.abc import Sequence
from html import escape

from skillstrata.distill.synthesise.outlines import Part, Run

_TAGS = {"strong": "strong", "em": "em", "code": "code"}
_MARKS = {"strong": "**", "em": "*", "code": "`"}
_REFERENCES = str.maketrans({"é": "&eacute;", "ï": "&#239;"})


def html_page(parts: Sequence[Part], *, references: bool = True) -> bytes:
    """Write a page with a head, a style and a script that are no content."""
    title = escape(parts[0].runs[0].text)
    body = "\n".join(_html(part, references=references) for part in parts)
    head = f'<meta charset="utf-8">\n<title>{title}</title>\n<style>p {{ margin: 12px; }}</style>'
    script = "<script>var unseen = 4242424;</script>"
    page = f"<!DOCTYPE html>\n<html>\n<head>\n{head}\n</head>\n<body>\n{body}\n{script}\n</body>\n</html>\n"
    return page.encode()


def xhtml_page(parts: Sequence[Part], title: str) -> bytes:
    """Write a page of a book: well-formed XML without named entities."""
    body = "\n".join(_html(part, references=False) for part in parts)
    head = f'<meta charset="utf-8"/><title>{escape(title)}</title>'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head>{head}</head>\n<body>\n{body}\n</body></html>\n"
    ).encode()


def markdown_text(parts: Sequence[Part]) -> bytes:
    """Write Markdown with ATX headings, fenced code and pipe tables."""
    return ("\n\n".join(_markdown(part) for part in parts) + "\n").encode()


def plain_text(parts: Sequence[Part]) -> bytes:
    """Write plain text: blocks apart by empty lines, lists with dashes, tables with columns set apart."""
    return ("\n\n".join(_plain(part) for part in parts) + "\n").encode()


def _html(part: Part, *, references: bool = True) -> str:
    if part.kind == "heading":
        return f"<h{part.level}>{_html_runs(part.runs, references=references)}</h{part.level}>"
    if part.kind == "list":
        return _html_list(part)
    if part.kind == "table":
        head, *rows = part.rows
        lines = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
        lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
        return "<table>\n" + "\n".join(lines) + "\n</table>"
    if part.kind == "code":
        return f"<pre><code>{escape(part.code)}</code></pre>"
    return f"<p>{_html_runs(part.runs, references=references)}</p>"


def _html_runs(runs: Sequence[Run], *, references: bool) -> str:
    return " ".join(_html_run(run, references=references) for run in runs)


def _html_run(run: Run, *, references: bool) -> str:
    text = escape(run.text, quote=False)
    text = text.translate(_REFERENCES) if references else text
    if run.kind == "link":
        return f'<a href="{escape(run.target)}">{text}</a>'
    tag = _TAGS.get(run.kind)
    return f"<{tag}>{text}</{tag}>" if tag else text


def _html_list(part: Part) -> str:
    tag = "ol" if part.ordered else "ul"
    lines = [f"<{tag}>"]
    depth = 0
    for level, text in part.items:
        if level > depth:
            lines.append("<ul>")
        elif level < depth:
            lines.append("</li></ul></li>")
        elif len(lines) > 1:
            lines.append("</li>")
        lines.append(f"<li>{escape(text)}")
        depth = level
    lines.append("</li></ul></li>" if depth else "</li>")
    return "\n".join([*lines, f"</{tag}>"])


def _markdown(part: Part) -> str:
    if part.kind == "heading":
        return "#" * part.level + " " + _markdown_runs(part.runs)
    if part.kind == "list":
        marker = "1." if part.ordered else "-"
        return "\n".join(f"{'    ' * level}{marker if not level else '-'} {text}" for level, text in part.items)
    if part.kind == "table":
        lines = ["| " + " | ".join(row) + " |" for row in part.rows]
        return "\n".join([lines[0], "|" + " --- |" * len(part.rows[0]), *lines[1:]])
    if part.kind == "code":
        return f"```\n{part.code}\n```"
    return _markdown_runs(part.runs)


def _markdown_runs(runs: Sequence[Run]) -> str:
    return " ".join(
        f"[{run.text}]({run.target})"
        if run.kind == "link"
        else f"{_MARKS.get(run.kind, '')}{run.text}{_MARKS.get(run.kind, '')}"
        for run in runs
    )


def _plain(part: Part) -> str:
    if part.kind == "list":
        return "\n".join(f"{'  ' * level}- {text}" for level, text in part.items)
    if part.kind == "table":
        return "\n".join("   ".join(cell.ljust(18) for cell in row).rstrip() for row in part.rows)
    return part.code or " ".join(run.text for run in part.runs)
