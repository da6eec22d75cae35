"""Which commands of one line are one program, and when is a line refused instead of taken apart?"""

import subprocess
from pathlib import Path

import pytest

from skillstrata.distill.pipelines import pipelines
from skillstrata.distill.shell import commands
from skillstrata.distill.shell_bodies import part_of_more
from skillstrata.distill.shell_turns import turns


def _texts(line: str) -> list[str]:
    return [pipe.text for pipe in pipelines(commands(line))[0]]


@pytest.mark.parametrize(
    "line",
    [
        "{ grep ERROR f; grep WARN f; } > both",
        "(head -1 f; grep -E x f) > o",
        "(head -1 f && tail -n +2 f | sort -t, -k3,3n) > o",
        "{ head -1 f; tail -n +2 f | sort; } > o",
        "(echo 'a,b'; awk '{print $2}' f) > o",
        "(head -1; sort) < f > o",
        "cat f | (head -1; sort) > o",
        "(head -1 f; tail -n +2 f | sort) | column -t > o",
        "grep E f > r && grep W f >> r",
        "grep E f > r; grep W f > r",
        "echo a,b > o && awk '{print $1}' f >> o",
        "grep E f > tmp && cut -d' ' -f4 tmp | sort | uniq -c > counts; rm tmp",
    ],
)
def test_commands_that_make_one_file_are_one_program_as_written(line: str) -> None:
    """Half of such a line gives half of its result, and never ran on its own."""
    assert _texts(f"cd d && {line}" if line.startswith(("{", "(")) else line) == [f"{line}\n"]


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("{ grep ERROR f > a; grep WARN f > b; }", ["grep ERROR f > a\n", "grep WARN f > b\n"]),
        ("grep E f > a && grep W f > b", ["grep E f > a\n", "grep W f > b\n"]),
        ("grep E f > a; sort a > b", ["grep E f > a\n", "sort a > b\n"]),
        ("(grep a f | sort) > o", ["grep a f | sort > o\n"]),
        ("(cd x && grep a f) > o", ["grep a f > o\n"]),
        ("grep E f > r; cat r", ["grep E f > r\n"]),
    ],
)
def test_commands_with_files_of_their_own_stay_apart(line: str, texts: list[str]) -> None:
    """Two results are two programs, also inside of one group, and one pipe needs no group."""
    assert _texts(line) == texts


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{ python3 c.py f; grep -c , f; } > out.md", "its commands make one file together: out.md"),
        ("if true; then grep E f > o; else grep W f > o; fi", "its commands make one file together: o"),
        ("{ grep E f; grep W $X; } > o", "its words depend on more than the command line"),
        ("(cd a; grep E f; cd b; grep W f) > o", "its commands make one file together: o"),
        ("grep E f > t && cut -c1 t > o && rm t f", "it removes a file that it did not make"),
        ("{ grep E f & grep W f; } > o", "its commands make one file together: o"),
    ],
)
def test_a_group_that_is_no_program_is_refused_with_the_reason(line: str, why: str) -> None:
    """What cannot be written down whole is not written down in parts."""
    assert pipelines(commands(line)) == ((), why)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{ python3 c.py f; grep -c , f; } > out.md", True),
        ("{ echo '# Title'; python3 c.py f; } > out.md", True),
        ("echo '# Title' > out.md; python3 c.py f >> out.md", True),
        ("{ cd d; python3 c.py f; } > out.md", False),
        ("python3 c.py f > out.md; echo done >> out.md", False),
        ("python3 c.py f > out.md; grep -c , f > n", False),
    ],
)
def test_a_program_that_gives_a_part_of_a_file_is_known(line: str, part: bool) -> None:
    """The file holds more than the program gave; a note after it or a `cd` before it adds nothing."""
    parsed = commands(line)
    at = next(i for i, c in enumerate(parsed.commands) if c.name == "python3")
    assert bool(part_of_more(parsed, at)) is part


def test_a_group_written_down_gives_what_the_line_gave(tmp_path: Path) -> None:
    """Quoting, variables and the order of redirections must stay right."""
    (tmp_path / "f x.csv").write_text("n,v\nb,2\na,1\nc d,3\n")
    line = 'F=\'f x.csv\'; (head -n 1 "$F"; tail -n +2 "$F" | sort -t, -k1,1r) > "o\'s.csv"'
    subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True)
    then = (tmp_path / "o's.csv").read_text()
    (tmp_path / "o's.csv").unlink()
    (text,) = _texts(line)
    subprocess.run(["bash", "-c", text], cwd=tmp_path, check=True)
    assert (tmp_path / "o's.csv").read_text() == then == "n,v\nc d,3\nb,2\na,1\n"


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("find d -name '*.csv' | xargs -I{} sh -c 'tr , x < {} > {}.tsv'", ["tr , x < d/a.csv > d/a.csv.tsv\n"]),
        (
            "find d -name '*.csv' | xargs -I{} sh -c '(head -1 {}; tail -n +2 {} | sort) > {}.txt'",
            ["(head -1 d/a.csv; tail -n +2 d/a.csv | sort) > d/a.csv.txt\n"],
        ),
        ("find q -name '*.csv' | xargs -I{} sh -c 'tr , x < {} > {}.tsv'", []),
    ],
)
def test_the_first_turn_of_a_shell_text_given_to_many_files_is_read(line: str, texts: list[str]) -> None:
    """It is one tool for one file; where no file is known by name there is no turn."""

    def names(pattern: str, _folders: tuple[str | None, ...], _deep: bool) -> tuple[str, ...]:
        return ("d/a.csv",) if pattern == "d/*.csv" else ()

    found, _ = pipelines(turns(commands(line, names=names), names))
    assert [pipe.text for pipe in found] == texts
    assert all(pipe.loop for pipe in found)


def test_a_loop_over_unknown_files_says_so() -> None:
    """The reason must name what is missing: with a known file the same line is read."""
    line = 'for f in d/*.log; do grep ERROR "$f"; done > all.log'
    assert pipelines(commands(line)) == ((), "a loop over files that are not on record")
    text = "find q -name '*.csv' | xargs -I{} sh -c 'cut -c1 {} > {}.txt'"
    assert pipelines(commands(text)) == ((), "a loop over files that are not on record")
    known = commands(line, names=lambda _p, _f, _d: ("d/a.log",))
    assert [pipe.text for pipe in pipelines(known)[0]] == ["grep ERROR d/a.log\n"]
