"""The verdict of the open specification's reference on one skill folder, reason by reason.

In     bytes of the file, the folder's name
Out    diagnostics; none where the reference accepts the skill
Never  is kinder or harsher than the reference: that is what a publisher asks
Why    the reference cuts at the first two `---`, wherever they stand, and so does this; flow style, anchors, tags, a
       key twice and uneven indentation it refuses
"""

import re
import unicodedata

import yaml

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.runtime.frontmatter import MAX_COMPATIBILITY, MAX_DESCRIPTION, MAX_NAME, SPEC_KEYS
from skillstrata.runtime.skill_bytes import MAX_SKILL_BYTES
from skillstrata.runtime.skill_codes import noted
from skillstrata.runtime.yaml_reader import yaml_reader
from skillstrata.runtime.yaml_values import MAX_DEPTH

_MAX_FRONTMATTER = 256 * 1024
# Line ends in YAML 1.1, which libyaml reads; ordinary characters in YAML 1.2, which the reference reads.
_COMMENT = re.compile(r"(?:^|(?<=[ ]))#[^\n]*", re.MULTILINE)
_BREAKS = re.compile("[\x85\u2028\u2029]")


class _Refused(Exception):
    def __init__(self, code: str, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.found = noted(code, message, line)


def strict_faults(data: bytes, *, folder_name: str) -> tuple[Diagnostic, ...]:
    """Give every reason why the reference would refuse a skill."""
    if len(data) > MAX_SKILL_BYTES:
        return (noted("too_large", f"{len(data)} bytes, more than {MAX_SKILL_BYTES}"),)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return (noted("not_utf8", f"byte {error.start} is not UTF-8"),)
    try:
        root = _tree(_BREAKS.sub("\xa0", text.replace("\r\n", "\n").replace("\r", "\n")))
    except _Refused as refused:
        return (refused.found,)
    values = {key.value: value for key, value in root.value if isinstance(key, yaml.ScalarNode)}
    odd = [key for key, _ in root.value if not isinstance(key, yaml.ScalarNode) or key.value not in SPEC_KEYS]
    found = [
        noted("strict_key", f"the key {str(key.value)[:80]!r} is not of the specification", key.start_mark.line + 1)
        for key in odd
    ]
    return (*found, *_name(values, folder_name), *_description(values), *_compatibility(values))


def _tree(text: str) -> yaml.MappingNode:
    """Read the frontmatter as the reference does.

    Raises:
        _Refused: It does not.
    """
    if not text.startswith("---"):
        raise _Refused("strict_no_fence", "the file does not begin with `---`", 1)
    frontmatter, fence, _ = text.removeprefix("---").partition("---")
    if not fence:
        raise _Refused("strict_no_fence", "there is no second `---`", 1)
    if len(frontmatter) > _MAX_FRONTMATTER:
        raise _Refused("strict_yaml", f"the frontmatter has more than {_MAX_FRONTMATTER} characters")
    try:
        _check_events(frontmatter)
        node = yaml_reader(frontmatter).get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _Refused("strict_yaml", error.problem or "not YAML", line) from error
    except yaml.YAMLError as error:
        raise _Refused("strict_yaml", str(error).split("\n", 1)[0]) from error
    if not isinstance(node, yaml.MappingNode):
        raise _Refused("strict_not_mapping", "the frontmatter is not a list of `key: value` lines", 1)
    _check_mappings(node)
    return node


def _check_events(text: str) -> None:
    reader = yaml_reader(text)
    depth, tabbed = 0, _Tabs(text)
    while reader.check_event():
        event = reader.get_event()
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if event.flow_style:
                raise _Refused("strict_style", "flow style ([...] or {...})", event.start_mark.line + 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent) and event.style:
            tabbed.allow(event.start_mark.index, event.end_mark.index)
        if depth > MAX_DEPTH:
            raise _Refused("strict_yaml", f"nested more than {MAX_DEPTH} deep")
        if isinstance(event, yaml.NodeEvent) and (event.anchor is not None or getattr(event, "tag", None) is not None):
            raise _Refused("strict_style", "an anchor, alias or tag", event.start_mark.line + 1)
    if tabbed.left():
        raise _Refused("strict_yaml", "a tab outside of quotes")


class _Tabs:
    """The tabs that the reference's reader stumbles over: those outside of quotes, block texts and comments."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._allowed: list[tuple[int, int]] = []

    def allow(self, start: int, end: int) -> None:
        self._allowed.append((start, end))

    def left(self) -> bool:
        if "\t" not in self._text:
            return False
        bare: list[str] = []
        at = 0
        for start, end in self._allowed:
            bare += (self._text[at:start], "x", "\n" * self._text.count("\n", start, end))
            at = end
        bare.append(self._text[at:])
        return "\t" in _COMMENT.sub("", "".join(bare))


def _check_mappings(root: yaml.MappingNode) -> None:
    """Refuse a key twice, and mappings beside each other that are indented differently."""
    waiting: list[yaml.Node] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        if not isinstance(node, yaml.MappingNode):
            continue
        keys: set[str] = set()
        columns: set[int] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in keys:
                    raise _Refused("strict_style", f"the key {key.value!r} stands there twice", key.start_mark.line + 1)
                keys.add(key.value)
            if isinstance(value, yaml.MappingNode):
                columns.add(value.start_mark.column)
                if len(columns) > 1:
                    raise _Refused("strict_style", "uneven indentation", value.start_mark.line + 1)
            waiting.append(value)


def _text(node: yaml.Node | None) -> str:
    """Give a field's text, "" where it is a list, a mapping or only blanks."""
    return node.value.strip() if isinstance(node, yaml.ScalarNode) else ""


def _name(values: dict[str, yaml.Node], folder_name: str) -> list[Diagnostic]:
    name = unicodedata.normalize("NFKC", _text(values.get("name")))
    if not name:
        return [noted("strict_name", "name is missing, empty or no text")]
    rules = (
        (len(name) <= MAX_NAME, f"has {len(name)} characters, more than {MAX_NAME}"),
        (name == name.lower(), "is not lowercase"),
        (not name.startswith("-") and not name.endswith("-"), "begins or ends with a hyphen"),
        ("--" not in name, "has two hyphens in a row"),
        (all(c.isalnum() or c == "-" for c in name), "has other characters than letters, digits and hyphens"),
        (unicodedata.normalize("NFKC", folder_name) == name, f"is not the folder's name {folder_name!r}"),
    )
    line = values["name"].start_mark.line + 1
    return [noted("strict_name", f"name {name[:80]!r} {why}", line) for holds, why in rules if not holds]


def _description(values: dict[str, yaml.Node]) -> list[Diagnostic]:
    node = values.get("description")
    if not _text(node):
        return [noted("strict_description", "description is missing, empty or no text")]
    # The blanks around it count.
    length = len(node.value) if isinstance(node, yaml.ScalarNode) else 0
    if length <= MAX_DESCRIPTION:
        return []
    return [noted("strict_description", f"description has {length} characters, more than {MAX_DESCRIPTION}")]


def _compatibility(values: dict[str, yaml.Node]) -> list[Diagnostic]:
    node = values.get("compatibility")
    if node is None:
        return []
    if not isinstance(node, yaml.ScalarNode):
        return [noted("strict_compatibility", "compatibility is no text")]
    if len(node.value) <= MAX_COMPATIBILITY:
        return []
    message = f"compatibility has {len(node.value)} characters, more than {MAX_COMPATIBILITY}"
    return [noted("strict_compatibility", message)]
