"""The place that picks adapters: Settings in, an App with every port behind a property out.

In     Settings; the ports of skills and of the capability tree come from `app.wiring_tools`
Why    adapters are imported where they are first needed, so that `skillstrata ls` does not pay for the sandbox, uv
       or the database; these two files alone may import inside functions for that (pyproject, per-file ignores)
"""

import math
import platform
import shutil
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import platformdirs

from skillstrata.app.data_format import DATA_FORMAT, has_known_format
from skillstrata.app.own_program import own_program
from skillstrata.app.settings import MB, Settings
from skillstrata.app.wiring_tools import ToolPorts
from skillstrata.ports.agent_config import AgentConfig, Scope
from skillstrata.ports.agent_plugin import AgentPlugin
from skillstrata.ports.agent_record_reader import AgentRecordReader
from skillstrata.ports.attempt_log import AttemptLog
from skillstrata.ports.blob_stock import BlobStock
from skillstrata.ports.blob_store import BlobStore
from skillstrata.ports.catalog import Catalog
from skillstrata.ports.daemon_post import DaemonPost
from skillstrata.ports.disk import Disk, Snapshots
from skillstrata.ports.environments import DAY_S, Environments
from skillstrata.ports.file_watch import FileWatch
from skillstrata.ports.history_files import HistoryFiles
from skillstrata.ports.history_reader import HistoryReader
from skillstrata.ports.installed_distributions import InstalledDistributions
from skillstrata.ports.judge import Judge
from skillstrata.ports.library_store import LibraryStore
from skillstrata.ports.machine import Machine
from skillstrata.ports.process_lock import ProcessLock
from skillstrata.ports.processes import Processes
from skillstrata.ports.runtimes import Runtimes
from skillstrata.ports.sandbox import Sandbox
from skillstrata.ports.services import Services
from skillstrata.ports.spool import Spool
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.ports.trace_log import TraceLog
from skillstrata.records.failures import ConfigUnreadable, StoreFull


class App(ToolPorts):
    """Every port of the product, made at first use for one data directory."""

    def with_install(self) -> "App":
        """Give an App that may fetch distributions over the network."""
        return App(replace(self.settings, allow_install=True))

    def prepare(self) -> None:
        """Make the data directory and check that its format is one we know.

        Raises:
            StoreNewer: A newer version of the program wrote it.
            StoreFull: It cannot be made.
        """
        mark = self.data_dir / "format"
        if not has_known_format(mark, DATA_FORMAT):
            self._write_mark(mark)

    def _write_mark(self, mark: Path) -> None:
        from skillstrata.adapters.atomic_files import write_atomic

        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomic(mark, f"{DATA_FORMAT}\n".encode())
        except OSError as error:
            raise StoreFull(
                f"cannot write in {self.data_dir}: {error.strerror}", hint="free space or choose another --data-dir"
            ) from error

    def sweep(self) -> None:
        """Remove what writers and runs that were killed left behind."""
        from skillstrata.adapters.contained_folder import remove_stale
        from skillstrata.adapters.stale_files import sweep_stores

        sweep_stores(self.data_dir, self.clock.now_s())
        remove_stale()

    def sweep_all(self) -> None:
        """Do the same whatever its age; nobody else may write to the stores meanwhile."""
        from skillstrata.adapters.stale_files import sweep_stores

        sweep_stores(self.data_dir, math.inf)

    def binaries_on_path(self, name: str) -> bool:
        """Say whether a program is installed where the sandbox sees it."""
        return shutil.which(name, path="/usr/bin:/bin") is not None

    def project_of(self, folder: Path) -> Path:
        """Give what stands for the project that a folder belongs to: one for all worktrees of a repository."""
        from skillstrata.adapters.git_projects import project_of

        return project_of(folder, home=self.settings.home)

    @cached_property
    def catalog(self) -> Catalog:
        """The index, in catalog.db."""
        from skillstrata.adapters.sqlite_catalog import SqliteCatalog

        return SqliteCatalog(self.data_dir / "catalog.db")

    @cached_property
    def blobs(self) -> BlobStore:
        """Content-addressed bytes."""
        from skillstrata.adapters.file_blob_store import FileBlobStore

        return FileBlobStore(self.data_dir / "blobs")

    @cached_property
    def traces(self) -> TraceLog:
        """The event log."""
        from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog

        return JsonlTraceLog(self.data_dir / "traces")

    @cached_property
    def spool(self) -> Spool:
        """The hook's hand-over folder."""
        from skillstrata.adapters.spool_folder import SpoolFolder

        return SpoolFolder(self.data_dir / "spool")

    @cached_property
    def reader(self) -> AgentRecordReader:
        """Reads Claude Code hook payloads."""
        from skillstrata.adapters.claude_code_hook import ClaudeCodeHookReader

        return ClaudeCodeHookReader()

    @cached_property
    def history_files(self) -> HistoryFiles:
        """Where agents' histories lie."""
        from skillstrata.adapters.history_folders import HistoryFolders

        return HistoryFolders()

    @cached_property
    def history_readers(self) -> tuple[HistoryReader, ...]:
        """Readers of every agent's histories."""
        from skillstrata.adapters.claude_code_transcript import ClaudeCodeTranscriptReader
        from skillstrata.adapters.codex_rollout import CodexRollouts
        from skillstrata.adapters.copilot_events import CopilotEvents
        from skillstrata.adapters.gemini_chat import GeminiChats
        from skillstrata.adapters.opencode_store import OpenCodeStore

        return (ClaudeCodeTranscriptReader(), CodexRollouts(), GeminiChats(), CopilotEvents(), OpenCodeStore())

    @cached_property
    def disk(self) -> Disk:
        """The user's files."""
        from skillstrata.adapters.disk_files import DiskFiles

        return DiskFiles()

    @cached_property
    def snapshots(self) -> Snapshots:
        """Copies of what events name."""
        from skillstrata.adapters.snapshots import FileSnapshots
        from skillstrata.distill.media import media_type_of

        most = self.settings.snapshots_max_file_mb * MB
        return FileSnapshots(
            self.disk, self.blobs, self.redactor, max_bytes=most, stock=self.blob_stock, type_of=media_type_of
        )

    @cached_property
    def redactor(self) -> TextRedactor:
        """Finds secrets: by the table, by the user's rules, and those values that this machine is known to have."""
        from skillstrata.adapters.secret_value_file import SecretValueFile
        from skillstrata.capture import Redactor, custom_rules

        path = self.settings.redaction_rules
        custom = None if path is None else custom_rules(self._words_of(path), str(path))
        if not self.settings.redaction_values:
            return Redactor(custom=custom)
        store = SecretValueFile(self.data_dir / "redaction")
        return Redactor(dict(self.settings.environ), custom=custom, store=store, disk=self.disk)

    def _words_of(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigUnreadable(
                f"the redaction rules {path} cannot be read: {error}",
                hint="mend the file, or name another one in the setting redaction.rules",
            ) from error

    @cached_property
    def library(self) -> LibraryStore:
        """The skill folders."""
        from skillstrata.adapters.skill_folders import SkillFolders

        return SkillFolders(self.data_dir / "skills")

    @cached_property
    def attempts(self) -> AttemptLog:
        """What a pass is at work on."""
        from skillstrata.adapters.attempt_file import AttemptFile

        return AttemptFile(self.data_dir / "attempts.json")

    @cached_property
    def lock(self) -> ProcessLock:
        """One distiller per data directory."""
        from skillstrata.adapters.file_lock import LockFile

        return LockFile(self.data_dir / "distill.lock")

    @cached_property
    def patient_lock(self) -> ProcessLock:
        """The same lock, for whoever has asked the holder to end: a batch does so within a second."""
        from skillstrata.adapters.file_lock import LockFile

        return LockFile(self.data_dir / "distill.lock", wait_s=5.0)

    @cached_property
    def ingest_lock(self) -> ProcessLock:
        """One reader of the spool."""
        from skillstrata.adapters.file_lock import LockFile

        return LockFile(self.data_dir / "ingest.lock", wait_s=30.0)

    @cached_property
    def daemon_post(self) -> DaemonPost:
        """Where the background process says that it runs."""
        from skillstrata.adapters.daemon_files import DaemonFiles

        return DaemonFiles(self.data_dir)

    @cached_property
    def processes(self) -> Processes:
        """Starts our own program."""
        from skillstrata.adapters.own_processes import OwnProcesses

        return OwnProcesses(own_program(), self.data_dir / "daemon" / "log")

    @cached_property
    def machine(self) -> Machine:
        """How busy this machine is."""
        from skillstrata.adapters.idle_machine import ThisMachine

        return ThisMachine()

    def watch_spool(self) -> FileWatch:
        """Watch the spool and the requests to the background process; both are made if need be."""
        from skillstrata.adapters.atomic_files import make_folder, storing
        from skillstrata.adapters.file_watch import WatchedFolders
        from skillstrata.adapters.spool_folder import make_spool

        asked = self.data_dir / "daemon" / "asked"
        make_spool(self.data_dir / "spool")
        with storing(asked):
            make_folder(asked)
        folders = (self.data_dir / "spool" / "new", asked)
        return WatchedFolders(folders, look_s=self.settings.daemon_poll_s)

    @cached_property
    def blob_stock(self) -> BlobStock:
        """What the copies of files take, and may take."""
        from skillstrata.adapters.blob_stock import FileBlobStock

        settings = self.settings
        return FileBlobStock(
            self.data_dir / "blobs",
            most_bytes=settings.snapshots_max_mb * MB,
            least_free_bytes=settings.disk_min_free_mb * MB,
            free=self.machine.free_bytes,
        )

    def services(self, words: tuple[str, ...]) -> Services:
        """Give the user's service manager, for the background process with these options."""
        from skillstrata.adapters.service_units import UserServices, suffix_of

        usual = Path(platformdirs.user_data_dir("skillstrata"))
        program = (*own_program(), *words, "daemon", "run")
        return UserServices(program, self.settings.home, suffix_of(self.data_dir, usual))

    def is_capturing(self) -> bool:
        """Say whether a hook hands events over to this data directory."""
        return (self.data_dir / "format").is_file() and (self.data_dir / "spool" / "tmp").is_dir()

    def is_work_open(self) -> bool:
        """Say whether a pass would find something to do."""
        return bool(self.catalog.open_sessions()) or self.catalog.accounting().executions.open > 0

    @cached_property
    def sandbox(self) -> Sandbox:
        """Where tools run: in the tier that the settings choose, and nowhere when that one is missing."""
        if self.settings.sandbox == "isolated":
            return self.proving_sandbox
        if platform.system() == "Darwin":
            from skillstrata.adapters.seatbelt_sandbox import SeatbeltSandbox

            return SeatbeltSandbox()
        from skillstrata.adapters.landlock_sandbox import LandlockSandbox

        return LandlockSandbox()

    @cached_property
    def proving_sandbox(self) -> Sandbox:
        """Where recorded programs are tried and proved: always isolated, whatever the settings say."""
        from skillstrata.adapters.bubblewrap import BubblewrapSandbox

        return BubblewrapSandbox(state=self.data_dir / "sandbox")

    @cached_property
    def environments(self) -> Environments:
        """Pinned environments."""
        from skillstrata.adapters.uv_environments import UvEnvironments

        root, settings = self.data_dir / "envs", self.settings
        kept = (settings.environments_unused_days * DAY_S, settings.environments_max_mb * MB or None)
        return UvEnvironments(root, self.data_dir / "uv-cache", allow_network=settings.allow_install, kept=kept)

    @cached_property
    def runtimes(self) -> Runtimes:
        """Interpreters of this machine."""
        from skillstrata.adapters.installed_runtimes import InstalledRuntimes

        return InstalledRuntimes()

    @cached_property
    def installed(self) -> InstalledDistributions:
        """What is installed where recorded programs ran."""
        from skillstrata.adapters.site_packages import SitePackages

        return SitePackages(dict(self.settings.environ).get("PATH", ""))

    @cached_property
    def judge(self) -> Judge | None:
        """A model that can be asked about purposes, as the settings choose; None where nobody is asked."""
        from skillstrata.adapters.judges import chosen_judge

        one, environ = self.settings, dict(self.settings.environ)
        return chosen_judge(one.judge_mode, one.judge_model, timeout_s=one.judge_timeout_s, environ=environ)

    @cached_property
    def agent_plugin(self) -> AgentPlugin:
        """The plugin for Claude Code."""
        from skillstrata.adapters.plugin_folder import ClaudeCodePlugin

        return ClaudeCodePlugin()

    def agent_config(self, *, scope: Scope, project: Path, program: tuple[str, ...]) -> AgentConfig:
        """Give Claude Code's configuration, of the user or of one project."""
        from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings

        return ClaudeCodeSettings(
            home=self.settings.home,
            project=project if scope == "project" else None,
            data_dir=self.data_dir,
            scope=scope,
            program=program,
            starter=(*own_program(), "--data-dir", str(self.data_dir)),
        )


def open_app(settings: Settings) -> App:
    """Make the App of these settings; cheap, nothing is opened or imported."""
    return App(settings)
