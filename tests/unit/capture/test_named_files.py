"""Which files an event names."""

from pathlib import Path

import pytest

from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.capture.named_files import MAX_PATHS, named_paths
from skillstrata.records.events import Event, EventKind, FileChange, ShellCall


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with an input, a script and a subfolder with another input."""
    (tmp_path / "sub").mkdir()
    for name in ("in.csv", "my file.txt", "sub/deep.html", "README"):
        (tmp_path / name).write_text("x")
    (tmp_path / "conv.py").write_text(f"a = open('{tmp_path}/in.csv')\nb = open('my file.txt')\nimport os.path\n")
    return tmp_path


def of(cwd: Path, command: str = "", change: FileChange | None = None) -> set[str]:
    """Give what one event names, relative to the project where it lies inside."""
    shell = ShellCall(command) if command else None
    event = Event("i", "a", "s", EventKind.CALL, 1.0, cwd=str(cwd), shell=shell, change=change)
    return {p.removeprefix(f"{cwd}/") for p in named_paths(event, DiskFiles())}


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("cat in.csv", {"in.csv"}),
        ("cat ./in.csv > out.csv", {"in.csv"}),
        ("python3 -c \"print(open('in.csv').read())\"", {"in.csv"}),
        ("python3 - <<'EOF'\nrows = open(\"my file.txt\")\nEOF", {"my file.txt"}),
        ("cd sub && cat deep.html", {"sub/deep.html"}),
        ("(cd 'sub'; cat deep.html)", {"sub/deep.html"}),
        ("tool --in=in.csv,nothing.csv", {"in.csv"}),
        ("cat sub/../in.csv", {"in.csv"}),
        ("for f in *.csv sub/*.html; do conv $f; done", {"in.csv", "sub/deep.html"}),
        ("python3 -c \"import glob; glob.glob('sub/*.html')\"", {"sub/deep.html"}),
        ("ls * sub/* ./*", set()),
        ("echo 3.14 os.path a.b(c) $HOME/in.csv https://host/in.csv -o", set()),
        ("ls -la", set()),
    ],
)
def test_words_of_a_command_that_are_files_are_named(folder: Path, command: str, named: set[str]) -> None:
    """An input must be kept while it is there; words that are no files cost nothing."""
    assert of(folder, command) == named


def test_a_run_names_the_script_and_the_files_in_its_text(folder: Path) -> None:
    """The data files of a script are literals of the script, not words of the command."""
    assert of(folder, "python3 conv.py") == {"conv.py", "in.csv", "my file.txt"}


def test_a_script_in_another_folder_is_read_against_its_own_and_the_working_folder(folder: Path) -> None:
    """Relative literals mean the working folder, but scripts are often written beside their inputs."""
    (folder / "sub" / "run.py").write_text("open('deep.html'); open('in.csv')")

    assert of(folder, "python3 sub/run.py") == {"sub/run.py", "sub/deep.html", "in.csv"}


def test_a_written_program_names_itself_and_its_literals(folder: Path) -> None:
    """When a script is written its inputs are there already; later they may not be."""
    change = FileChange(str(folder / "new.py"), content="open('in.csv').read()")

    assert of(folder, change=change) == {"new.py", "in.csv"}


def test_an_edited_program_is_read_from_disk(folder: Path) -> None:
    """An edit shows a few lines only."""
    assert of(folder, change=FileChange(str(folder / "conv.py"))) == {"conv.py", "in.csv", "my file.txt"}


def test_text_that_is_no_program_names_only_itself(folder: Path) -> None:
    """A page that mentions a file does not use it."""
    assert of(folder, change=FileChange(str(folder / "notes.md"), content="see in.csv")) == {"notes.md"}


def test_an_absolute_file_that_is_gone_is_named_and_a_relative_one_is_not(folder: Path) -> None:
    """A gone output tells which folder must be there for a replay; a gone relative word is mostly no file at all."""
    assert of(folder, f"tool {folder}/gone.csv gone2.csv /no/such/folder") == {"gone.csv"}


def test_home_is_expanded(folder: Path) -> None:
    """Shells expand it before programs see it."""
    (Path.home() / "list.txt").write_text("x")

    assert of(folder, "cat ~/list.txt") == {str(Path.home() / "list.txt")}


@pytest.mark.parametrize(
    "name",
    [".env", ".env.local", "server.pem", "id_rsa", "id_ed25519.pub", ".ssh/config", ".aws/credentials", ".git/config"],
)
def test_files_that_hold_secrets_by_their_kind_are_never_named(folder: Path, name: str) -> None:
    """Not even redacted: what is not read cannot leak."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x")

    assert of(folder, f"cat {name} {folder}/{name} in.csv") == {"in.csv"}
    assert of(folder, change=FileChange(str(folder / name), content="x")) == set()


def test_programs_of_the_system_are_not_named(folder: Path) -> None:
    """The interpreter is no input."""
    assert of(folder, "/usr/bin/env /bin/sh in.csv /dev/null /proc/self/maps") == {"in.csv"}


def test_no_event_names_more_files_than_the_cap(folder: Path) -> None:
    """One event must not make us copy a whole disk."""
    for number in range(MAX_PATHS + 10):
        (folder / f"{number}.txt").write_text("x")

    assert len(of(folder, " ".join(f"{n}.txt" for n in range(MAX_PATHS + 10)))) == MAX_PATHS


def test_a_script_over_the_size_cap_is_named_but_not_read(folder: Path) -> None:
    """Generated programs of megabytes are data."""
    (folder / "big.py").write_text("open('in.csv')\n" + "#" * 300_000)

    assert of(folder, "python3 big.py") == {"big.py"}


def test_an_event_without_a_folder_names_absolute_files_only(folder: Path) -> None:
    """A relative word without a folder means nothing."""
    event = Event("i", "a", "s", EventKind.CALL, 1.0, shell=ShellCall(f"cat in.csv {folder}/in.csv"))

    assert named_paths(event, DiskFiles()) == (f"{folder}/in.csv",)


@pytest.mark.parametrize(
    "command",
    [
        'python3 "{d}/s.py" "{d}/my in.csv" "{d}/my out.json"',
        "python3 '{d}/s.py' '{d}/my in.csv' '{d}/my out.json'",
        'python3 s.py "my in.csv" "my out.json"',
        "python3 s.py my\\ in.csv my\\ out.json",
        "python3 {d}/s.py {d}/my\\ in.csv > {d}/my\\ out.json",
        'python3 {d}/s.py "{d}"/my\\ in.csv \'{d}\'/"my out.json"',
        'python3 s.py --in="my in.csv" --out=my\\ out.json',
        "echo it's; python3 s.py \"my in.csv\" 'my out.json'",
        "python3 s.py \"my in.csv\" <<'EOF' > 'my out.json'\nit's \"odd\nEOF",
        'bash -c "python3 s.py \\"my in.csv\\" \\"my out.json\\""',
        "python3 -c \"import s; open('s.py'); s.go('my in.csv', 'my out.json')\"",
        'python3 -c \'open("s.py"); go("my in.csv", "my out.json")\'',
        "python3 - <<'EOF'\n# it's\nopen(\"s.py\"); go(\"my in.csv\", 'my out.json')\nEOF",
        "python3 -c \"\nopen('s.py')\ngo('my in.csv', 'my out.json')\n\"",
    ],
)
def test_names_with_spaces_are_found_however_they_are_quoted(tmp_path: Path, command: str) -> None:
    """Quotes around a word without spaces must not shift the pairs, nor those of another language around it."""
    for name in ("s.py", "my in.csv", "my out.json"):
        (tmp_path / name).write_text("x")

    found = of(tmp_path, command.replace("{d}", str(tmp_path)))
    assert found - {str(tmp_path)} == {"s.py", "my in.csv", "my out.json"}


def test_what_stands_between_two_quoted_words_is_no_file(tmp_path: Path) -> None:
    """Every pair of quotes is looked between; only what is there is named."""
    (tmp_path / "in.csv").write_text("x")

    assert of(tmp_path, f'tool "{tmp_path}/in.csv" /of "x" "{tmp_path}"') == {"in.csv", str(tmp_path)}


def test_a_folder_with_a_space_is_entered(tmp_path: Path) -> None:
    """A path after `cd` counts from there."""
    (tmp_path / "my files").mkdir()
    (tmp_path / "my files" / "in.csv").write_text("x")

    for command in ("cd my\\ files && cat in.csv", 'cd "my files" && cat in.csv'):
        assert "my files/in.csv" in of(tmp_path, command)


def test_of_many_files_a_pattern_names_the_first_few(tmp_path: Path) -> None:
    """One of many shows what a loop does with each; a folder of thousands must not fill the store."""
    for number in range(30):
        (tmp_path / f"page{number:02}.html").write_text("x")
    (tmp_path / ".hidden.html").write_text("x")

    assert of(tmp_path, "for f in *.html; do conv $f; done") == {f"page{n:02}.html" for n in range(8)}
