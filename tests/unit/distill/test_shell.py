"""What does a shell command line run, where, with which words, and does its failure show?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.shell import Redirect, ShellCommand, commands


def _last(text: str, name: str = "python3") -> ShellCommand:
    return [c for c in commands(text).commands if c.name == name][-1]


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("python3 x.py a b", ("python3", "x.py", "a", "b")),
        ("python3 'x y.py' \"a 'b'\"", ("python3", "x y.py", "a 'b'")),
        ("python3 pre\"fix\"'ed' \\$x", ("python3", "prefixed", "$x")),
        ("python3 $'a\\tb\\x41'", ("python3", "a\tbA")),
        ('python3 "a\\"b\\\\c\\d"', ("python3", 'a"b\\c\\d')),
        (
            'IN=/d/a.html; python3 x.py $IN ${IN} "${IN}.bak"',
            ("python3", "x.py", "/d/a.html", "/d/a.html", "/d/a.html.bak"),
        ),
        ("export OUT=o.md && python3 x.py $OUT", ("python3", "x.py", "o.md")),
        ("python3 x.py \\\n  a", ("python3", "x.py", "a")),
        ('python3 a\\ b"c"d', ("python3", "a bcd")),
        ("python3 a < in.txt b", ("python3", "a", "b")),
        ("python3 ~/x.py 1.5 -n3", ("python3", "~/x.py", "1.5", "-n3")),
        ('python3 -c "print(\\"hi $\\")"', ("python3", "-c", 'print("hi $")')),
    ],
)
def test_words_are_read_as_the_shell_reads_them(text: str, argv: tuple[str, ...]) -> None:
    """Ours: a wrongly unquoted path or program text replays something else than what ran."""
    assert _last(text).argv == argv


@pytest.mark.parametrize("word", ["$X", "${X:-y}", "$(ls)", "`ls`", "*.html", "a?.md", "$1", "<(ls)", "$((1+1))"])
def test_a_word_that_only_a_run_could_tell_is_none(word: str) -> None:
    """Ours: guessing such a word would call the program with the wrong file."""
    command = _last(f"python3 x.py {word} z")

    assert command.argv[2] is None
    assert command.argv[-1] == "z"


def test_a_variable_set_in_a_subshell_or_loop_is_not_known_outside() -> None:
    """Ours: only assignments that the shell itself would see may be substituted."""
    assert _last("(X=a; true); python3 $X").argv[1] is None
    assert _last("X=a; for X in b c; do true; done; python3 $X").argv[1] is None
    assert _last("X=a; (true); python3 $X").argv[1] == "a"


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("cd /w && cd sub && python3 x.py", ("/w", "sub")),
        ("cd /w; python3 x.py", ("/w",)),
        ("cd /w\npython3 x.py", ("/w",)),
        ("(cd /w && ls); python3 x.py", ()),
        ("cd /w | cat; python3 x.py", ()),
        ("(cd /w && python3 x.py)", ("/w",)),
        ('cd "$UNKNOWN" && python3 x.py', (None,)),
        ("cd && python3 x.py", ("~",)),
        ("bash -lc 'cd /w && python3 x.py'", ("/w",)),
    ],
)
def test_the_folder_of_a_command_is_the_chain_of_cds_before_it(text: str, folders: tuple[str | None, ...]) -> None:
    """Agent records: the recorded folder is the one after the call, so the chain must be known."""
    assert _last(text).folders == folders


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("cd X && python3 - <<'EOF'\nprint('$A')\nEOF\necho done", "print('$A')\n"),
        ("python3 - a <<'EOF' 2>&1 | tail -5\nprint(1)\nEOF", "print(1)\n"),
        ("python3 <<-EOF\n\tif 1:\n\t\tprint(2)\n\tEOF", "if 1:\nprint(2)\n"),
        ('A=5; python3 <<EOF\nprint($A, "\\$B", "\\n")\nEOF', 'print(5, "$B", "\\n")\n'),
        ("python3 <<EOF\nprint('$UNKNOWN')\nEOF", None),
        ("python3 <<EOF\nprint('$(ls)')\nEOF", None),
        ("python3 <<< 'print(3)'", "print(3)\n"),
        ("python3 <<'A B'\nx\nA B\n", "x\n"),
        ("python3 <<'EOF'\r\nprint(1)\r\nEOF\r\n", "print(1)\r\n"),
        ("echo \"$(cat <<'E'\nit's (\nE\n)\" && python3 <<'F'\nprint(4)\nF", "print(4)\n"),
    ],
)
def test_a_heredoc_reaches_its_command_with_its_exact_text(text: str, body: str | None) -> None:
    """Agent records: the grammar hangs heredocs off the list; an unquoted delimiter lets the shell change the text."""
    heredoc = _last(text).heredoc

    assert heredoc is not None
    assert heredoc.text == body


def test_what_stands_behind_a_heredoc_on_its_line_still_counts() -> None:
    """Ours: `<<EOF | head` and `<<EOF || true` hide a failure, `<<EOF > f` says where the output went."""
    assert _last("python3 - <<'EOF' > out.md || true\nprint(1)\nEOF").masked
    assert not _last("python3 - <<'EOF' > out.md && true\nprint(1)\nEOF").masked
    assert _last("python3 - <<'EOF' > out.md\nprint(1)\nEOF").target(1) == Redirect(1, ">", "out.md")
    assert _last("python3 - one <<'EOF' two\nprint(1)\nEOF").argv == ("python3", "-", "one", "two")


def test_redirections_are_read_with_descriptor_and_target() -> None:
    """Ours: the files of redirections are inputs and outputs of the run."""
    command = _last("python3 x.py < in.txt >> out.md 2> /dev/null")

    assert command.redirects == (Redirect(0, "<", "in.txt"), Redirect(1, ">>", "out.md"), Redirect(2, ">", "/dev/null"))
    assert command.stderr_hidden
    assert not _last("python3 x.py 2> err.txt").stderr_hidden


def test_a_redirection_behind_and_belongs_to_the_last_command_and_behind_a_group_to_all() -> None:
    """Ours: `a && b > f` gives f to b alone, `{ a; b; } > f` to both."""
    first, second = commands("ls && python3 x.py > f").commands
    assert (first.target(1), second.target(1)) == (None, Redirect(1, ">", "f"))
    first, second = commands("{ ls; python3 x.py; } > f").commands
    assert first.target(1) == second.target(1) == Redirect(1, ">", "f")


def test_pipes_say_who_feeds_whom() -> None:
    """Ours: `cat FILE | python3 …` makes FILE the program's input."""
    parsed = commands("cd /p && cat data.csv | python3 -c 'x' | tee out.txt").commands

    assert [c.name for c in parsed] == ["cd", "cat", "python3", "tee"]
    assert (parsed[2].fed_by, parsed[2].feeds) == (1, 3)
    assert (parsed[1].fed_by, parsed[3].feeds) == (None, None)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("python3 x.py", False),
        ("cd /w && python3 x.py", False),
        ("python3 x.py && ls", False),
        ("ls; python3 x.py", False),
        ("set -e; python3 x.py; ls", False),
        ("set -o pipefail; python3 x.py | head", False),
        ("python3 x.py || exit 1", False),
        ("python3 x.py || { echo no; exit 2; }", False),
        ("cat a | python3 x.py", False),
        ("python3 x.py 2>/dev/null", False),
        ("python3 x.py || true", True),
        ("python3 x.py || echo failed", True),
        ("python3 x.py || exit 0", True),
        ("python3 x.py; true", True),
        ("python3 x.py\nls", True),
        ("python3 x.py | head -5", True),
        ("python3 x.py &", True),
        ("! python3 x.py", True),
        ("if python3 x.py; then ls; fi", True),
        ("X=$(python3 x.py)", True),
        ("false || python3 x.py", True),
        ("(python3 x.py; true) && ls", True),
    ],
)
def test_a_status_that_the_shell_hides_is_marked(text: str, masked: bool) -> None:
    """Measured on real sessions: masked status means the outcome is unknown, never ok."""
    assert _last(text).masked is masked


def test_a_loop_body_is_marked_and_its_variable_unknown() -> None:
    """Ours: `for f in *.html; do python3 x.py $f; done` ran with words nobody wrote down."""
    command = _last("for f in *.html; do python3 x.py $f; done")

    assert command.looped
    assert command.argv == ("python3", "x.py", None)


_PIECES = st.sampled_from(
    [
        "cd ",
        "python3 - ",
        "<<'EOF'",
        "<<-X",
        "<<<",
        "\n",
        "EOF",
        "X",
        "'",
        '"',
        "$(",
        ")",
        "(",
        "`",
        "|",
        "||",
        "&&",
        ";",
        "&",
        "{ ",
        "}",
        ">",
        "2>&1",
        "$A",
        "${B",
        "}",
        "\\",
        "#",
        "for f in a; do ",
        "done",
        "if ",
        "fi",
        "case x in",
        "esac",
        "[[ ",
        "]]",
        "$((",
        "))",
        "é",
        "\0",
        "\ud800",
        "=",
        "A=",
        "export ",
        "bash -c ",
        "~",
        "*",
        "!",
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join)))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """The module's promise: commands come from other people's sessions and may be anything."""
    parsed = commands(text)

    for command in parsed.commands:
        assert len(command.argv) == len(command.raw)
        assert command.fed_by is None or command.fed_by < len(parsed.commands)


def test_deep_nesting_ends_as_not_understood_instead_of_a_crash() -> None:
    """Ours: a recursive reader must not take the daemon down with it."""
    assert not commands("a && " * 20_000 + "b").complete
    assert commands("a && " * 20 + "b").complete


_WORD = st.text(alphabet="abc XYZ0/._-$'\"\\*é", min_size=1, max_size=12)


@given(st.lists(_WORD, min_size=1, max_size=5))
def test_single_quoted_words_come_back_exactly(words: list[str]) -> None:
    """Ours: whatever can be quoted must survive the reading unchanged."""
    quoted = " ".join("'" + w.replace("'", "'\\''") + "'" for w in words)

    assert commands(f"run {quoted}").commands[0].argv == ("run", *words)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("a && b && c", [(1, 2), (2,), ()]),
        ("cd d && a | b && c", [(1, 2, 3), (3,), (3,), ()]),
        ("set -e; a; b", [(), (2,), ()]),
        ("a; b", [(), ()]),
        ("a || b", [(), ()]),
        ("a", [()]),
    ],
)
def test_what_starts_only_after_success_is_known(text: str, before: list[tuple[int, ...]]) -> None:
    """Ours: a failure of the whole may be the failure of a later command."""
    assert [c.before for c in commands(text).commands] == before
