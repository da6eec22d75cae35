"""No value becomes code, a program, an option or what a program loads, by whichever words of a command it comes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.compose.command_tables import INTERPRETERS, READS_ALL, WRAPPERS
from skillstrata.compose.command_words import word_faults
from tests.capability_trees import ALL, BASH, served, takes, tree_of
from tests.composed_skills import errors_of, skill

_X = "{{input.q}}"
_BASH = replace(BASH, input_schema='{"type":"object"}')
_TREE = tree_of(ALL, _BASH)


def _codes(words: "list[str] | str", more: str = "", allow: bool = False) -> list[str]:
    step = f"    - tool: bash\n      allow_options: {str(allow).lower()}\n      input: {{argv: {words!r}{more}}}"
    return list(errors_of(skill(step), _TREE))


@pytest.mark.parametrize(
    "words",
    [
        ["bash", "-c", f"echo {_X}"],
        ["bash", "-lc", f"echo {_X}"],
        ["bash", "-c", "-x", f"echo {_X}"],
        ["bash", "-c", "--", f"echo {_X}"],
        ["bash", "-o", "pipefail", "-c", f"echo {_X}"],
        ["bash", "--rcfile", f"./{_X}"],
        ["/usr/bin/sh", "-ec", _X],
        ["dash", f"./{_X}"],
        ["zsh", "--", _X],
        ["ksh", "-c", _X],
        ["fish", "--command", f"a {_X}"],
        ["python3", "-c", f'print("{_X}")'],
        ["python3.11", "-Ic", f'print("{_X}")'],
        ["python", f"-cprint({_X})"],
        ["python", "-m", f"a{_X}"],
        ["pypy3", f"a{_X}.py"],
        ["perl", "-e", f"print '{_X}'"],
        ["perl", "-lane", f"print '{_X}'"],
        ["perl", "-e", "1", "-e", f"print '{_X}'"],
        ["ruby", "-e", f"puts '{_X}'"],
        ["node", "-e", f"log('{_X}')"],
        ["node", "--eval", f"log('{_X}')"],
        ["node", f"--require=./{_X}", "a.js"],
        ["awk", f"{{print {_X}}}", "a"],
        ["gawk", "-F", ",", "--", f"{{print {_X}}}"],
        ["awk", "-v", "a=1", f"/{_X}/"],
        ["sed", "-n", f"s/a/{_X}/e", "f"],
        ["php", "-r", f"echo '{_X}';"],
        ["env", "bash", "-c", f"echo {_X}"],
        ["env", "-u", "A", "B=1", "bash", "-c", f"echo {_X}"],
        ["env", "-S", f"bash -c {_X}"],
        ["env", f"LD_PRELOAD={_X}", "ls"],
        ["sudo", "-u", "me", "sh", "-c", f"echo {_X}"],
        ["xargs", "-I", "{}", "sh", "-c", f"echo {_X} {{}}"],
        ["timeout", "-k", "5", "10", "bash", "-c", f"echo {_X}"],
        ["nice", "-n", "5", "timeout", "10", "env", "A=1", "bash", "-lc", f"echo {_X}"],
        ["find", ".", "-exec", "sh", "-c", f"echo {_X}", ";"],
        ["find", ".", "-name", "a", "-execdir", "env", "bash", "-c", f"echo {_X}", "{}", "+"],
        ["busybox", "sh", "-c", f"echo {_X}"],
        ["unheard_of", "bash", "-c", f"echo {_X}"],
        ["ssh", "host", f"ls {_X}"],
        ["git", "-c", f"core.pager={_X}", "log"],
        ["tar", "xf", "a", f"--to-command={_X}"],
        ["su", "-c", f"ls {_X}"],
    ],
)
@pytest.mark.parametrize("allow", [False, True])
def test_no_value_stands_in_code(words: list[str], allow: bool) -> None:
    """What a shell or an interpreter reads is a program; `allow_options` is about options, not about code."""
    assert _codes(words, allow=allow) == ["compose.shell_template"]


@pytest.mark.parametrize(
    "words",
    [
        ["bash", "-c", 'echo "$1" "$2"', "_", _X, f"--a{_X}"],
        ["bash", "-e", "-o", "pipefail", "-c", 'echo "$1"', "_", _X],
        ["python3", "-c", "import sys; print(sys.argv)", _X],
        ["python3", "-I", "-c", "import sys", f"-{_X}"],
        ["perl", "-e", "print @ARGV", "--", _X],
        ["node", "-e", "log(process.argv)", "--", _X],
        ["awk", "-v", f"a={_X}", "{print a}", "f"],
        ["awk", "{print}", "--", _X],
        ["sed", "-e", "s/a/b/", "--", _X],
        ["env", f"A={_X}", "ls"],
        ["env", "-u", "A", "grep", "--", _X, "f"],
        ["timeout", "5", "grep", "--", _X, "f"],
        ["xargs", "-n", "1", "grep", f"--file={_X}"],
        ["find", ".", "-name", _X],
        ["find", f"./{_X}", "-exec", "bash", "-c", 'echo "$1"', "_", "{}", ";"],
        ["bash", "build.sh", "--", _X],
        ["git", "log", f"--author={_X}"],
        ["echo", f"a {_X}"],
        ["grep", "--", f"-{_X}", "bash"],
    ],
)
def test_values_are_arguments_of_code_that_is_literal(words: list[str]) -> None:
    """The twins: the same programs, with the value where nothing reads it."""
    assert _codes(words) == []


@pytest.mark.parametrize(
    "words",
    [
        [f"/bin/{_X}"],
        [f"{_X}", "--", "a"],
        ["--", _X],
        ["-a", "x", "ls"],
        ["env", "--", _X],
        ["env", f"/bin/{_X}"],
        ["timeout", "5", f"./{_X}"],
        ["find", ".", "-exec", f"./{_X}", ";"],
        ["find", "--", _X, f"-exec{_X}"],
        ["find", "--", _X],
        ["grep", _X, "f"],
        ["grep", f"-f{_X}", "f"],
        ["grep", f"-{_X}", "f"],
        ["grep", f"--{_X}", "f"],
        ["env", "--", "grep", _X],
        ["xargs", "--", "rm", _X],
        _X,
    ],
)
def test_no_value_is_a_program_or_an_option(words: "list[str] | str") -> None:
    """`--` ends the options of the one program it is given to, where that knows it; at the front it ends nothing."""
    assert _codes(words) == ["compose.argv"]


@pytest.mark.parametrize("words", [["grep", _X, "f"], ["grep", f"-f{_X}", "f"], ["find", _X, "-delete"]])
def test_options_from_values_are_taken_where_the_author_says_so(words: list[str]) -> None:
    """And only there."""
    assert (_codes(words, allow=True), _codes(words)) == ([], ["compose.argv"])


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        *((name, True) for name in ("LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "ENV", "PATH", "PYTHONPATH")),
        *((name, True) for name in ("NODE_OPTIONS", "PERL5LIB", "PERL5OPT", "RUBYOPT", "IFS", "GIT_SSH_COMMAND")),
        *((name, False) for name in ("Q", "PATHS", "GIT_AUTHOR_NAME", "PYTHONIOENCODING", "IFS_", "HOME")),
    ],
)
def test_no_value_decides_what_a_program_loads(name: str, refused: bool) -> None:
    """A library that is named by a value is code by another way; the same variable may be written literally."""
    expected = ["compose.shell_template"] if refused else []

    assert _codes(["ls"], f', env: {{{name}: "{_X}"}}') == expected
    assert _codes(["ls"], f", env: {{{name}: literal}}") == []
    assert _codes(["env", f"{name}={_X}", "ls"]) == expected


def test_the_names_of_variables_do_not_come_from_a_value() -> None:
    """Whoever gives them would name a loader's."""
    assert _codes(["ls"], f', env: "{_X}"')[:1] == ["compose.shell_template"]


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (["bash"], True),
        (["bash", "-s"], True),
        (["python3", "-"], True),
        (["env", "perl"], True),
        (["cat"], False),
        (["bash", "-c", "cat"], False),
        (["python3", "read.py"], False),
    ],
)
def test_no_value_is_the_input_of_a_program_that_reads_code_from_it(words: list[str], refused: bool) -> None:
    """A script by stdin is a script; a program that has its code already reads data there."""
    assert _codes(words, f', stdin: "echo {_X}"') == (["compose.shell_template"] if refused else [])
    assert _codes(words, ", stdin: echo") == []


def test_a_server_s_command_and_its_arguments_are_one_command() -> None:
    """Servers that run programs take them apart."""
    tree = tree_of(ALL, served("sh", "run_command", takes(command="string", args={"type": "array"})))
    step = "    - tool: run_command\n      input: {{command: bash, args: ['-c', '{}', a, '{{{{input.q}}}}']}}"

    assert list(errors_of(skill(step.format("echo {{input.q}}")), tree)) == ["compose.shell_template"]
    assert errors_of(skill(step.format('echo "$1"')), tree) == {}


_KNOWN = st.sampled_from([*sorted(INTERPRETERS), *sorted(WRAPPERS), *sorted(READS_ALL), "find", "git", "tar", "x"])
_WORD = st.one_of(
    _KNOWN, st.sampled_from(["-c", "-e", "--", "-", "+", ";", "-exec", "", "A=1", f"A={_X}", _X, f"-{_X}"])
)


@given(st.lists(_WORD, max_size=8), st.booleans(), st.booleans())
def test_any_words_are_checked_and_a_fault_names_one_that_is_there(
    words: list[str], allowed: bool, stdin: bool
) -> None:
    """Skills come from strangers."""
    found = word_faults(tuple(words), allowed=allowed, stdin=stdin)

    assert all(0 <= fault.number < len(words) for fault in found)
    if words and "{{" in words[0]:
        assert 0 in {fault.number for fault in found}
    if words[1:2] == ["-c"] and words[0] in ("bash", "python") and words[2:3] == [_X]:
        assert 2 in {fault.number for fault in found}
