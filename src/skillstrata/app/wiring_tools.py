"""Picks the adapters of skills and of tools made of tools: the second half of `app.wiring`.

Why    imports stand where they are first needed, as in `app.wiring`; two files, because no file grows over its cap
       (docs/adr/0012)
"""

from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from skillstrata.app.own_program import own_program
from skillstrata.app.settings import Settings
from skillstrata.ports.audit_log import AuditLog
from skillstrata.ports.clock import Clock
from skillstrata.ports.command_parser import CommandParser
from skillstrata.ports.composed_store import ComposedStore
from skillstrata.ports.grant_store import GrantStore
from skillstrata.ports.policy_source import PolicySource
from skillstrata.ports.run_store import RunStore
from skillstrata.ports.sandbox import Sandbox
from skillstrata.ports.server_list import ServerList
from skillstrata.ports.server_tools import ServerTools
from skillstrata.ports.skill_host import SkillHost
from skillstrata.ports.skill_resources import SkillResources
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.ports.tool_backend import Cancellation, ToolBackend
from skillstrata.ports.tool_pins import ToolPins

_MANAGED = Path("/etc/skillstrata/policy.toml")


class ToolPorts:
    """The ports of skills and of the capability tree; `App` has them all."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; nothing is opened."""
        self.settings = settings

    @property
    def data_dir(self) -> Path:
        """Give the data directory."""
        return self.settings.data_dir

    @cached_property
    def clock(self) -> Clock:
        """The time."""
        from skillstrata.adapters.system_clock import SystemClock

        return SystemClock()

    @cached_property
    def redactor(self) -> TextRedactor:
        """Finds secrets; App has it."""
        raise NotImplementedError

    @cached_property
    def sandbox(self) -> Sandbox:
        """Where tools run; App has it."""
        raise NotImplementedError

    @cached_property
    def skill_host(self) -> SkillHost:
        """What the skill runtime needs of this machine: files, places, programs, changes."""
        from skillstrata.adapters.local_skill_host import LocalSkillHost

        settings, skills = self.settings, self.settings.skills
        return LocalSkillHost(settings.home, self.data_dir, settings.environ, managed=skills.managed)

    @cached_property
    def skill_resources(self) -> SkillResources:
        """The folders around SKILL.md files."""
        from skillstrata.adapters.skill_resources import SkillResourceFolders

        return SkillResourceFolders()

    @cached_property
    def run_store(self) -> RunStore:
        """The runs of composed tools."""
        from skillstrata.adapters.run_files import RunFiles

        return RunFiles(self.data_dir / "runs")

    @cached_property
    def tool_pins(self) -> ToolPins:
        """Definitions of foreign tools as they were approved."""
        from skillstrata.adapters.tool_pins_file import ToolPinsFile

        return ToolPinsFile(self.data_dir / "tool_pins.json")

    @cached_property
    def server_list(self) -> ServerList:
        """MCP servers that the user or the project configured."""
        from skillstrata.adapters.agent_server_files import AgentServerFiles

        settings = self.settings
        return AgentServerFiles(
            settings.home,
            dict(settings.environ),
            config=settings.config_path,
            project_trusted=settings.skills.trust_project,
            program=own_program(),
        )

    def server_tools(self, project: Path) -> ServerTools:
        """Give the tools of every MCP server that holds in a project; nothing is started yet."""
        from skillstrata.adapters.mcp_backend import McpBackend

        return McpBackend(lambda: self.server_list.servers(project), self.tool_pins, dict(self.settings.environ))

    def native_tools(self, project: Path) -> ToolBackend:
        """Give the tools we bring ourselves. Hosts, folders and limits are for policy to say, call by call.

        What this program keeps, what it is told by, and what agents obey is closed to them, wherever it lies.
        """
        from skillstrata.adapters.native_backend import NativeParts, native_backend
        from skillstrata.library import planted

        return native_backend(
            NativeParts(
                planted,
                lambda: self.sandbox,
                self.settings.compose.roots,
                closed=self.closed(project),
                spared=(str(self.data_dir / "outputs"),),
            )
        )

    def closed(self, project: Path) -> tuple[str, ...]:
        """Give where no tool writes: what this program keeps, all that it is told by, and what agents obey.

        The first is the data directory, of which `outputs` is open to tools.
        """
        settings = self.settings
        agents = Path(dict(settings.environ).get("CLAUDE_CONFIG_DIR") or settings.home / ".claude")
        told = (
            settings.config_path,
            _MANAGED,
            settings.policy_managed,
            settings.skills.loader,
            settings.redaction_rules,
        )
        files = [path for path in told if path is not None]
        files += [project / ".skillstrata", project / ".mcp.json", settings.home / ".claude.json"]
        for folder in (agents, settings.home / ".claude", project / ".claude"):
            files += [folder / name for name in ("settings.json", "settings.local.json", ".claude.json")]
        return tuple(str(path.absolute()) for path in (self.data_dir, *files))

    @cached_property
    def composed_store(self) -> ComposedStore:
        """What is compiled."""
        from skillstrata.adapters.composed_tools_file import ComposedToolsFile

        return ComposedToolsFile(self.data_dir / "composed_tools.json")

    @cached_property
    def command_parser(self) -> CommandParser:
        """Reads shell text by its grammar."""
        from skillstrata.adapters.shell_commands import ShellGrammar

        return ShellGrammar()

    def policy_source(self, project: Path) -> PolicySource:
        """Give the layers of policy: the organisation's, the user's, and those of the folder worked in."""
        from skillstrata.adapters.policy_files import PolicyFiles, PolicyPlace

        trusted, loader = self.settings.skills.trust_project, self.settings.skills.loader
        yaml = () if loader is None else (PolicyPlace("user", loader, is_loader=True),)
        more = self.settings.policy_managed
        managed = () if more is None else (PolicyPlace("managed", more),)
        return PolicyFiles(
            (
                PolicyPlace("managed", _MANAGED),
                *managed,
                PolicyPlace("user", self.data_dir / "policy.toml"),
                *yaml,
                PolicyPlace("project", project / ".skillstrata" / "policy.toml", trusted),
            )
        )

    @cached_property
    def audit_log(self) -> AuditLog:
        """What was decided and done."""
        from skillstrata.adapters.audit_file import AuditFile

        return AuditFile(self.data_dir / "audit", self.clock.now_s, mask=lambda text: self.redactor.redact(text).text)

    @cached_property
    def grant_store(self) -> GrantStore:
        """Consents that were asked for and given."""
        from skillstrata.adapters.grant_file import GrantFile

        return GrantFile(self.data_dir / "grants.json", self.clock.now_s)

    def request_state_key(self) -> bytes:
        """Give the key that seals what a client hands back with an answer; made at the first question."""
        from skillstrata.adapters.key_file import stored_key

        return stored_key(self.data_dir / "request_state.key")

    def stoppable(self, cancel: Cancellation) -> AbstractContextManager[None]:
        """Let sandboxed runs of this thread end as soon as they are cancelled."""
        from skillstrata.adapters.sandbox_stop import stoppable

        return stoppable(cancel)
