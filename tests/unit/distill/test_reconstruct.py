"""Which programs did a session run, with which text, words and folder?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.distill.reconstruct import reconstruct, variants
from skillstrata.records.events import (
    Event,
    EventKind,
    FileChange,
    FileSnapshot,
    Outcome,
    ShellCall,
    TextEdit,
)
from skillstrata.records.executions import BodyKind, Execution

_BODY = "import sys\nprint(open(sys.argv[1]).read())\n"


def _event(number: int, **values: object) -> Event:
    fields = {"kind": EventKind.CALL, "outcome": Outcome.OK, "cwd": "/w", "tool_use_id": f"t{number}", **values}
    return Event(id=f"claude:s:t{number}", agent="claude", session="s", at_s=float(number), **fields)  # type: ignore[arg-type]


def _shell(number: int, command: str, *, stdout: str = "done\n", **values: object) -> Event:
    return _event(number, tool="Bash", shell=ShellCall(command, stdout=stdout), **values)


def _write(number: int, path: str, content: str, **values: object) -> Event:
    return _event(number, tool="Write", change=FileChange(path, content=content), **values)


def _edit(number: int, path: str, old: str, new: str, *, original: str | None = None, every: bool = False) -> Event:
    change = FileChange(path, edits=(TextEdit(old, new, every),), original=original)
    return _event(number, tool="Edit", change=change)


def _one(*events: Event) -> Execution:
    executions = reconstruct(events).executions
    assert len(executions) == 1
    return executions[0]


def test_a_written_script_runs_with_the_text_it_had_at_that_moment() -> None:
    """The record's promise: the body is what ran, not what the file holds later."""
    run = _one(
        _write(1, "/w/x.py", _BODY),
        _edit(2, "/w/x.py", "read()", "read().upper()"),
        _shell(3, "python3 x.py in.txt out.md"),
        _edit(4, "/w/x.py", "upper", "lower"),
    )

    assert run.body == _BODY.replace("read()", "read().upper()")
    assert (run.argv, run.script_path, run.cwd) == (("in.txt", "out.md"), "/w/x.py", "/w")
    assert run.event_ids == ("claude:s:t1", "claude:s:t2", "claude:s:t3")
    assert (run.body_kind, run.edits_since_write, run.gap) == (BodyKind.SCRIPT, 1, "")


def test_an_edit_of_a_file_seen_only_through_its_recorded_original_is_known() -> None:
    """Ours: the edit tool records the text before; with it the body is exact, without it it is a gap."""
    known = _one(_edit(1, "/w/x.py", "a", "b", original="a = a\n", every=True), _shell(2, "python x.py"))
    unknown = _one(_edit(1, "/w/x.py", "a", "b"), _shell(2, "python x.py"))

    assert (known.body, known.gap) == ("b = b\n", "")
    assert unknown.body is None
    assert unknown.gap.startswith("source never seen")
    assert unknown.event_ids == ("claude:s:t1", "claude:s:t2")


@pytest.mark.parametrize(
    "command",
    [
        "cat > x.py <<'EOF'\n{body}EOF\npython3 x.py in.txt",
        "tee x.py <<'EOF' > /dev/null\n{body}EOF\npython3 x.py in.txt",
        "cat <<'EOF' > /w/x.py && python3 /w/x.py in.txt\n{body}EOF",
        "mkdir -p d && cat > d/y.py <<'EOF'\n{body}EOF\ncp d/y.py x.py && python3 ./x.py in.txt",
        "cat > y.py <<'EOF'\n{body}EOF\nmv y.py /w/x.py; cd /w; timeout 30 python3 -u -X utf8 x.py in.txt",
        "cat > x.py <<'EOF'\n{body}EOF\nuv run --with lxml x.py in.txt",
        "cat > x.py <<'EOF'\n{body}EOF\n/opt/venv/bin/python3.12 x.py in.txt",
    ],
)
def test_scripts_made_in_the_shell_are_followed(command: str) -> None:
    """Measured on real sessions: most programs never pass through the write tool."""
    run = _one(_shell(1, command.replace("{body}", _BODY)))

    assert run.body == _BODY
    assert run.argv == ("in.txt",)
    assert run.script_path == "/w/x.py"


@pytest.mark.parametrize(
    ("command", "kind", "argv"),
    [
        ("python3 - in.txt <<'EOF'\n{body}EOF", BodyKind.HEREDOC, ("in.txt",)),
        ("cat <<'EOF' | python3 - in.txt\n{body}EOF", BodyKind.HEREDOC, ("in.txt",)),
        ("python3 -c '{body}' in.txt", BodyKind.INLINE, ("in.txt",)),
        ("python3 -Wignore -uc '{body}' in.txt", BodyKind.INLINE, ("in.txt",)),
        ("uv run python -c '{body}' in.txt", BodyKind.INLINE, ("in.txt",)),
    ],
)
def test_inline_programs_are_bodies_too(command: str, kind: BodyKind, argv: tuple[str, ...]) -> None:
    """Measured on real sessions: 80% of the programs are inline; their text is in the command."""
    run = _one(_shell(1, command.replace("{body}", _BODY)))

    assert (run.body, run.body_kind, run.argv) == (_BODY, kind, argv)


def test_a_started_script_counts_when_its_first_line_says_python() -> None:
    """Ours: `./convert` may be anything; its first line or its ending says what it is."""
    written = _write(1, "/w/convert", "#!/usr/bin/env python3\n" + _BODY)

    assert _one(written, _shell(2, "./convert in.txt")).argv == ("in.txt",)
    assert _one(_write(1, "/w/convert", "#!/bin/sh\nls\n"), _shell(2, "./convert in.txt")).language == "shell"
    assert reconstruct((_write(1, "/w/convert", "#!/usr/bin/ruby\n"), _shell(2, "./convert in.txt"))).executions == ()


def test_a_script_from_elsewhere_is_an_execution_with_a_gap() -> None:
    """Ours: it must be accounted for, and the reason must say what is missing."""
    run = _one(_shell(1, "python3 tools/x.py in.txt"))

    assert (run.body, run.gap, run.script_path) == (None, "source never seen", "/w/tools/x.py")


@pytest.mark.parametrize(
    "command",
    [
        "for f in *.html; do python3 x.py $f; done",
        "python3 x.py *.html",
        "find . -name '*.html' -exec python3 x.py {} \\;",
        "ls | xargs python3 x.py",
        "python3 x.py $(ls | head -1)",
    ],
)
def test_words_that_nobody_wrote_down_are_a_gap(command: str) -> None:
    """Ours: without its words the run cannot be repeated."""
    run = _one(_write(1, "/w/x.py", _BODY), _shell(2, command))

    assert run.gap == "argv is not literal"


def test_the_same_call_with_plain_words_has_no_gap() -> None:
    """The twin of the above."""
    assert _one(_write(1, "/w/x.py", _BODY), _shell(2, "python3 x.py a.html")).gap == ""


@pytest.mark.parametrize(
    "command",
    [
        "git status",
        "ls -la x.py",
        "pip install lxml",
        "pytest -q",
        "python3 -m pytest",
        "python3 -m http.server",
        "python3 --version",
        "uv run pytest",
        "cat x.py",
        "python3",
        "",
        "echo python3 x.py",
        "grep -n 'python3 x.py' README.md",
    ],
)
def test_other_commands_are_noise_with_a_reason(command: str) -> None:
    """Accounting: what is no authored program is named as noise, not dropped."""
    result = reconstruct((_shell(1, command),))

    assert result.executions == ()
    assert result.noise[0].reason


def test_several_runs_in_one_command_are_several_executions() -> None:
    """Ours: each run is judged alone."""
    result = reconstruct((_write(1, "/w/x.py", _BODY), _shell(2, "python3 x.py a && python3 x.py b")))

    assert [e.argv for e in result.executions] == [("a",), ("b",)]
    assert len({e.id for e in result.executions}) == 2
    assert [e.outcome for e in result.executions] == [Outcome.OK, Outcome.OK]


def test_the_folder_comes_from_the_state_before_the_call() -> None:
    """Agent records: the folder of a finished call is the one after it."""
    before = Event("claude:s:t2:before", "claude", "s", EventKind.OTHER, 1.5, tool_use_id="t2", cwd="/w")
    command = "cd sub && python3 x.py in.txt"
    written = _write(1, "/w/sub/x.py", _BODY, cwd="/elsewhere")

    with_before = _one(written, before, _shell(2, command, cwd="/w/sub"))
    with_previous = _one(_write(1, "/w/sub/x.py", _BODY, cwd="/w"), _shell(2, command, cwd="/w/sub"))
    alone = _one(_shell(2, command, cwd="/w/sub"))

    assert [e.cwd for e in (with_before, with_previous, alone)] == ["/w/sub"] * 3
    assert with_before.body == with_previous.body == _BODY
    assert with_before.event_ids == ("claude:s:t1", "claude:s:t2:before", "claude:s:t2")


def test_a_subagents_folder_is_its_own() -> None:
    """Ours: the calls of a subagent stand between those of its parent, in another folder."""
    other = _shell(2, "ls", cwd="/other", sub_agent="a1")
    run = _one(_shell(1, "ls", cwd="/w"), other, _shell(3, "cd d && python3 x.py", cwd="/w/d"))

    assert run.cwd == "/w/d"


def test_home_is_resolved_in_scripts_and_words() -> None:
    """Ours: the program got the resolved path, and the script is the one that was written there."""
    run = _one(
        _write(1, "/home/u/x.py", _BODY, cwd="/home/u/p"),
        _shell(2, 'python3 ~/x.py ~/in.txt "$HOME/out.md"', cwd="/home/u/p"),
    )

    assert (run.body, run.argv) == (_BODY, ("/home/u/in.txt", "/home/u/out.md"))


def test_standard_input_and_output_files_are_named() -> None:
    """Ours: redirections and `cat FILE |` are the program's input and output."""
    body = "import sys; print(sys.stdin.read())"
    redirected = _one(_shell(1, f"python3 -c '{body}' < in.csv > out.md"))
    piped = _one(_shell(1, f"cat in.csv | python3 -c '{body}' | tee out.md"))

    assert (redirected.stdin_path, redirected.stdout_path) == ("/w/in.csv", "/w/out.md")
    assert (piped.stdin_path, piped.stdout_path) == ("/w/in.csv", "/w/out.md")
    assert (redirected.masked, piped.masked) == (False, True)


def test_input_that_another_command_makes_is_a_gap_only_for_a_program_that_reads_it() -> None:
    """Ours: what `curl … |` gave is not on record."""
    reads = _one(_shell(1, "curl -s u | python3 -c 'import sys; print(sys.stdin.read())'"))
    ignores = _one(_shell(1, "yes | python3 -c 'print(1)'"))

    assert reads.gap == "standard input comes from curl"
    assert ignores.gap == ""


@pytest.mark.parametrize(
    ("command", "recorded", "outcome"),
    [
        ("python3 x.py a", Outcome.OK, Outcome.OK),
        ("python3 x.py a", Outcome.FAILED, Outcome.FAILED),
        ("python3 x.py a | head", Outcome.OK, Outcome.UNKNOWN),
        ("python3 x.py a; ls nowhere", Outcome.FAILED, Outcome.UNKNOWN),
        ("python3 x.py a &", Outcome.OK, Outcome.UNKNOWN),
    ],
)
def test_a_hidden_status_is_unknown(command: str, recorded: Outcome, outcome: Outcome) -> None:
    """Measured on real sessions: never count a masked run as ok, nor as failed."""
    assert _one(_write(1, "/w/x.py", _BODY), _shell(2, command, outcome=recorded)).outcome is outcome


def test_intent_and_snapshots_travel_with_the_run() -> None:
    """The record's promise: the last prompt, and the files as they were after the run first."""
    prompt = _event(1, kind=EventKind.PROMPT, prompt="make it markdown")
    early = _write(2, "/w/x.py", _BODY, files=(FileSnapshot("/w/in.txt", "old", 1), FileSnapshot("/w/x.py", "b", 2)))
    run = _one(prompt, early, _shell(3, "python3 x.py in.txt", files=(FileSnapshot("/w/in.txt", "new", 1),)))

    assert run.intent == "make it markdown"
    assert {s.path: s.digest for s in run.snapshots} == {"/w/in.txt": "new", "/w/x.py": "b"}


def test_an_identifier_is_the_same_in_every_process_and_order() -> None:
    """Ours: candidates are stored under it."""
    events = (_write(1, "/w/x.py", _BODY), _shell(2, "python3 x.py a"))

    assert _one(*events).id == _one(*reversed(events)).id
    assert _one(*events).id == "x1da598830bcd6824"


def test_a_file_that_a_command_changed_is_a_gap_until_it_is_written_again() -> None:
    """Ours: a body that is not on record must not be replayed as if it were."""
    changed = (_write(1, "/w/x.py", _BODY), _shell(2, "sed -i 's/a/b/' x.py"), _shell(3, "python3 x.py a"))
    again = (*changed[:2], _write(3, "/w/x.py", _BODY), _shell(4, "python3 x.py a"))

    assert _one(*changed).body is None
    assert _one(*again).body == _BODY


_COMMANDS = st.sampled_from(
    [
        "python3 x.py a",
        "cat > x.py <<'E'\nprint(1)\nE",
        "ls",
        "python3 -c 'print(1)'; python3 x.py",
        "cd d && python3 - <<'E'\n1\nE",
        "mv x.py y.py",
        "",
        "((",
        "for f in a b; do python3 x.py $f; done",
        "sed -i s/a/b/ x.py",
    ]
)
_EVENTS = st.builds(
    Event,
    id=st.sampled_from(["a", "b", "c", "d", "e", "a:before", "b:before"]),
    agent=st.just("claude"),
    session=st.just("s"),
    kind=st.sampled_from(EventKind),
    at_s=st.floats(allow_nan=False, min_value=0, max_value=9),
    tool_use_id=st.sampled_from(["", "a", "b"]),
    sub_agent=st.sampled_from(["", "q"]),
    cwd=st.sampled_from(["", "/w", "/w/d", "C:\\w"]),
    outcome=st.sampled_from(Outcome),
    shell=st.none() | st.builds(ShellCall, command=_COMMANDS),
    change=st.none()
    | st.builds(
        FileChange,
        path=st.sampled_from(["/w/x.py", "x.py", "C:\\w\\x.py", ""]),
        content=st.none() | st.just(_BODY),
        edits=st.tuples(st.builds(TextEdit, old=st.sampled_from(["", "1", "import"]), new=st.just("2"))),
    ),
)


@settings(max_examples=200)
@given(st.lists(_EVENTS, max_size=12))
def test_every_event_is_noise_once_or_in_an_execution(events: list[Event]) -> None:
    """The accounting invariant: nothing is dropped, nothing is counted twice."""
    result = reconstruct(tuple(events))
    used = {i for e in result.executions for i in e.event_ids}
    noise = [n.event_id for n in result.noise]

    assert used | set(noise) == {e.id for e in events}
    assert not used & set(noise)
    assert len(noise) == len(set(noise))
    assert len({e.id for e in result.executions}) == len(result.executions)
    assert all(n.reason for n in result.noise)


def _session(*bodies_and_outcomes: tuple[str, Outcome]) -> tuple[Execution, ...]:
    events: list[Event] = []
    for at, (body, outcome) in enumerate(bodies_and_outcomes):
        events += [
            _write(2 * at, "/w/x.py", body),
            _shell(2 * at + 1, f"python3 x.py {at}.html", outcome=outcome),
        ]
    return reconstruct(tuple(events)).executions


_LONG = "".join(f"line_{n} = open('a{n}.txt').read()\n" for n in range(12))
_CHANGED = _LONG.replace("line_3", "text_3")
_OTHER = "import json\nfor k, v in json.load(open('q.json')).items():\n    print(k, v, sep=': ')\n"


def _reasons(executions: tuple[Execution, ...]) -> dict[int, tuple[int, str]]:
    at = {e.id: n for n, e in enumerate(executions)}
    return {at[a]: (at[b], reason) for a, b, reason in variants(executions)}


def test_a_failed_run_is_stood_for_by_the_retry_that_worked() -> None:
    """Measured on real sessions: a third of the failures get a similar retry that succeeds."""
    assert _reasons(_session((_LONG, Outcome.FAILED), (_CHANGED, Outcome.OK))) == {0: (1, "failed_variant")}
    assert _reasons(_session((_LONG, Outcome.FAILED), (_CHANGED, Outcome.FAILED))) == {}


def test_an_edited_script_that_worked_again_replaces_its_earlier_text() -> None:
    """Measured on real sessions: keep the last working variant."""
    assert _reasons(_session((_LONG, Outcome.OK), (_CHANGED, Outcome.OK))) == {0: (1, "earlier_variant")}


def test_another_program_under_the_same_name_is_no_variant() -> None:
    """Ours: agents reuse `/tmp/x.py` for everything."""
    assert _reasons(_session((_LONG, Outcome.OK), (_OTHER, Outcome.OK))) == {}


def test_the_same_text_on_another_file_is_another_demonstration_of_the_first() -> None:
    """Ours: a second input proves more about the same program; it is no second program."""
    runs = _session((_LONG, Outcome.OK), (_LONG, Outcome.OK), (_LONG, Outcome.OK))

    assert _reasons(runs) == {1: (0, "another_demonstration"), 2: (0, "another_demonstration")}


def test_an_edit_that_was_taken_back_leaves_the_first_text_standing() -> None:
    """Ours: the chain of "stands for" must end somewhere."""
    runs = _session((_LONG, Outcome.OK), (_CHANGED, Outcome.OK), (_LONG, Outcome.OK))

    assert _reasons(runs) == {1: (2, "earlier_variant"), 2: (0, "another_demonstration")}


@given(st.lists(st.tuples(st.sampled_from([_LONG, _CHANGED, _OTHER]), st.sampled_from(Outcome)), max_size=8))
def test_what_stands_for_another_never_goes_in_a_circle(runs: list[tuple[str, Outcome]]) -> None:
    """The function's promise: following the chain from any run ends at a run that is judged."""
    found = {a: b for a, b, _ in variants(_session(*runs))}

    for start in found:
        seen = {start}
        at = start
        while at in found:
            at = found[at]
            assert at not in seen
            seen.add(at)
