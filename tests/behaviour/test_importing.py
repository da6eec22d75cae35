"""`skillstrata import`: what other programs rely on, on histories of every agent."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skillstrata.surfaces.cli.main import main
from tests.contracts.histories import HISTORIES
from tests.sessions import Session
from tests.told_sessions import ToldSession

Use = Callable[..., tuple[int, Any]]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run a verb with --json on a data directory of its own, in a home of its own; give its code and its JSON."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str | Path) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def _session(name: str = "s1") -> ToldSession:
    told = ToldSession(name)
    told.prompt("count the rows")
    told.write("/home/dev/shop/count.py", "print(len(open('a.csv').readlines()))\n")
    told.bash("python3 count.py", "12\n")
    told.bash("ls nowhere", "no such file", failed=True)
    told.read("/home/dev/shop/a.csv", "a,b\n")
    told.noise()
    return told


def _accounting(use: Use) -> dict[str, Any]:
    return use("status")[1]["accounting"]


@pytest.mark.parametrize("agent", HISTORIES)
def test_every_call_of_every_agent_is_found_and_a_second_import_adds_nothing(
    use: Use, tmp_path: Path, agent: str
) -> None:
    """The contract's fields, and the promise of the verb, for each agent by its own file."""
    history = HISTORIES[agent]
    path = history.write(tmp_path / "history")
    code, first = use("import", path)
    again = use("import", path)[1]

    assert (code, first["files"], first["agents"]) == (0, 1, {agent: 1})
    assert first["calls"]["found"] == first["calls"]["new"] == len(history.ended) + len(history.unended)
    assert (first["events"]["quarantined"], first["diagnostics"]) == (0, [])
    assert (again["files"], again["unchanged"], again["events"]["new"]) == (0, 1, 0)
    accounting = _accounting(use)
    assert (accounting["balanced"], accounting["events"]) == (True, first["events"]["new"])


def test_the_object_has_the_documented_fields(use: Use, tmp_path: Path) -> None:
    """The command contract."""
    _session().save(tmp_path / "h" / "s1.jsonl")
    (tmp_path / "h" / "s2.jsonl").write_bytes(b"".join([*_session("s2").lines, b"{broken\n"]))
    report = use("import", tmp_path / "h")[1]

    assert {"files", "events", "diagnostics"} <= set(report)
    assert set(report["events"]) == {"new", "duplicate", "quarantined"}
    assert [set(d) for d in report["diagnostics"]] == [{"file", "line", "reason"}]
    assert report["diagnostics"][0]["file"] == str(tmp_path / "h" / "s2.jsonl")
    assert report["diagnostics"][0]["line"] == len(_session("s2").lines) + 1
    assert report["events"]["quarantined"] == 1


def test_calls_are_counted_as_by_somebody_else(use: Use, tmp_path: Path) -> None:
    """The sum is held against a count that knows nothing of readers: ids of calls in the text of the files."""
    for number in range(4):
        told = _session(f"s{number}")
        told.save(tmp_path / "h" / f"{number}.jsonl")
        told.forked(f"f{number}").save(tmp_path / "h" / "deep" / ".hidden" / f"{number}.jsonl")
    found: set[str] = set()
    total = 0
    for path in (tmp_path / "h").rglob("*.jsonl"):
        for line in path.read_text().splitlines():
            ids = [block["id"] for block in _blocks(json.loads(line)) if block.get("type") == "tool_use"]
            total += len(ids)
            found.update(ids)
    calls = use("import", tmp_path / "h")[1]["calls"]

    assert (calls["found"], calls["new"], calls["duplicate"]) == (total, len(found), total - len(found))
    assert calls["new"] + calls["duplicate"] + calls["quarantined"] + calls["forgotten"] == calls["found"]


@pytest.mark.parametrize("order", ["origin first", "fork first"])
def test_a_fork_counts_no_call_twice_however_it_ended(use: Use, tmp_path: Path, order: str) -> None:
    """Refused, unanswered and backgrounded calls are copied by a fork like any other; its own are new."""
    origin = ToldSession("5e55104a-0000-4000-8000-000000000001")
    origin.bash("ls", "a.csv\n")
    origin.bash("cat b.csv", "No such file", failed=True)
    origin.refused("rm a.csv")
    origin.in_background("python3 -m http.server")
    cut_off = origin.bash("sleep 60", ended=False)
    fork = origin.forked("f0f0104a-0000-4000-8000-0000000000f0")
    fork.bash("pwd", "/home/dev/shop\n")
    first, second = (origin, fork) if order == "origin first" else (fork, origin)
    held = [use("import", one.save(tmp_path / f"{n}.jsonl"))[1]["calls"] for n, one in enumerate((first, second))]
    events = _accounting(use)["events"]

    assert (sum(calls["new"] for calls in held), sum(calls["duplicate"] for calls in held)) == (6, 5)
    assert cut_off in (tmp_path / "0.jsonl").read_text()
    # The calls, and of each session a mark of its start.
    assert events == 6 + 2


def test_a_result_that_only_the_fork_has_completes_the_call(use: Use, tmp_path: Path) -> None:
    """The origin was cut off while the call ran; the fork was told how it ended: one call, now with its result."""
    origin = ToldSession("5e55104a-0000-4000-8000-000000000001")
    origin.bash("make report", ended=False)
    whole = ToldSession(origin.session)
    whole.bash("make report", "done\n")
    use("import", origin.save(tmp_path / "origin.jsonl"))
    forked = whole.forked("f0f0104a-0000-4000-8000-0000000000f0").save(tmp_path / "fork.jsonl")
    calls = use("import", forked)[1]["calls"]
    (tmp_path / "copy.jsonl").write_bytes(forked.read_bytes())

    assert (calls["new"], calls["duplicate"], calls["completed"]) == (0, 1, 1)
    assert use("import", tmp_path / "copy.jsonl")[1]["calls"]["completed"] == 0


def _blocks(record: dict[str, Any]) -> list[dict[str, Any]]:
    content = record.get("message", {}).get("content")
    return content if isinstance(content, list) else []


def test_a_call_that_was_caught_live_is_not_imported_again(use: Use, tmp_path: Path) -> None:
    """One call, two records: the hook's and the transcript's. The other call of the transcript is new."""
    session = "5e55104a-0000-4000-8000-000000000001"
    live = Session(tmp_path / "p", tmp_path / "data" / "spool", session=session)
    live.bash("true")
    use("distill")
    told = ToldSession(session, cwd=str(tmp_path / "p"))
    told.calls.append("")
    id_ = told.bash("true")
    text = b"".join(told.lines).replace(id_.encode(), b"toolu_5e55104a_0000")
    other = ToldSession(session)
    other.bash("date")
    (tmp_path / "s.jsonl").write_bytes(text + b"".join(other.lines))
    calls = use("import", tmp_path / "s.jsonl")[1]["calls"]

    assert (calls["found"], calls["new"], calls["duplicate"]) == (2, 1, 1)


def test_an_import_during_the_session_does_not_keep_the_live_result_out(use: Use, tmp_path: Path) -> None:
    """The transcript had the question only; the hook brings the answer a moment later."""
    session = "5e55104a-0000-4000-8000-000000000001"
    told = ToldSession(session)
    id_ = told.bash("true", ended=False)
    (tmp_path / "s.jsonl").write_bytes(b"".join(told.lines).replace(id_.encode(), b"toolu_5e55104a_0000"))
    first = use("import", tmp_path / "s.jsonl")[1]["calls"]
    before = _accounting(use)["events"]
    Session(tmp_path / "p", tmp_path / "data" / "spool", session=session).bash("echo live")
    read = use("distill")[1]["events"]

    assert (first["new"], read["new"], read["duplicate"]) == (1, 1, 0)
    assert _accounting(use)["events"] == before


def test_without_a_path_the_places_of_every_agent_are_read(use: Use, tmp_path: Path) -> None:
    """Zero configuration: months of work are one word away."""
    home = tmp_path / "home"
    for agent, name in {
        "claude-code": ".claude/projects/-home-dev/s.jsonl",
        "codex": ".codex/sessions/2026/10/01/rollout-1.jsonl",
        "gemini-cli": ".gemini/tmp/abc/chats/session-1.jsonl",
        "copilot-cli": ".copilot/session-state/1/events.jsonl",
        "opencode": ".local/share/opencode/opencode.db",
    }.items():
        (home / name).parent.mkdir(parents=True)
        HISTORIES[agent].write(home / name)
    code, report = use("import")

    assert (code, report["agents"]) == (0, dict.fromkeys(sorted(HISTORIES), 1))


def test_the_variables_of_agents_move_their_places(
    use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who moved an agent's folder told the agent by a variable; the places that are read are named."""
    _session().save(tmp_path / "moved" / "projects" / "p" / "s.jsonl")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "moved"))
    HISTORIES["codex"].write(tmp_path / "rollout")
    (tmp_path / "codex" / "archived_sessions").mkdir(parents=True)
    (tmp_path / "rollout").rename(tmp_path / "codex" / "archived_sessions" / "r.jsonl")
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    assert use("import", "--agent", "codex")[1]["agents"] == {"codex": 1}
    capsys.readouterr()
    code = main(["import"])
    said = capsys.readouterr()

    assert code == 0
    assert f"claude-code: {tmp_path}/moved/projects" in said.err
    assert "read 1 file (claude-code 1), 1 unchanged" in said.out


def test_where_there_is_nothing_the_code_says_so(use: Use, tmp_path: Path) -> None:
    """3: nothing found; an empty folder and an empty home are no faults."""
    (tmp_path / "empty").mkdir()

    assert use("import")[0] == use("import", tmp_path / "empty")[0] == 3


def test_a_named_file_of_no_agent_is_bad_input_and_the_others_are_read(use: Use, tmp_path: Path) -> None:
    """65; in a folder the same file is nothing to speak of."""
    _session().save(tmp_path / "h" / "s.jsonl")
    (tmp_path / "h" / "notes.txt").write_text("remember the milk\n")
    code, report = use("import", tmp_path / "h" / "notes.txt", tmp_path / "h" / "s.jsonl")
    in_folder = use("import", tmp_path / "h")

    assert (code, report["refused"], report["files"]) == (65, [str(tmp_path / "h" / "notes.txt")], 1)
    assert "no history of an agent" in report["diagnostics"][0]["reason"]
    assert (in_folder[0], in_folder[1]["unrecognised"], in_folder[1]["diagnostics"]) == (0, 1, [])


def test_an_agent_nobody_knows_is_a_wrong_use(use: Use, tmp_path: Path) -> None:
    """The hint names those that are known; one of them is taken."""
    _session().save(tmp_path / "s.jsonl")
    code, said = use("import", tmp_path / "s.jsonl", "--agent", "claude")

    assert (code, said["error"]["code"]) == (2, "import.agent_unknown")
    assert "claude-code" in said["error"]["hint"]
    assert use("import", tmp_path / "s.jsonl", "--agent", "claude-code")[0] == 0
    assert use("import", tmp_path / "gone.jsonl")[0] == 2


def test_a_name_proves_nothing(use: Use, tmp_path: Path) -> None:
    """Content decides: a transcript under any name, and no transcript under the best one."""
    _session().save(tmp_path / "h" / "picture.png")
    (tmp_path / "h" / "session.jsonl").write_text('{"title": "not a history"}\n')

    report = use("import", tmp_path / "h")[1]
    assert (report["files"], report["unrecognised"]) == (1, 1)


def test_a_forgotten_session_does_not_come_back(use: Use, tmp_path: Path) -> None:
    """What the user removed stays away, also when its file has grown; the other session is read."""
    told, other = _session(), _session("s2")
    told.save(tmp_path / "h" / "1.jsonl")
    other.save(tmp_path / "h" / "2.jsonl")
    use("import", tmp_path / "h")
    assert use("forget", "s1")[0] == 0
    told.bash("date", "today")
    other.bash("date", "today")
    told.save(tmp_path / "h" / "1.jsonl")
    other.save(tmp_path / "h" / "2.jsonl")
    calls = use("import", tmp_path / "h")[1]["calls"]

    assert (calls["forgotten"], calls["new"], calls["duplicate"]) == (5, 1, 4)
    assert b"nowhere" not in b"".join(p.read_bytes() for p in (tmp_path / "data" / "traces").rglob("s1*"))


def test_a_session_that_was_only_imported_is_named_for_who_wants_to_forget_it(
    use: Use, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refusal of an unknown session names the verb, and what that verb lists can be forgotten."""
    before = use("status")[1]["sessions"]
    use("import", _session("5e55104a-01").save(tmp_path / "s.jsonl"))
    code, refused = use("forget", "nothing-like-it")
    named = use("status")[1]["sessions"]
    main(["status"])

    assert (before, code) == ([], 3)
    assert "skillstrata status --json" in refused["error"]["hint"]
    assert named == ["5e55104a-01"]
    assert "sessions    1" in capsys.readouterr().out
    done = use("forget", named[0])[1]
    assert done["removed"]["events"] > 0
    assert any("captured anew" in one["why"] for one in done["kept"])
    assert use("status")[1]["sessions"] == []


def test_calls_of_sub_agents_beside_and_below_a_session_are_found_once(use: Use, tmp_path: Path) -> None:
    """Four of ten calls are a sub-agent's; a call may stand in its file and in the session's."""
    told = _session()
    told.save(tmp_path / "h" / "s1.jsonl")
    sub = ToldSession("s1", ids="subagent")
    sub.bash("ls", "a.csv\n")
    for record in sub.records:
        record.update(isSidechain=True, agentId="a1")
    sub.save(tmp_path / "h" / "s1" / "subagents" / "agent-a1.jsonl")
    sub.save(tmp_path / "h" / "agent-a1.jsonl")
    calls = use("import", tmp_path / "h")[1]["calls"]

    assert (calls["found"], calls["new"], calls["duplicate"]) == (6, 5, 1)


def test_in_a_pipe_it_prints_plain_lines_and_quiet_says_only_the_sums(tmp_path: Path) -> None:
    """A log file holds no bars and no colours; a real process, since this is about its streams."""
    _session().save(tmp_path / "h" / "s.jsonl")
    told = [_run(tmp_path, "import", str(tmp_path / "h")), _run(tmp_path, "import", str(tmp_path / "h"), "--quiet")]

    assert [done.returncode for done in told] == [0, 0]
    assert told[0].stdout.startswith("read 1 file (claude-code 1), 0 unchanged, 0 of no known agent\nevents: ")
    assert "tool calls: 4 = 4 new + 0 known + 0 quarantined" in told[0].stdout
    assert "\x1b" not in told[0].stdout + told[0].stderr
    assert "skillstrata distill" in told[0].stderr
    assert told[1].stderr == ""


def _run(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "skillstrata", "--data-dir", str(tmp_path / "data"), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "HOME": str(tmp_path / "home")},
    )
