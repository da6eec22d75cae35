"""A plugin for an agent's client, as it was built.

Shapes  `files` are paths in the plugin's folder, sorted; `changed` are those whose bytes are others than before
"""

from dataclasses import dataclass
from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError


class PluginFolderForeign(StrataError):
    """A folder for a plugin that holds what we did not write, or what somebody changed since."""

    code: ClassVar[str] = "plugin.folder_foreign"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class PluginBuild:
    """What one build wrote. `removed` are files of an earlier build that are no part of this one."""

    folder: str
    version: str
    program: str
    files: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    marketplace: bool
