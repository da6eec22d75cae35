"""What does a real client list of learned skills, commands and agents that are out of use, or not in use yet?"""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from skillstrata.adapters.artifact_folders import ArtifactFolders
from skillstrata.records.learned import ArtifactKind, NewArtifact, PutAside
from tests.e2e.claude_client import clean_environment
from tests.e2e.scripted_model import Say, ScriptedModel
from tests.faults.crash_disk import Killed

ASKED = "Say what there is"
KINDS = {ArtifactKind.SKILL: "skills", ArtifactKind.COMMAND: "commands", ArtifactKind.AGENT: "agents"}


def _write(project: Path, kind: ArtifactKind, name: str) -> PutAside:
    shelf = project / ".claude" / KINDS[kind]
    path = shelf / name / "SKILL.md" if kind is ArtifactKind.SKILL else shelf / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(name), encoding="utf-8")
    return PutAside(str(path), name, kind, hashlib.sha256(path.read_bytes()).hexdigest(), "why")


def _text(name: str) -> str:
    return f"---\nname: {name}\ndescription: What {name} does.\norigin: skill-learning\n---\nDo it.\n"


@pytest.fixture(scope="module")
def listed(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the client lists where of each kind one is in use, one archived, and one was killed on its way in."""
    root = tmp_path_factory.mktemp("machine")
    project = root / "project"
    project.mkdir()
    files = ArtifactFolders(root / "data", now_s=lambda: 1_700_000_000.0)
    for kind in KINDS:
        _write(project, kind, f"live{kind.value}")
        files.put_aside(_write(project, kind, f"old{kind.value}"))
        _killed_replace(files, _write(project, kind, f"kept{kind.value}"))
    with ScriptedModel({ASKED: [[Say("Nothing.")]]}) as model:
        done = subprocess.run(
            [str(claude), "-p", ASKED, "--output-format", "stream-json", "--verbose"],
            cwd=project,
            env=clean_environment(root / "home", model.url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    begun = next(one for one in events if one.get("subtype") == "init")
    return {what: begun.get(what, []) for what in ("skills", "slash_commands", "agents")}


def _killed_replace(files: ArtifactFolders, old: PutAside) -> None:
    """Have everything written, and be killed before the old one is moved."""
    kind = old.kind
    shelf = Path(old.path).parents[1] if kind is ArtifactKind.SKILL else Path(old.path).parent
    rename = os.rename

    def stopped(source: str | Path, target: str | Path) -> None:
        if ".archive" in Path(target).parts:
            raise Killed
        rename(source, target)

    new = NewArtifact(f"new{kind.value}", kind, str(shelf), _text(f"new{kind.value}"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "rename", stopped)
        with pytest.raises(Killed):
            files.replace(old, new)


def test_what_is_in_use_is_listed(listed: dict[str, list[str]]) -> None:
    """Twin: the client reads these folders, also what a killed change has not yet taken away."""
    assert {"liveskill", "keptskill"} <= set(listed["skills"])
    assert {"livecommand", "keptcommand", "liveskill"} <= set(listed["slash_commands"])
    assert {"liveagent", "keptagent"} <= set(listed["agents"])


def test_what_was_archived_or_is_not_in_its_place_yet_is_not(listed: dict[str, list[str]]) -> None:
    """A client takes every .md file below its folders of commands and agents, hidden folders too."""
    unseen = ("old", "new", "archive", "tmp")
    assert [name for names in listed.values() for name in names if any(word in name for word in unseen)] == []
