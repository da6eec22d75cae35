"""What is found in a program that calls tools."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.codex_program import Program, ProgramCommand, read_program
from skillstrata.records.events import FileChange


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ('text(await tools.exec_command({cmd:"ls -l",workdir:"/p"}));', ProgramCommand("ls -l", "/p")),
        ("await tools.exec_command({'cmd': 'a\\'b\\n\\x41\\u0042'})", ProgramCommand("a'b\nAB")),
        ("await tools.exec_command({ cmd: `line 1\nline \\${2}`, tty: true })", ProgramCommand("line 1\nline ${2}")),
        ('const cmd = "ls"; /* "{ */ await tools.exec_command({cmd, x: [1, {y: 2}]})', ProgramCommand("ls")),
        ("await tools.exec_command({cmd: \"a \" + 'b'}) // it's done", ProgramCommand("a b")),
        ('await tools.shell({command: ["bash", "-lc", "ls"]})', ProgramCommand(("bash", "-lc", "ls"))),
        ('await tools.exec_command({cmd: "\\ud83d\\ude00 \\ud83d"})', ProgramCommand("\U0001f600 \ufffd")),
    ],
)
def test_a_literal_command_is_found(source: str, command: ProgramCommand) -> None:
    """The command is the program that counts; the JavaScript around it is only its wrapping."""
    assert read_program(source).commands == (command,)


@pytest.mark.parametrize(
    "source",
    [
        "await tools.exec_command({cmd: `ls ${folder}`})",
        "await tools.exec_command({cmd: command})",
        'await tools.exec_command({cmd: "ls " + folder})',
        "await tools.exec_command(options)",
        'await tools.exec_command({cmd: "ls',
        'text("tools.exec_command({cmd: 1})")',
    ],
)
def test_a_command_made_while_the_program_runs_is_not_guessed(source: str) -> None:
    """Half a command is worse than none."""
    assert read_program(source) == Program()


def test_patches_in_strings_and_templates_are_found() -> None:
    """A patch is often a constant that is handed over later."""
    patch = "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch"
    quoted = patch.replace("\n", "\\n")

    for source in (f'const p = "{quoted}"; await tools.apply_patch(p)', f"await tools.apply_patch(`{patch}`)"):
        assert read_program(source).changes == (FileChange("a.txt", "x\n"),)


@pytest.mark.parametrize(
    "piece", ["`\\", '"\\', "/*", "tools.exec_command(", "tools.exec_command({cmd:[", "({[", "'\\\n"]
)
def test_long_runs_of_what_never_closes_are_scanned(piece: str) -> None:
    """Text of strangers must not make the scan quadratic; the test's bound is the suite's own."""
    assert read_program(piece * (200_000 // len(piece))).changes == ()


@given(st.text(alphabet="tools.exec_command({cmd:'\"`$\\}) ,+[]\n/*", max_size=200))
def test_any_text_is_scanned(source: str) -> None:
    """It is a program of somebody else, perhaps cut off."""
    read_program(source)
