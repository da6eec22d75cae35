"""Which command lines need not be read?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.distill.harmless import first_words, is_harmless, reason
from skillstrata.distill.pipelines import pipelines
from skillstrata.distill.program_calls import program_call
from skillstrata.distill.shell import commands
from skillstrata.distill.virtual_files import VirtualFiles


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("git status --short && git diff --stat | head -20", "git, head"),
        ("ls -la src/ 2>/dev/null || echo missing", "ls, echo"),
        ("cd a && npm run build 2>&1 | tail -20", "cd, npm, tail"),
        ('rg "a|b && c" docs | wc -l', "rg, wc"),
        ("for f in a b; do echo $f; done", "echo"),
        ("FOO=1 make all", "make"),
        ("docker ps", "docker"),
    ],
)
def test_a_line_that_looks_at_a_project_is_not_read(text: str, shown: str) -> None:
    """Ours: nine of ten lines; the reason still names what they run."""
    assert is_harmless(text)
    assert reason(first_words(text)) == f"no authored program: {shown}"


@pytest.mark.parametrize(
    "text",
    [
        "python3 x.py",
        "cat a.txt > b.txt",
        "ls && ./convert a.txt",
        "cut -f1 a.tsv | sort",
        "echo x | tee a.py",
        "rm a.py",
        "git checkout a.py",
        "npm install x",
        "cat a.md | pandoc -o b.html",
        "bash -c 'sort a'",
        "x.py",
        "ls | xargs node c.mjs",
    ],
)
def test_a_line_that_may_run_a_program_or_change_a_file_is_read(text: str) -> None:
    """The twin: each of these matters to what a later program was."""
    assert not is_harmless(text)


_PARTS = st.sampled_from(
    [
        "git",
        "ls",
        "cat",
        "a.txt",
        "b.md",
        "|",
        "&&",
        ";",
        "grep -n x",
        "head -3",
        "echo",
        "wc -l",
        "2>/dev/null",
        "2>&1",
        "python",
        "sort",
        ">",
        "<",
        "tee",
        "rm",
        "mv",
        "node",
        "-c",
        "'x y'",
        "$(",
        ")",
        "jq",
        "find .",
        "-exec",
        "sed -i",
        "cp",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PARTS, max_size=9).map(" ".join))
def test_nothing_that_counts_is_left_unread(text: str) -> None:
    """The promise: reading a harmless line would have found no program and no change of a file."""
    if not is_harmless(text):
        return
    parsed = commands(text)
    files = VirtualFiles()
    for command in parsed.commands:
        files.shell(command, parsed, lambda _command, path: path, "e1")
        assert program_call(command, parsed) is None
    assert pipelines(parsed)[0] == ()
    assert list(files.paths()) == []
