"""What a command prints, as far as its own words say so."""

import subprocess

import pytest

from skillstrata.distill.printed_text import fed, printed
from skillstrata.distill.shell import commands

KNOWN = {"a.txt": "alpha\n", "b.txt": "beta\n"}


def of(text: str) -> str | None:
    """Give what the last command of a line prints."""
    parsed = commands(text)
    return printed(parsed.commands[-1], parsed, KNOWN.get)


@pytest.mark.parametrize(
    "command",
    [
        "echo one two",
        "echo -n one",
        "echo -e 'one\\ttwo\\nthree'",
        "echo -ne 'a\\x41\\0101'",
        "echo 'a\\nb'",
        "echo",
        "printf 'one\\n'",
        "printf '%s\\n' one two three",
        "printf '%s,%d\\n' a 1 b 2",
        "printf '%s-%s\\n' a b c",
        "printf '100%%\\n'",
        "printf 'a\\tb\\\\c\\n'",
        "cat <<'EOF'\none $x\nEOF",
        "cat - <<'EOF'\none\nEOF",
        "cat <<< one",
        "echo one | cat",
        "echo one | cat | cat",
        "true",
        ":",
    ],
)
def test_what_is_known_is_what_the_shell_prints(command: str) -> None:
    """Files are put together from these texts: a wrong character makes another program of it."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)

    assert of(command) == done.stdout


@pytest.mark.parametrize(
    "command",
    [
        "date",
        "echo $HOSTNAME",
        "printf '%5.2f\\n' 1.5",
        "printf '%d\\n' x",
        "printf -v name one",
        "cat c.txt",
        "cat -n a.txt",
        "cat <<EOF\n$unknown\nEOF",
        "date | cat",
        "for i in 1 2; do echo one; done",
        "cat *.txt",
    ],
)
def test_what_depends_on_anything_else_is_not_known(command: str) -> None:
    """A guess would become the text of a file."""
    assert of(command) is None


def test_known_files_are_put_together() -> None:
    """`cat` of parts is how larger files are made."""
    assert of("cat a.txt b.txt") == "alpha\nbeta\n"
    assert of("cat < a.txt") == "alpha\n"
    assert of("echo x | cat a.txt -") == "alpha\nx\n"


def test_a_command_is_fed_by_a_heredoc_a_file_or_a_pipe() -> None:
    """`tee` writes what it reads."""
    for text, expected in [("tee x <<'E'\na\nE", "a\n"), ("tee x < a.txt", "alpha\n"), ("echo a | tee x", "a\n")]:
        parsed = commands(text)
        assert fed(parsed.commands[-1], parsed, KNOWN.get) == expected
    alone = commands("tee x")
    assert fed(alone.commands[-1], alone, KNOWN.get) is None
