"""Patterns of tool names: what a rule or a blueprint writes, and the nodes it means.

In     a glob (`*`, `?`, `[…]`), compared with the path, the name and the aliases of a node, letter by letter
Out    whether it means the node
Never  cuts a name at a slash: `mcp/*` means every tool of every server
"""

import fnmatch
import re
import unicodedata
from functools import lru_cache

from skillstrata.records.capabilities import Capability

_WILD = re.compile(r"[*?\[]")


def plain(name: str) -> str:
    """Give the form in which names are compared: composed characters, as keyboards and editors differ in them."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def is_pattern(text: str) -> bool:
    """Say whether a text has wild characters."""
    return _WILD.search(text) is not None


# A server may call its tool what it likes; by these names nobody means a server's.
_NATIVE = frozenset({"read_file", "write_file", "list_dir", "web_fetch", "bash", "json_query"})


def names_of(node: Capability) -> tuple[str, ...]:
    """Give everything that a node is called: what forbids it may use any of these."""
    return (node.path, node.name, *node.aliases)


def own_names(node: Capability) -> tuple[str, ...]:
    """Give the names by which a node may be allowed: not those that a server chose and others may choose too."""
    return (node.path, node.name, *(node.aliases if node.kind == "composed" else ()))


def listed_names(node: Capability) -> tuple[str, ...]:
    """Give the names by which a list of what may be used can mean a node: all but those of native tools."""
    return (node.path, node.name, *(alias for alias in node.aliases if alias not in _NATIVE))


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(glob))


def means(glob: str, names: tuple[str, ...]) -> bool:
    """Say whether a glob means a tool of these names; a name that is written out means it too, wild or not."""
    glob = plain(glob)
    if glob in names:
        return True
    told = tuple(plain(name) for name in names)
    if glob in told:
        return True
    if not is_pattern(glob):
        return False
    hit = _compiled(glob).match
    return any(hit(name) is not None for name in told)
