"""Names in a parsed XML tree, without their namespaces.

In     elements
Out    local names, attributes and children by local name
Never  tells two namespaces apart: the formats read here do not mix them under one name
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element


def local(element: Element) -> str:
    """Give an element's name."""
    return element.tag.rpartition("}")[2]


def attribute(element: Element | None, name: str) -> str:
    """Give the value of an attribute, "" where there is none."""
    if element is None:
        return ""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def child(element: Element | None, *path: str) -> Element | None:
    """Follow a path of names down, the first child of each; None where it ends early."""
    for name in path:
        element = None if element is None else next((one for one in element if local(one) == name), None)
    return element


def children(element: Element | None) -> tuple[Element, ...]:
    """Give the elements right inside."""
    return () if element is None else tuple(element)


def below(element: Element | None, name: str) -> Iterator[Element]:
    """Give every element of that name below, in order."""
    return iter(()) if element is None else (one for one in element.iter() if local(one) == name)


def whole_number(text: str, *, most: int) -> int:
    """Read a count from a stranger's attribute: 1 where it is none, never more than `most`."""
    return min(int(text), most) if text.isascii() and text.isdigit() and 0 < len(text) < len(str(most)) + 9 else 1
