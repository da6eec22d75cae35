"""Claude Code's configuration: our hooks in its settings, our server in its MCP list.

In     whose settings (user or project), where our data lies, and the command that starts our MCP server
Out    settings.json, .mcp.json or the client's own list with exactly our entries; DATA_DIR/hooks/capture.sh
Never  edits the client's private ~/.claude.json: `claude mcp add` does, or the person does
Why    every file is read and judged before the first one is written, so that a refusal leaves nothing half done
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Literal

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.adapters.claude_code_entries import SERVER, HookEntries, ServerEntry
from skillstrata.adapters.edited_files import EditedFile, Ledger
from skillstrata.ports.agent_config import ConfigChange

_CLIENT_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class ClaudeCodeSettings:
    """Fulfils the AgentConfig port for one scope.

    `program` is the command line of our MCP server; `starter` begins the one that starts the background process (none:
    there is no entry for that, nor for what it prepares). `environ` says where the client's settings and program are.
    """

    home: Path
    project: Path | None
    data_dir: Path
    scope: Literal["user", "project"]
    program: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    starter: tuple[str, ...] = ()

    def hook_path(self) -> str:
        """Give the hook script's absolute path, whether it is there or not."""
        return str(self._script)

    def put_hook(self) -> str:
        """Write the hook script alone, and the folders it hands over by; give its absolute path.

        Raises:
            StoreFull: It cannot be written.
        """
        return self._script_change(dry_run=False).path

    def installed(self) -> tuple["ClaudeCodeSettings", ...]:
        """Give the configuration of every place that the notes in the data directory name.

        Raises:
            ConfigUnreadable: The notes or a file of one of these places do not parse; nothing was changed.
        """
        places = tuple(dict.fromkeys(self._owner(Path(file)) for file in self._ledger.all()))
        found = tuple(
            replace(self, scope="project", project=folder)
            if scope == "project"
            else replace(self, scope="user", project=None, environ=self._environ_of(folder))
            for scope, folder in places
        )
        for one in found:
            one._judge()
        return found

    def install(self, *, dry_run: bool = False) -> tuple[ConfigChange, ...]:
        """Put hook script, hooks and MCP entry in place; a second time changes nothing.

        Raises:
            ConfigUnreadable: A file does not parse; nothing was changed.
            StoreFull: A file cannot be written.
        """
        settings, hooks = self._settings, self._hooks
        self._judge()
        previews = [settings.preview(hooks.put)]
        if self.scope == "project":
            previews.append(self._mcp_file.preview(self._server(self._mcp_file).put))
        if dry_run:
            return (self._scripts_change(dry_run=True), *self._previewed(previews))
        script = self._scripts_change(dry_run=False)
        changed = settings.put(hooks.put, hooks.take_out)
        return (script, ConfigChange("hooks", str(settings.path), changed), self._register())

    def uninstall(self) -> tuple[ConfigChange, ...]:
        """Take our entries out; the script goes with the last settings file that names it.

        Raises:
            ConfigUnreadable: A file does not parse; nothing was changed.
            StoreFull: A file cannot be written.
        """
        settings, hooks = self._settings, self._hooks
        self._judge()
        changes = (
            ConfigChange("hooks", str(settings.path), settings.take_out(hooks.take_out)),
            self._unregister(),
        )
        return (*changes, self._remove_script())

    def _judge(self) -> None:
        """Read every file of this place, so that a refusal comes before the first change."""
        for file in (self._settings, self._mcp_file if self.scope == "project" else self._client_file):
            file.text()

    def _owner(self, file: Path) -> tuple[Literal["user", "project"], Path]:
        """Tell whose an edited file is: the user's with the folder it lies in, or a project's with the project."""
        if file.name == ".mcp.json":
            return "project", file.parent
        is_users = file.parent == self._user_folder or file.parent.name != ".claude"
        return ("user", file.parent) if is_users else ("project", file.parent.parent)

    def _environ_of(self, user_folder: Path) -> Mapping[str, str]:
        """Point the client to the folder it had when it was installed there."""
        if user_folder == self._user_folder:
            return self.environ
        return {**self.environ, "CLAUDE_CONFIG_DIR": str(user_folder)}

    @property
    def _script(self) -> Path:
        return self.data_dir.absolute() / "hooks" / "capture.sh"

    @property
    def _starter_script(self) -> Path:
        return self._script.with_name("start-daemon.sh")

    @property
    def _warm_script(self) -> Path:
        return self._script.with_name("warm-start.sh")

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self._script.with_name("installed.json"))

    @property
    def _project(self) -> Path:
        return (self.project or Path.cwd()).absolute()

    @property
    def _settings(self) -> EditedFile:
        folder = self._project / ".claude" if self.scope == "project" else self._user_folder
        return EditedFile(folder / "settings.json", self._ledger)

    @property
    def _user_folder(self) -> Path:
        moved = self.environ.get("CLAUDE_CONFIG_DIR")
        return Path(moved).absolute() if moved else self.home.absolute() / ".claude"

    @property
    def _hooks(self) -> HookEntries:
        starter, warmer = str(self._starter_script), str(self._warm_script)
        unreadable = self._settings.unreadable
        return HookEntries(str(self._script), unreadable, starter, starts=bool(self.starter), warmer=warmer)

    @property
    def _mcp_file(self) -> EditedFile:
        return EditedFile(self._project / ".mcp.json", self._ledger)

    @property
    def _client_file(self) -> EditedFile:
        """Where the client keeps its own list of servers; only read here."""
        moved = self.environ.get("CLAUDE_CONFIG_DIR")
        folder = Path(moved).absolute() if moved else self.home.absolute()
        return EditedFile(folder / ".claude.json", self._ledger)

    def _server(self, file: EditedFile) -> ServerEntry:
        return ServerEntry(self.program, file.unreadable)

    def _scripts_change(self, *, dry_run: bool) -> ConfigChange:
        """Write every script; they are one place, for none is of use without the others."""
        capture = self._script_change(dry_run=dry_run)
        if not self.starter:
            return capture
        pid = self.data_dir.absolute() / "daemon" / "pid"
        script = _filled("start-daemon.sh", PID=shlex.quote(str(pid)), PROGRAM=shlex.join(self.starter))
        warm = _filled("warm-start.sh", WARM=shlex.quote(str(self.data_dir.absolute() / "warm")))
        changed = [
            text
            for path, text in ((self._starter_script, script), (self._warm_script, warm))
            if _written(path, text, dry_run=dry_run)
        ]
        shown = "\n".join((capture.preview, *(text.decode() for text in changed if dry_run))).strip("\n")
        return replace(capture, changed=capture.changed or bool(changed), preview=shown)

    def _script_change(self, *, dry_run: bool) -> ConfigChange:
        spool = self.data_dir.absolute() / "spool"
        script = _filled("hook.sh", SPOOL=shlex.quote(str(spool)))
        if not dry_run:
            with storing(self._script):
                for name in ("tmp", "new", "quarantine"):
                    make_folder(spool / name)
                for folder in (spool, spool / "tmp", spool / "new", spool / "quarantine"):
                    folder.chmod(0o700)
        changed = _written(self._script, script, dry_run=dry_run)
        return ConfigChange(
            "hook script", str(self._script), changed, preview=script.decode() if dry_run and changed else ""
        )

    def _remove_script(self) -> ConfigChange:
        is_needed = any(Path(path).name == "settings.json" for path in self._ledger.all())
        changed = self._script.is_file() and not is_needed
        with storing(self._script):
            if changed:
                self._script.unlink()
                self._starter_script.unlink(missing_ok=True)
                self._warm_script.unlink(missing_ok=True)
            if self._script.parent.is_dir() and not any(self._script.parent.iterdir()):
                self._script.parent.rmdir()
        return ConfigChange("hook script", str(self._script), changed)

    def _previewed(self, previews: list[str]) -> tuple[ConfigChange, ...]:
        hooks = ConfigChange("hooks", str(self._settings.path), bool(previews[0]), preview=previews[0])
        if self.scope == "project":
            return (hooks, ConfigChange("MCP server", str(self._mcp_file.path), bool(previews[1]), preview=previews[1]))
        command = shlex.join(("claude", *self._adding)) if self._registered() != self.program else ""
        return (hooks, ConfigChange("MCP server", str(self._client_file.path), bool(command), preview=command))

    @property
    def _adding(self) -> tuple[str, ...]:
        return ("mcp", "add", "--scope", "user", SERVER, "--", *self.program)

    def _registered(self) -> tuple[str, ...] | None:
        file = self._client_file
        text = file.text()
        return self._server(file).registered(text) if text is not None else None

    def _register(self) -> ConfigChange:
        if self.scope == "project":
            file, server = self._mcp_file, self._server(self._mcp_file)
            return ConfigChange("MCP server", str(file.path), file.put(server.put, server.take_out))
        registered = self._registered()
        if registered == self.program:
            return ConfigChange("MCP server", str(self._client_file.path), changed=False)
        if registered is not None:
            self._ask_client(("mcp", "remove", "--scope", "user", SERVER))
        return self._ask_client(self._adding)

    def _unregister(self) -> ConfigChange:
        if self.scope == "project":
            file = self._mcp_file
            return ConfigChange("MCP server", str(file.path), file.take_out(self._server(file).take_out))
        if self._registered() is None:
            return ConfigChange("MCP server", str(self._client_file.path), changed=False)
        return self._ask_client(("mcp", "remove", "--scope", "user", SERVER))

    def _ask_client(self, words: tuple[str, ...]) -> ConfigChange:
        """Let the client change its own list; where it cannot, say what to run by hand."""
        client = shutil.which("claude", path=self.environ.get("PATH", os.defpath))
        path, by_hand = str(self._client_file.path), shlex.join(("claude", *words))
        if client is None:
            return ConfigChange("MCP server", path, changed=False, instructions=f"run: {by_hand}")
        environ = {**self.environ, "HOME": str(self.home), "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
        try:
            done = subprocess.run(
                [client, *words],
                env=environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=_CLIENT_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return ConfigChange("MCP server", path, changed=False, instructions=f"{error}; run: {by_hand}")
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            return ConfigChange("MCP server", path, changed=False, instructions=f"claude said: {said}; run: {by_hand}")
        return ConfigChange("MCP server", path, changed=True)


def _filled(template: str, **places: str) -> bytes:
    text = resources.files("skillstrata.adapters").joinpath(template).read_text(encoding="utf-8")
    for name, value in places.items():
        text = text.replace(f"@{name}@", value)
    return text.encode()


def _written(path: Path, script: bytes, *, dry_run: bool) -> bool:
    changed = not path.is_file() or path.read_bytes() != script
    if changed and not dry_run:
        with storing(path):
            make_folder(path.parent)
            write_atomic(path, script, mode=0o700)
    return changed
