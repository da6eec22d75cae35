"""Record the hook events of real sessions: the real client, a scripted model, a hook that only keeps its stdin.

In     demo/scenes.py; `python -m demo.record [SCENE…]` from the repository's root (default: all)
Out    per scene a folder: NNN-<event>.json, each the bytes one hook was given; files/, the project afterwards
Never  edits a payload. Sessions run at a neutral place, so a recording names no folder of this machine
"""

import json
import shutil
import sys
from pathlib import Path

from demo.house_package import put_package
from demo.scenes import PROJECT, SCENES, Scene
from tests.e2e.claude_client import VERSION, bring_client, cache_folder, run_client
from tests.e2e.scripted_model import ScriptedModel

STAGE = PROJECT.parent
SPOOL = STAGE / "payloads"
# The names sort in the order of arrival: the hooks of one session run one after another.
HOOK = """#!/bin/sh
file=$(mktemp "$1/$(date +%s%N).XXXXXX") && cat > "$file"
exit 0
"""


def main(names: list[str]) -> int:
    """Record the named scenes, or all."""
    unknown = [name for name in names if name not in SCENES]
    if unknown:
        print(f"no such scene: {', '.join(unknown)}; there are: {', '.join(SCENES)}", file=sys.stderr)
        return 2
    program = bring_client(cache_folder())
    for name in names or SCENES:
        count = record(SCENES[name], program)
        print(f"{name}: {count} events into {SCENES[name].into}")
    return 0


def record(scene: Scene, program: Path) -> int:
    """Play one scene on a clean stage and keep what the hooks were given."""
    shutil.rmtree(STAGE, ignore_errors=True)
    SPOOL.mkdir(parents=True)
    shutil.copytree(scene.project, PROJECT)
    if scene.with_package:
        put_package(STAGE / "wheels")
    _install_hook(scene)
    with ScriptedModel({scene.prompt: scene.steps}) as model:
        run = run_client(program, scene.prompt, project=PROJECT, home=STAGE / "home", api_url=model.url)
    if run.exit_code != 0 or model.faults:
        raise SystemExit(f"{scene.name}: the client ended with {run.exit_code}: {run.stderr or run.stdout}")
    payloads = [path.read_bytes() for path in sorted(SPOOL.iterdir())]
    _keep(scene.into, payloads)
    shutil.rmtree(STAGE)
    return len(payloads)


def _install_hook(scene: Scene) -> None:
    hook = STAGE / "hook.sh"
    hook.write_text(HOOK, encoding="utf-8")
    handler = {"type": "command", "command": f"sh {hook} {SPOOL}", "timeout": 5}
    settings = {"hooks": {event: [{"matcher": matcher, "hooks": [handler]}] for event, matcher in scene.events.items()}}
    (PROJECT / ".claude").mkdir()
    (PROJECT / ".claude" / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def _keep(into: Path, payloads: list[bytes]) -> None:
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(PROJECT, into / "files", ignore=shutil.ignore_patterns(".claude", ".venv", "__pycache__"))
    for number, payload in enumerate(payloads, 1):
        event = json.loads(payload)["hook_event_name"]
        (into / f"{number:03d}-{event}.json").write_bytes(payload)
    (into / "README.md").write_text(
        f"Recorded with Claude Code {VERSION} and the scripted model of tests/e2e, by `python -m demo.record`.\n"
        "Each JSON file holds the bytes one hook was given, in order; files/ is the project after the session.\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
