"""A YAML reader that resolves nothing: libyaml's, or the one in Python where that is missing.

In     text
Out    events, or one tree of nodes whose scalars are text
Never  makes a value of a scalar
"""

from typing import Protocol

import yaml


class YamlReader(Protocol):
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


class _AsWritten:
    """A resolver that resolves nothing; a scalar's style tells what it was."""

    def descend_resolver(self, current_node: yaml.Node | None, current_index: int | None) -> None:
        """Do nothing."""

    def ascend_resolver(self) -> None:
        """Do nothing."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: tuple[bool, bool] | bool) -> str:
        """Give the same tag for all."""
        return ""


class _PureReader(_AsWritten, yaml.BaseLoader):
    pass


def pure_reader(text: str) -> YamlReader:
    """Read with PyYAML's own parser."""
    return _PureReader(text)


if yaml.__with_libyaml__:

    class _LibraryReader(_AsWritten, yaml.CBaseLoader):
        pass

    def yaml_reader(text: str) -> YamlReader:
        """Read with libyaml, ten times as fast."""
        return _LibraryReader(text)

else:

    def yaml_reader(text: str) -> YamlReader:
        """Read with what there is."""
        return pure_reader(text)
