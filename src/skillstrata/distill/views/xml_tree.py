"""Parse XML from strangers: no document type, no entities of its own, bounded size and depth.

In     bytes of one XML document
Out    its tree, or None where it is not well-formed, declares a DOCTYPE, or is too large or too deep
Never  raises, expands a declared entity, opens a file or an address
"""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

MAX_BYTES = 32_000_000
MAX_DEPTH = 150
MAX_ELEMENTS = 1_000_000


class _Refused(ValueError):
    """The document asks for something we do not do."""


class _Builder:
    """Feeds expat's events into a tree and counts them."""

    def __init__(self) -> None:
        self.tree = TreeBuilder()
        self.depth = 0
        self.elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise _Refused
        self.tree.start(_clark(name), {_clark(key): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        self.depth -= 1
        self.tree.end(_clark(name))


def parse_xml(data: bytes) -> Element | None:
    """Give the root element with names as `{namespace}local`, None where the document is refused or broken."""
    if len(data) > MAX_BYTES:
        return None
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.tree.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
        return builder.tree.close()
    except (expat.ExpatError, ValueError, LookupError, AssertionError):
        return None


def _refuse(*_declaration: str | int | None) -> None:
    raise _Refused


def _clark(name: str) -> str:
    return "{" + name if "}" in name else name
