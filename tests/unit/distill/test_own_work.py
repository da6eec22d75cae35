"""What the library must not learn from: itself, its tools run by hand, and other programs that watch an agent."""

import pytest

from skillstrata.distill.nominate import nominate
from skillstrata.distill.reconstruct import reconstruct
from skillstrata.records.events import Event, EventKind, FileChange, Outcome, ShellCall

_CONVERTER = "import sys\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read().upper())\n"


def _call(number: int, tool: str, *, shell: ShellCall | None = None, change: FileChange | None = None) -> Event:
    return Event(
        id=f"claude:s:t{number}",
        agent="claude",
        session="s",
        kind=EventKind.CALL,
        at_s=float(number),
        tool=tool,
        tool_use_id=f"t{number}",
        cwd="/home/ann/w",
        outcome=Outcome.OK,
        shell=shell,
        change=change,
    )


def _shell(number: int, command: str) -> Event:
    return _call(number, "Bash", shell=ShellCall(command, stdout="done\n"))


def _judged(*events: Event) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for execution in reconstruct(events).executions:
        verdict = nominate(execution).verdict
        found.append(("", "nominated") if verdict is None else (verdict.state.value, verdict.reason))
    return found


@pytest.mark.parametrize(
    "tool",
    [
        "mcp__skillstrata__skills_search",
        "mcp__skillstrata__skills_call",
        "mcp__plugin_skillstrata_skillstrata__skills_call",
        "mcp__plugin_skillstrata_skillstrata__html-to-markdown",
    ],
)
def test_our_own_mcp_calls_are_noise(tool: str) -> None:
    """Under the name of a server in the settings, and under that of the plugin's."""
    found = reconstruct((_call(1, tool),))

    assert found.executions == ()
    assert [note.reason for note in found.noise] == [f"tool {tool}"]


@pytest.mark.parametrize(
    "command",
    [
        "skillstrata run html-to-markdown --set input=a.html",
        "distiller distill --once",
        "/opt/venv/bin/skillstrata status --json | head -n 3",
        "nohup skillstrata daemon run &",
        "python3 -m skillstrata mcp",
        "uv run skillstrata ls",
        "cd /tmp && SKILLSTRATA_DATA_DIR=/tmp/d skillstrata redact --check a.txt",
    ],
)
def test_commands_that_run_us_are_noise(command: str) -> None:
    """The agent looks into the library, or works on this very program."""
    found = reconstruct((_shell(1, command),))

    assert found.executions == ()
    assert len(found.noise) == 1


@pytest.mark.parametrize(
    "command",
    [
        "python3 /opt/venv/bin/skillstrata status",
        "python3 /opt/venv/bin/distiller status",
        "python3 /opt/lib/skillstrata/__main__.py ls",
        "python3 ~/.local/share/skillstrata/skills/csv-to-json/branches/csv/v1/main.py a.csv b.json",
        "python3 .claude/skills/csv-to-json/branches/csv/v2/main.py a.csv b.json",
        "python3 ~/.claude/hooks/log_calls.py a.json",
        "python3 /home/ann/.claude/plugins/cache/other/hooks/watch.py",
        "python3 -c 'import skillstrata; print(open(\"a.csv\").read())'",
        "python3 - <<'EOF'\nfrom skillstrata.app.wiring import open_app\nprint(open('a.csv').read())\nEOF",
    ],
)
def test_programs_that_are_ours_or_watch_the_agent_are_noise(command: str) -> None:
    """None of them is set aside either: nothing would free it."""
    assert _judged(_shell(1, command)) == [("noise", "own_work")]


def test_a_program_beside_our_command_is_still_a_program() -> None:
    """The twin: what the agent wrote counts, also on one line with us, in a folder that bears our name."""
    write = _call(1, "Write", change=FileChange("/home/ann/skillstrata/up.py", content=_CONVERTER))
    run = _shell(2, "skillstrata ls; python3 /home/ann/skillstrata/up.py a.txt b.txt")

    assert _judged(write, run) == [("", "nominated")]
