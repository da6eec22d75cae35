"""YAML to nodes whose scalars are text: by libyaml, or by PyYAML's own parser where that is missing.

In     text
Out    events, or one tree of nodes
Never  makes a value of a scalar
"""

from typing import Protocol

import yaml


class NodeReader(Protocol):
    """What is used of PyYAML's loaders."""

    def check_event(self) -> bool:
        """Say whether another event comes."""
        ...

    def get_event(self) -> yaml.Event | None:
        """Give the next event."""
        ...

    def get_single_node(self) -> yaml.Node | None:
        """Give the tree, None where there is none."""
        ...


class _Untyped:
    """A resolver that gives every node the same tag, so that only tags which were written are seen."""

    def descend_resolver(self, current_node: yaml.Node | None, current_index: int | None) -> None:
        """Do nothing."""

    def ascend_resolver(self) -> None:
        """Do nothing."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: tuple[bool, bool] | bool) -> str:
        """Give no tag."""
        return ""


class _PlainReader(_Untyped, yaml.BaseLoader):
    pass


def plain_reader(text: str) -> NodeReader:
    """Read with PyYAML's own parser."""
    return _PlainReader(text)


if yaml.__with_libyaml__:

    class _FastReader(_Untyped, yaml.CBaseLoader):
        pass

    def yaml_reader(text: str) -> NodeReader:
        """Read with libyaml."""
        return _FastReader(text)

else:

    def yaml_reader(text: str) -> NodeReader:
        """Read with what there is."""
        return plain_reader(text)
