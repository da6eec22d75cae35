"""Which text do a run's program and its inputs have, where files are written by patches, commands and programs?"""

from skillstrata.distill.reconstruct import reconstruct
from skillstrata.records.events import Event, EventKind, FileChange, Outcome, ShellCall, TextEdit
from skillstrata.records.executions import Execution, Reconstruction

BODY = "import sys\nprint(open(sys.argv[1]).read())\n"


def event(number: int, **values: object) -> Event:
    """Make the call number `number` of a session in /w."""
    fields = {"kind": EventKind.CALL, "outcome": Outcome.OK, "cwd": "/w", "tool_use_id": f"t{number}", **values}
    return Event(id=f"a:s:t{number}", agent="a", session="s", at_s=float(number), **fields)  # type: ignore[arg-type]


def shell(number: int, command: str, *, error: str = "", **values: object) -> Event:
    """Make a shell call."""
    return event(number, tool="Bash", shell=ShellCall(command, stdout="done\n", error=error), **values)


def write(number: int, path: str, content: str) -> Event:
    """Make a call of the file tool."""
    return event(number, tool="Write", change=FileChange(path, content))


def last(found: Reconstruction) -> Execution:
    """Give the last run."""
    return found.executions[-1]


def inputs(found: Reconstruction) -> dict[str, str]:
    """Give the texts that the last run's inputs had."""
    return {w.path: w.text for w in found.written if w.execution_id == last(found).id}


def test_a_patch_of_several_files_makes_the_program_and_its_input() -> None:
    """One call of a patch tool adds, changes and moves files."""
    changes = (
        FileChange("/w/old.py", edits=(TextEdit("print(1)\n", BODY),), moved_to="/w/x.py"),
        FileChange("/w/in.csv", "a,b\n"),
    )
    found = reconstruct(
        (
            write(1, "/w/old.py", "print(1)\n"),
            event(2, tool="apply_patch", changes=changes),
            shell(3, "python3 x.py in.csv"),
        )
    )

    assert last(found).body == BODY
    assert inputs(found) == {"/w/in.csv": "a,b\n"}


def test_an_input_written_by_a_heredoc_has_its_text_at_the_time_of_the_run() -> None:
    """The disk has moved on; the session says what was read."""
    found = reconstruct(
        (
            write(1, "/w/x.py", BODY),
            shell(2, "cat > in.csv <<'E'\na,b\nE"),
            shell(3, "echo 'c,d' >> in.csv && python3 x.py in.csv"),
            shell(4, "rm in.csv"),
        )
    )

    assert inputs(found) == {"/w/in.csv": "a,b\nc,d\n"}


def test_a_file_that_a_command_is_only_seen_to_change_is_known_before_it_and_unknown_behind() -> None:
    """The command read the text that was there; what it left is not on record."""
    seen = (FileChange("/w/in.csv"),)
    before = reconstruct(
        (write(1, "/w/x.py", BODY), write(2, "/w/in.csv", "a,b\n"), shell(3, "python3 x.py in.csv", changes=seen))
    )
    behind = reconstruct(
        (
            write(1, "/w/x.py", BODY),
            write(2, "/w/in.csv", "a,b\n"),
            shell(3, "./update", changes=seen),
            shell(4, "python3 x.py in.csv"),
        )
    )

    assert inputs(before) == {"/w/in.csv": "a,b\n"}
    assert inputs(behind) == {}


def test_a_file_that_a_program_writes_no_longer_holds_what_the_session_put_there() -> None:
    """A stale input would make the replay of the next program another run."""
    writing = "open('in.csv', 'w').write('x')\n"
    for program, known in ((writing, False), ("print(open('in.csv').read())\n", True)):
        found = reconstruct(
            (
                write(1, "/w/x.py", BODY),
                write(2, "/w/in.csv", "a,b\n"),
                write(3, "/w/y.py", program),
                shell(4, "python3 y.py && python3 x.py in.csv"),
            )
        )
        assert bool(inputs(found)) is known


def test_a_command_that_was_refused_ran_nothing_and_wrote_nothing() -> None:
    """The user said no: nothing of it happened."""
    line = "cat > x.py <<'E'\nprint(2)\nE\npython3 x.py"
    refused = shell(2, line, error="The user doesn't want to proceed", ended=False, outcome=Outcome.UNKNOWN)
    allowed = shell(2, line)
    tail = shell(3, "python3 x.py")

    found = reconstruct((write(1, "/w/x.py", "print(1)\n"), refused, tail))

    assert [(e.body, e.tool_use_id) for e in found.executions] == [("print(1)\n", "t3")]
    assert {n.event_id: n.reason for n in found.noise}["a:s:t2"] == "a command that was refused"
    assert len(reconstruct((write(1, "/w/x.py", "print(1)\n"), allowed, tail)).executions) == 2


def test_a_removed_program_is_not_run_with_its_old_text() -> None:
    """What is at its place now is not on record."""
    found = reconstruct((write(1, "/w/x.py", BODY), shell(2, "rm x.py; fetch"), shell(3, "python3 x.py in.csv")))

    assert last(found).body is None
    assert last(found).gap == "source never seen: removed"
