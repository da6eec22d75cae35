"""Seam: all that the skill runtime needs of a machine, in one place."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from skillstrata.ports.file_watch import FileWatch
from skillstrata.ports.host_facts import HostFacts
from skillstrata.ports.kept_texts import KeptTexts
from skillstrata.ports.remote_approvals import RemoteApprovals
from skillstrata.ports.remote_skill_source import RemoteSkillSource
from skillstrata.ports.routing_log import RoutingLog
from skillstrata.ports.skill_files import SkillFiles
from skillstrata.ports.skill_ledger import SkillLedger
from skillstrata.ports.skill_places import SkillPlaces
from skillstrata.ports.vectors import Vectors
from skillstrata.records.loader_settings import LoaderSettings, ScanPlace


@dataclass(frozen=True, slots=True)
class PlaceQuestion:
    """What to look at. `extra` are folders that somebody named; without `usual` they are all there is.

    `patterns` are the places of a loader's configuration, which stand for the usual ones.
    """

    project: Path
    extra: tuple[Path, ...] = ()
    usual: bool = True
    trust_project: bool = False
    patterns: tuple[ScanPlace, ...] = ()


class SkillHost(Protocol):
    """Gives the parts; checked by tests/contracts/test_skill_host.py: each one fulfils its own port."""

    @property
    def files(self) -> SkillFiles:
        """The files of skills, of any source."""
        ...

    def kept_texts(self) -> KeptTexts:
        """Give a new place for the texts of versions in use."""
        ...

    def places(self, question: PlaceQuestion) -> SkillPlaces:
        """Give the places where skills lie."""
        ...

    def facts(self, project: Path) -> HostFacts:
        """Give what this machine has."""
        ...

    def watch(self, folders: tuple[Path, ...], *, look_s: float) -> FileWatch:
        """Watch folders and all below them; `look_s` is for systems that cannot tell of changes."""
        ...

    def routing_log(self) -> RoutingLog:
        """Give the log of what was proposed for requests."""
        ...

    def servers(self, named: tuple[tuple[str, str], ...], *, wait_s: float) -> RemoteSkillSource | None:
        """Give the skills of servers, each by its label and its command or address; None where none is named."""
        ...

    def approvals(self) -> RemoteApprovals:
        """Give what somebody approved of the skills of servers."""
        ...

    def ledger(self) -> SkillLedger:
        """Give a new writer of counts, who reads those of all others."""
        ...

    def vectors(self, kind: str) -> Vectors | None:
        """Give a new store of meanings, empty; None where the kind is "none"."""
        ...

    def loader(self, path: Path) -> LoaderSettings:
        """Read a loader's configuration; raises LoaderConfigInvalid."""
        ...
