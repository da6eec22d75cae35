"""Read a word of a shell command line as the shell would, as far as that is known without running anything.

In     a word node of the shell tree, the source bytes, the values of variables assigned earlier
Out    the word's text, or None when it depends on something else than the text of the command
Never  expands file patterns, runs substitutions, looks at the real environment
"""

import fnmatch
import posixpath
import re

from tree_sitter import Node

Variables = dict[str, str | None]

_ANSI = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "E": "\x1b",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "?": "?",
}
_ANSI_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|.)", re.DOTALL)
_BARE_ESCAPE = re.compile(r"\\(\n|.)", re.DOTALL)
_QUOTED_ESCAPE = re.compile(r'\\([\\$`"\n])')
_HEREDOC_PART = re.compile(r"\\([\\$`\n])|\$\{(\w+)\}|\$([A-Za-z_]\w*)|(\$\(|\$\{|`)|(\$[0-9@*#?$!-])")
_PATTERN = re.compile(r"(?<!\\)[*?]|(?<!\\)\[[^\]]*\]")
_CHANGED = re.compile(r"\$\{(\w+)(%%|%|##|#|//|/|:-|-|,,|\^\^)(.*)\}$", re.DOTALL)
_LAST_CODE_POINT = 0x10FFFF
_PAIR = 2


def text_of(node: Node, source: bytes) -> str:
    """Give a node's text as it stands in the command."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def resolve(node: Node, source: bytes, variables: Variables) -> str | None:
    """Give the text of one word, None when it cannot be known."""
    match node.type:
        case "raw_string":
            found = text_of(node, source)[1:-1]
        case "ansi_c_string":
            found = _ansi(text_of(node, source)[2:-1])
        case "string" | "translated_string":
            found = _quoted(node, source, variables)
        case "simple_expansion" | "expansion":
            found = _expansion(node, source, variables)
        case "concatenation" | "command_name":
            found = _joined(node, source, variables)
        case "command_substitution":
            found = _substituted(node, source, variables)
        case "word" | "number" | "variable_name" | "file_descriptor" | "regex" | "extglob_pattern":
            found = _bare(text_of(node, source))
        case _:
            found = None
    return found


def expand_heredoc(text: str, variables: Variables) -> str | None:
    """Give the body of a heredoc with an unquoted delimiter; None when it holds values that are not known."""
    unknown = False

    def part(match: re.Match[str]) -> str:
        nonlocal unknown
        escaped, braced, name = match.group(1), match.group(2), match.group(3)
        if escaped is not None:
            return "" if escaped == "\n" else escaped
        value = variables.get(braced or name or "")
        unknown = unknown or value is None
        return value or ""

    expanded = _HEREDOC_PART.sub(part, text)
    return None if unknown else expanded


def _bare(text: str) -> str | None:
    if _PATTERN.search(text) or text in {"{", "}"} or (text.startswith("{") and "," in text):
        return None
    return _BARE_ESCAPE.sub(lambda m: "" if m.group(1) == "\n" else m.group(1), text)


def _joined(node: Node, source: bytes, variables: Variables) -> str | None:
    if node.child_count == 0:
        return _bare(text_of(node, source))
    parts: list[str] = []
    for child in node.children:
        part = resolve(child, source, variables)
        if part is None:
            return None
        parts.append(part)
    return "".join(parts)


def _quoted(node: Node, source: bytes, variables: Variables) -> str | None:
    """Read a double-quoted string by its gaps: the tree leaves out some white space between its parts."""
    text = text_of(node, source)
    at = node.start_byte + text.index('"') + 1
    parts: list[str] = []
    for child in node.children:
        if child.type in {"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion"}:
            parts.append(_unescape(source[at : child.start_byte]))
            value = resolve(child, source, variables)
            if value is None:
                return None
            parts.append(value)
            at = child.end_byte
    end = node.end_byte - 1 if text.endswith('"') else node.end_byte
    parts.append(_unescape(source[at:end]))
    return "".join(parts)


def _unescape(raw: bytes) -> str:
    return _QUOTED_ESCAPE.sub(lambda m: "" if m.group(1) == "\n" else m.group(1), raw.decode("utf-8", "replace"))


def _expansion(node: Node, source: bytes, variables: Variables) -> str | None:
    names = [c for c in node.children if c.type == "variable_name"]
    plain = node.child_count == (2 if node.type == "simple_expansion" else 3)
    if plain and len(names) == 1:
        return variables.get(text_of(names[0], source))
    match = _CHANGED.match(text_of(node, source))
    if match is None or set("$`") & set(match.group(3)):
        return None
    name, operator, rest = match.groups()
    value = variables.get(name)
    return None if value is None else _changed(value, operator, rest.strip("'\""))


def _changed(value: str, operator: str, rest: str) -> str | None:
    """Give `${name%suffix}` and its kin for a known value."""
    ends = range(len(value) + 1)
    match operator:
        case "%" | "%%":
            starts = reversed(ends) if operator == "%" else ends
            return next((value[:at] for at in starts if fnmatch.fnmatchcase(value[at:], rest)), value)
        case "#" | "##":
            stops = ends if operator == "#" else reversed(ends)
            return next((value[at:] for at in stops if fnmatch.fnmatchcase(value[:at], rest)), value)
        case "/" | "//":
            old, _, new = rest.partition("/")
            return None if _PATTERN.search(old) else value.replace(old, new, 1 if operator == "/" else -1)
        case ",,":
            return value.lower()
        case "^^":
            return value.upper()
        case _:
            return value or rest


def _substituted(node: Node, source: bytes, variables: Variables) -> str | None:
    """Give what `$(pwd)`, `$(basename X .csv)` and `$(dirname X)` print; other commands would have to run."""
    inner = [c for c in node.children if c.is_named]
    if len(inner) != 1 or inner[0].type != "command":
        return None
    words = [resolve(c, source, variables) for c in inner[0].children]
    known = [w for w in words if w is not None and w != "--"]
    if len(words) - words.count("--") != len(known):
        return None
    match known:
        case ["pwd"]:
            return variables.get("PWD")
        case ["dirname", path]:
            return posixpath.dirname(path) or "."
        case ["basename", path, *suffix] if len(suffix) < _PAIR:
            name = posixpath.basename(path.rstrip("/"))
            return name.removesuffix(suffix[0]) if suffix and name != suffix[0] else name
        case _:
            return None


def _ansi(text: str) -> str:
    def char(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "xuU" and len(code) > 1:
            point = int(code[1:], 16)
            return chr(point) if point <= _LAST_CODE_POINT else match.group(0)
        if code[0] in "01234567":
            return chr(int(code, 8))
        return _ANSI.get(code, match.group(0))

    return _ANSI_ESCAPE.sub(char, text)
