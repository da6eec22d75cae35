"""What the frontmatter of somebody else's SKILL.md asks for, read as loaders read it.

In     the bytes of a page
Out    findings: rights, hooks, the wish to be published; the page with that wish taken back
Never  looks for keys in the text: quotes, flow mappings and `? key` say the same in other letters
Why    what a scan does not see and a loader does is what a package would hide
"""

import yaml

from skillstrata.records.exchanges import ScanFinding
from skillstrata.records.qualities import Visibility, visibility_of
from skillstrata.runtime.fences import Fenced, fenced
from skillstrata.runtime.parsing import read_frontmatter
from skillstrata.runtime.skill_bytes import text_of
from skillstrata.runtime.tool_patterns import shown
from skillstrata.runtime.yaml_reader import pure_reader
from skillstrata.runtime.yaml_values import Mapping, Value

_PAGE = "SKILL.md"
_WISH = "visibility"
_RIGHTS = frozenset(
    "hooks allowedtools disallowedtools tools permissions permissionmode agent context shell mcpservers".split()
)


def page_findings(data: bytes) -> tuple[ScanFinding, ...]:
    """Name what a page asks for, by line; a frontmatter that cannot be read is a finding too."""
    text, _ = text_of(data)
    parts, mapping = _read(text or "")
    if mapping is None:
        if text is not None and not text.lstrip().startswith("---"):
            return ()
        said = "its frontmatter cannot be read here; other programs may find rights in it"
        return (ScanFinding("page_unclear", "danger", _PAGE, said, parts.frontmatter_line),)
    found = [
        ScanFinding("asks_for_rights", "danger", _PAGE, f"{key}: {shown(value)}"[:80], mapping.lines.get(key, 0))
        for key, value in mapping.values.items()
        if value is not None and _plain_key(key) in _RIGHTS
    ]
    found += [
        ScanFinding("would_be_published", "danger", _PAGE, f"{_WISH}: {word}", mapping.lines.get(key, 0))
        for key, word in _wishes(mapping.values)
    ]
    return tuple(found)


def without_wish(data: bytes) -> bytes | None:
    """Give a page that is offered no further than to be called when it is looked for; None where that cannot be done.

    A page that does not ask for more is given as it is, byte for byte.
    """
    text, _ = text_of(data)
    parts, mapping = _read(text or "")
    if text is None or mapping is None or not _wishes(mapping.values):
        return data
    try:
        node = pure_reader(parts.frontmatter).get_single_node()
    except yaml.YAMLError:
        return None
    front = parts.frontmatter
    for wish in sorted(_nodes(node), key=lambda one: -one.start_mark.index):
        said = f'"{Visibility.INVOKABLE.word}"' + ("\n" if wish.style in {"|", ">"} else "")
        front = front[: wish.start_mark.index] + said + front[wish.end_mark.index :]
    at = 0
    for _ in range(parts.frontmatter_line - 1):
        at = text.index("\n", at) + 1
    made = text[:at] + front + text[at + len(parts.frontmatter) :]
    _, mended = _read(made)
    return made.encode() if mended is not None and not _wishes(mended.values) else None


def _read(text: str) -> tuple[Fenced, Mapping | None]:
    parts = fenced(text)
    # A second block is refused by our loader; what another one makes of the first is the question here.
    if parts.code not in {"", "second_frontmatter"}:
        return parts, None
    return parts, read_frontmatter(parts)[0]


def _plain_key(key: str) -> str:
    return "".join(c for c in key.lower() if c.isalnum())


def _wishes(values: dict[str, Value]) -> list[tuple[str, str]]:
    """Give (top key, word) of each wish to be offered widely, at the top and in any mapping below it."""
    places = [(_WISH, values), *((key, value) for key, value in values.items() if isinstance(value, dict))]
    found: list[tuple[str, str]] = []
    for key, place in places:
        for name, word in place.items():
            if _plain_key(name) == _WISH and isinstance(word, str) and _is_wide(word):
                found.append((key, word.strip()))
    return found


def _nodes(node: yaml.Node | None) -> list[yaml.ScalarNode]:
    """Give the nodes of these wishes."""
    if not isinstance(node, yaml.MappingNode):
        return []
    places = [node, *(value for _, value in node.value if isinstance(value, yaml.MappingNode))]
    return [
        value
        for place in places
        for key, value in place.value
        if isinstance(key, yaml.ScalarNode) and _plain_key(key.value) == _WISH
        if isinstance(value, yaml.ScalarNode) and _is_wide(value.value)
    ]


def _is_wide(word: str) -> bool:
    return visibility_of(word.strip()) >= Visibility.LISTED
