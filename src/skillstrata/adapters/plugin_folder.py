"""The Claude Code plugin as a folder: made from templates of the package, and known again by what was written.

In     version, the word that starts our program
Out    FOLDER with plugin.json, hooks, MCP entry, skill, commands, README; with the marketplace entry where asked
Never  replaces or removes a file that it did not write, or that was edited since
Why    `.claude-plugin/built.json` holds the digest of each file: a folder without it is somebody else's
"""

import hashlib
import json
import shlex
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.adapters.claude_code_entries import EVENTS, SERVER, STARTS_AT, TIMEOUT_S, WARM_SOURCES
from skillstrata.records.failures import StoreFull
from skillstrata.records.plugins import PluginBuild, PluginFolderForeign

NAME = "skillstrata"
_BUILT = ".claude-plugin/built.json"
_DESCRIPTION = "Turns the programs agents write while they work into proven, reusable tools, and offers them back."
_SCRIPT = "hooks/capture.sh"
_WARM_SCRIPT = "hooks/warm-start.sh"
# `skillstrata init` may have installed the same hook; an agent is not told twice.
_WARM_PLACE = """warm=$data/warm
[ ! -e "$data/hooks/warm-start.sh" ] ||
    ! grep -qsF /hooks/warm-start.sh "${CLAUDE_CONFIG_DIR:-${HOME:-/dev/null}/.claude}/settings.json" \\
        "${CLAUDE_PROJECT_DIR:-.}/.claude/settings.json" || exit 0
"""
# `sh MISSING` ends with 2, which blocks the call: the root of a plugin moves with every update, also in a session.
_GUARDED = '[ ! -r "$1" ] || . "$1"'


class _Built(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    plugin: str
    files: dict[str, str]
    before: dict[str, str] = {}


class ClaudeCodePlugin:
    """Fulfils the AgentPlugin port for Claude Code."""

    def build(self, folder: Path, *, version: str, program: str, marketplace: bool) -> PluginBuild:
        """Write the plugin's files, and nothing when the folder is not ours.

        Raises:
            PluginFolderForeign: The folder holds something else, or an edited file of ours.
            StoreFull: It cannot be written.
        """
        folder = folder.absolute()
        files = dict(sorted(_files(version, program, marketplace=marketplace)))
        written = _judged(folder, files)
        changed = tuple(path for path, data in files.items() if written.get(path) != _digest(data))
        removed = tuple(sorted(set(written) - set(files)))
        digests = {path: _digest(data) for path, data in files.items()}
        with storing(folder):
            try:
                make_folder(folder, mode=0o755)
            except FileNotFoundError as error:
                # Some file systems have no such refusal as "read-only" for a new folder.
                raise StoreFull(f"cannot make {folder}: {error.strerror}", hint="name a folder elsewhere") from error
            # What is ours, before and after, is written down first: a build that was killed is then known as ours.
            _write(folder / _BUILT, _json({**_about(version), "files": digests, "before": written}))
            for path in changed:
                _write(folder / path, files[path], mode=0o755 if path in {_SCRIPT, _WARM_SCRIPT} else 0o644)
            for path in removed:
                (folder / path).unlink(missing_ok=True)
                _drop_empty(folder, (folder / path).parent)
            _write(folder / _BUILT, _json({**_about(version), "files": digests}))
        return PluginBuild(str(folder), version, program, tuple(files), changed, removed, marketplace)


def _about(version: str) -> dict[str, object]:
    return {"plugin": NAME, "version": version}


def _judged(folder: Path, files: dict[str, bytes]) -> dict[str, str]:
    """Give the digest of each file of an earlier build that is there.

    Raises:
        PluginFolderForeign: Something is there that is not of an earlier build, or not as it was.
    """
    with storing(folder):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise _foreign(folder, "is not a folder")
        if not folder.exists() or not any(folder.iterdir()):
            return {}
        try:
            built = _Built.model_validate(orjson.loads((folder / _BUILT).read_bytes()))
        except (FileNotFoundError, NotADirectoryError, orjson.JSONDecodeError, ValidationError):
            raise _foreign(folder, "holds files that no build of the plugin wrote") from None
        if built.plugin != NAME:
            raise _foreign(folder, f"holds the plugin {built.plugin!r}")
        found: dict[str, str] = {}
        for path in sorted({*built.files, *built.before, *files}):
            if _is_outside(folder, path):
                raise _foreign(folder, f"has {path!r} outside of it, or behind a link")
            if not (folder / path).exists():
                continue
            digest = _digest((folder / path).read_bytes()) if (folder / path).is_file() else ""
            # A build that was killed has written some of the new files already.
            if digest not in {built.files.get(path), built.before.get(path), _digest(files.get(path, b""))}:
                raise _foreign(folder, f"has {path} in another form than it was built")
            found[path] = digest
        return found


def _is_outside(folder: Path, path: str) -> bool:
    parts = Path(path).parts
    if Path(path).is_absolute() or ".." in parts:
        return True
    return any((folder / Path(*parts[:n])).is_symlink() for n in range(1, len(parts) + 1))


def _foreign(folder: Path, why: str) -> PluginFolderForeign:
    return PluginFolderForeign(
        f"{folder} {why}; nothing was written", hint="name another folder with --to, or move that one away"
    )


def _files(version: str, program: str, *, marketplace: bool) -> Iterator[tuple[str, bytes]]:
    root = resources.files("skillstrata.adapters")
    plugin = root.joinpath("plugin")
    word = shlex.quote(program)
    for path, text in _templates(plugin, ""):
        if path.endswith(".md"):
            yield path, text.replace("@PROGRAM@", word).encode()
    hook = root.joinpath("hook.sh").read_text(encoding="utf-8")
    spool = plugin.joinpath("find_spool.sh").read_text(encoding="utf-8")
    yield _SCRIPT, hook.replace("spool=@SPOOL@\n", spool).encode()
    warm = root.joinpath("warm-start.sh").read_text(encoding="utf-8")
    yield _WARM_SCRIPT, warm.replace("warm=@WARM@\n", spool + _WARM_PLACE).encode()
    yield "hooks/hooks.json", _json(_hooks())
    yield ".mcp.json", _json({"mcpServers": {SERVER: {"command": program, "args": ["mcp"]}}})
    about = {
        "name": NAME,
        "version": version,
        "description": _DESCRIPTION,
        "author": {"name": "SkillStrata"},
        "license": "Apache-2.0",
        "keywords": ["agent-skills", "mcp", "tools"],
    }
    yield ".claude-plugin/plugin.json", _json(about)
    if marketplace:
        entry = {"name": NAME, "source": "./", "description": _DESCRIPTION, "version": version}
        whole = {"name": NAME, "owner": {"name": "SkillStrata"}, "metadata": {"description": _DESCRIPTION}}
        yield ".claude-plugin/marketplace.json", _json({**whole, "plugins": [entry]})


def _templates(folder: Traversable, way: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _templates(entry, f"{way}{entry.name}/")
        else:
            yield f"{way}{entry.name}", entry.read_text(encoding="utf-8")


def _hooks() -> dict[str, object]:
    groups = {event: [_group(_SCRIPT, matcher)] for event, matcher in EVENTS}
    groups[STARTS_AT].append(_group(_WARM_SCRIPT, WARM_SOURCES))
    about = "SkillStrata's capture, one file in the spool for each event; and what fits a project, told at the start."
    return {"description": about, "hooks": groups}


def _group(script: str, matcher: str) -> dict[str, object]:
    words = ["-c", _GUARDED, "sh", f"${{CLAUDE_PLUGIN_ROOT}}/{script}"]
    handler = {"type": "command", "command": "sh", "args": words, "timeout": TIMEOUT_S}
    return {**({"matcher": matcher} if matcher else {}), "hooks": [handler]}


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(path: Path, data: bytes, mode: int = 0o644) -> None:
    make_folder(path.parent, mode=0o755)
    write_atomic(path, data, mode=mode)


def _drop_empty(root: Path, folder: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
