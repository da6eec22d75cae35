"""This machine, as the skill runtime sees it.

In     the home folder, the data directory, the environment
Out    an adapter for each port of the runtime
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import cast

from skillstrata.adapters.local_host_facts import LocalHostFacts
from skillstrata.adapters.skill_file_folders import SkillFileFolders
from skillstrata.adapters.skill_source_places import SkillSourcePlaces
from skillstrata.adapters.text_file_store import TextFileStore
from skillstrata.ports.file_watch import FileWatch
from skillstrata.ports.host_facts import HostFacts
from skillstrata.ports.kept_texts import KeptTexts
from skillstrata.ports.remote_approvals import RemoteApprovals
from skillstrata.ports.remote_skill_source import RemoteSkillSource
from skillstrata.ports.routing_log import RoutingLog
from skillstrata.ports.skill_files import SkillFiles
from skillstrata.ports.skill_host import PlaceQuestion
from skillstrata.ports.skill_ledger import SkillLedger
from skillstrata.ports.skill_places import SkillPlaces
from skillstrata.ports.vectors import Vectors
from skillstrata.records.loader_settings import LoaderSettings

_STEP_S = 0.04


class LocalSkillHost:
    """Fulfils the SkillHost port."""

    def __init__(
        self, home: Path, data_dir: Path, environ: tuple[tuple[str, str], ...], *, managed: Path | None = None
    ) -> None:
        """Keep where things are."""
        self._home = home
        self._data_dir = data_dir
        self._environ = dict(environ)
        self._managed = managed
        self._files = SkillFileFolders(home)

    @property
    def files(self) -> SkillFiles:
        """The files of skills, of any source."""
        return self._files

    def kept_texts(self) -> KeptTexts:
        """Give a new place for the texts of versions in use."""
        return TextFileStore()

    def places(self, question: PlaceQuestion) -> SkillPlaces:
        """Give the places where skills lie."""
        return SkillSourcePlaces(question, self._home, self._data_dir / "skills", managed=self._managed)

    def facts(self, project: Path) -> HostFacts:
        """Give what this machine has."""
        return LocalHostFacts(self._environ, self._home, project)

    def watch(self, folders: tuple[Path, ...], *, look_s: float) -> FileWatch:
        """Watch folders of skills, and the skills in them."""
        # The library behind it is only for those who stay to watch.
        make = cast("Callable[..., FileWatch]", _later("skill_folder_watch", "WatchedSkillFolders"))
        return make(folders, step_s=min(_STEP_S, look_s), look_s=look_s)

    def routing_log(self) -> RoutingLog:
        """Give the log of what was proposed for requests."""
        make = cast("Callable[[Path], RoutingLog]", _later("jsonl_routing_log", "JsonlRoutingLog"))
        return make(self._data_dir / "routes.jsonl")

    def servers(self, named: tuple[tuple[str, str], ...], *, wait_s: float) -> RemoteSkillSource | None:
        """Give the skills of servers; None where none is named, and nothing is imported then."""
        if not named:
            return None
        make = cast("Callable[..., RemoteSkillSource]", _later("mcp_skill_servers", "McpSkillServers"))
        return make(named, wait_s=wait_s)

    def approvals(self) -> RemoteApprovals:
        """Give what somebody approved of the skills of servers."""
        make = cast("Callable[[Path], RemoteApprovals]", _later("approval_file", "ApprovalFile"))
        return make(self._data_dir / "skill-approvals.json")

    def ledger(self) -> SkillLedger:
        """Give a new writer of counts, who reads those of all others."""
        make = cast("Callable[[Path], SkillLedger]", _later("skill_ledger_files", "SkillLedgerFiles"))
        return make(self._data_dir / "skill-runtime")

    def vectors(self, kind: str) -> Vectors | None:
        """Give a new store of meanings, empty; None where the kind is "none"."""
        if kind == "none":
            return None
        make = cast("Callable[..., Vectors]", _later("embedded_vectors", "EmbeddedVectors"))
        return make(_later("hashed_embedding", "hashed"))

    def loader(self, path: Path) -> LoaderSettings:
        """Read a loader's configuration; raises LoaderConfigInvalid."""
        return cast("Callable[[Path], LoaderSettings]", _later("loader_config_file", "read_loader_config"))(path)


def _later(module: str, name: str) -> object:
    return getattr(importlib.import_module(f"skillstrata.adapters.{module}"), name)
