"""Parts of an Office package (Open XML): XML parts and the relations between them.

In     the bytes of a .xlsx or .pptx
Out    parsed parts by name, and where the references of one lead
Never  follows an external target, raises
"""

import posixpath
from collections.abc import Callable
from xml.etree.ElementTree import Element

from skillstrata.distill.views.archives import read_members
from skillstrata.distill.views.xml_names import attribute, children
from skillstrata.distill.views.xml_tree import parse_xml


class Package:
    """The XML parts of a package, parsed when asked for."""

    def __init__(self, data: bytes, wanted: Callable[[str], bool]) -> None:
        self._members = read_members(data, lambda name: name.endswith((".xml", ".rels")) and wanted(name))

    def part(self, name: str) -> Element | None:
        """Give the root of a part; None where it is missing or refused."""
        content = self._members.get(name)
        return parse_xml(content) if content is not None else None

    def targets(self, name: str) -> dict[str, tuple[str, str]]:
        """Give what a part refers to: id -> (kind, target); internal targets as names of parts."""
        folder, last = posixpath.split(name)
        root = self.part(f"{folder}/_rels/{last}.rels")
        found: dict[str, tuple[str, str]] = {}
        for item in children(root):
            target = attribute(item, "Target")
            if attribute(item, "TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[attribute(item, "Id")] = (attribute(item, "Type").rpartition("/")[2], target)
        return found
