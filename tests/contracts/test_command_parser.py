"""What every CommandParser promises."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.shell_commands import ShellGrammar
from skillstrata.adapters.shell_words import literal_of

GRAMMAR = ShellGrammar()


def _programs(text: str) -> list[str | None]:
    return [command.words[0] for command in GRAMMAR.parse(text).commands if command.words]


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        ("a; b && c || d | e & f", list("abcdef")),
        ("(a; { b; }) && ! c", list("abc")),
        ('x $(a $(b)) `c` <(d) "e $(f)"', ["x", "a", "b", "c", "d", "f"]),
        ("f() { a; }\nfunction g { b; }", ["a", "b"]),
        ("if a; then b; elif c; then d; else e; fi", list("abcde")),
        ("while a; do b; done; for i in $(c); do d; done; until e; do f; done", list("abcdef")),
        ("case $(a) in x) b;; *) c;; esac", list("abc")),
        ("a <<EOF\n$(b)\nEOF\nc", list("abc")),
        ("a <<'EOF'\n$(b)\nEOF\nc", list("ac")),
        ("a <<EOF && b\nx\nEOF", list("ab")),
        ("a <<EOF | b\nx\nEOF", list("ab")),
        ("X=$(a) b", list("ba")),
        ("export X=$(a)", ["export", "a"]),
        ("[[ -n $(a) ]] && [ -f b ]", ["[", "a", "["]),
        ("x=(1 $(a))", ["a"]),
        ("echo $((1 + $(a)))", ["echo", "a"]),
        ("echo ${x:-$(a)}", ["echo", "a"]),
    ],
)
def test_every_simple_command_is_found(text: str, programs: list[str]) -> None:
    """However deep: what is not found is not judged."""
    told = GRAMMAR.parse(text)

    assert told.parsed
    assert sorted(filter(None, _programs(text))) == sorted(programs)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("rm", "rm"),
        ("r\\m", "rm"),
        ("'r'm", "rm"),
        ("\"r\"'m'", "rm"),
        ("$'\\x72\\155'", "rm"),
        ("$'a\\'b'", "a'b"),
        ('$"rm"', "rm"),
        ('"a\\$b\\n"', "a$b\\n"),
        ("r\\\nm", "rm"),
        ("''", ""),
        ("{}", "{}"),
        ("~/x", "~/x"),
        ("a'*'b", "a*b"),
        ("'{a,b}'", "{a,b}"),
        ("日本", "日本"),
        ("~+", None),
        ("~ann/x", None),
        ("$x", None),
        ("a*", None),
        ("r?", None),
        ("[r]m", None),
        ("{a,b}", None),
        ("{1..3}", None),
        ('"$x"', None),
        ("`a`", None),
        ("'open", None),
        ("$'\\xff'", None),
        ("$'\\0'", None),
        ("$'\\cA'", None),
    ],
)
def test_a_word_has_the_value_that_the_shell_gives_it(word: str, value: str | None) -> None:
    """Quotes and backslashes go; what only running tells is None."""
    assert literal_of(word) == value


@given(st.text(st.characters(codec="utf-8", exclude_characters="'\0"), max_size=20))
@settings(deadline=None)
def test_a_quoted_word_is_itself(text: str) -> None:
    """Single quotes keep every character."""
    assert literal_of(f"'{text}'") == text


@given(st.text(st.sampled_from("abc'\"\\ $*{},~!#é\t-"), max_size=12))
@settings(deadline=None, max_examples=150)
def test_words_are_those_that_bash_makes(text: str) -> None:
    """Held against the real shell, in an empty folder without variables: a literal word is what bash prints."""
    found = GRAMMAR.parse(f"printf %s\\\\0 {text}")
    done = subprocess.run(
        ["/bin/bash", "--norc", "-c", f"printf %s\\\\0 {text}"],
        capture_output=True,
        check=False,
        env={"PATH": "/nowhere", "HOME": "~", "LC_ALL": "C.UTF-8"},
        timeout=20,
    )
    if not found.parsed or done.returncode or len(found.commands) != 1 or None in found.commands[0].words:
        return
    printed = done.stdout.decode().split("\0")[:-1]
    assert printed == list(found.commands[0].words[2:]) or (printed == [""] and len(found.commands[0].words) == 2)


@pytest.mark.parametrize("text", ["a > b", "> b a", "a >> b", "a &> b", "a >| b", "{ a; } > b", "f() { a; } > b"])
def test_a_redirect_that_writes_is_told(text: str) -> None:
    """The grammar alone hangs it somewhere else; a write is a write."""
    assert [name for command in GRAMMAR.parse(text).commands for name in command.writes] == ["b"]


@pytest.mark.parametrize("text", ["a < b", "a 2>&1", "a >&2", "a <&-", "a >&-"])
def test_a_redirect_that_writes_no_file_is_none(text: str) -> None:
    """The twin."""
    assert [name for command in GRAMMAR.parse(text).commands for name in command.writes] == []


@pytest.mark.parametrize("text", ["''rm x", "''\\rm x", '""rm x', "r''m x", "'r'\"m\" x"])
def test_words_without_a_blank_between_them_are_one(text: str) -> None:
    """The grammar cuts some of them in two, and the program would have no name."""
    assert GRAMMAR.parse(text).commands[0].words == ("rm", "x")


def test_a_line_that_goes_on_is_one_command() -> None:
    """The usual way to write a long command; the twin of what is refused above."""
    told = GRAMMAR.parse("git log \\\n  --oneline \\\n  | head")

    assert told.parsed
    assert [one.words for one in told.commands] == [("git", "log", "--oneline"), ("head",)]


def test_what_is_set_and_what_is_fed_is_told() -> None:
    """Assignments change what a program is; heredocs feed interpreters."""
    one, two, three = GRAMMAR.parse("A=1 B=2 a <<'E'\nx\nE\nC=3\nb <<< 'y z'").commands

    assert (one.assigns, one.stdin) == (("A", "B"), "x\n")
    assert (two.words, two.assigns) == ((), ("C",))
    assert (three.stdin, three.dynamic) == ("y z", False)


@pytest.mark.parametrize(
    "text",
    [
        *("a 'b", "if a", "a $(", "a | ) b", "a\rb", "a\x0bb", "a\0b", "a" * 70_000, "\ud800", "a|" * 2_000),
        *("a \\ #; b", "r\\\nm x", "a\n\\\nrm x", "a\n \\\n rm x", "\\\nrm x"),
    ],
)
def test_what_is_not_understood_whole_is_said(text: str) -> None:
    """Half an understanding is none."""
    assert not GRAMMAR.parse(text).parsed


@given(st.text(max_size=80) | st.text(st.sampled_from("$(){}[]<>|&;'\"`\\\n EOF-a\té日"), max_size=80))
@settings(deadline=None, max_examples=300)
def test_no_text_raises(text: str) -> None:
    """Whatever a model writes."""
    GRAMMAR.parse(text)


def test_no_text_ends_the_process() -> None:
    """The grammar's scanner reads beyond its tables for some characters; a process of its own sees whether it lives."""
    probe = (
        "from skillstrata.adapters.shell_commands import ShellGrammar\ng = ShellGrammar()\n"
        "for n in [*range(0, 0x3000, 3), 0x10ffff, 0x1f600, 0x2028]:\n"
        "    for t in ('<<{0} a\\n{0}', 'a{0}b', '${0}', '{0}=1 a', '<<-\"{0}\"\\n', '[[ a =~ {0} ]]'):\n"
        "        g.parse(t.format(chr(n)))\nprint('alive')"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False, timeout=120)

    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
