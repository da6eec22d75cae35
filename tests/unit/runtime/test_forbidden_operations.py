"""What is forbidden stays so however it is written; what is not may be granted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.forbidden_operations import why_forbidden

RULES = ("rm -rf", "format C:", "git push --force", "DROP TABLE")


@pytest.mark.parametrize(
    "operation",
    [
        "rm -fr /",
        "rm -r -f /",
        "rm --recursive --force /",
        "rm / --rec --forc",
        "/bin/rm -R -f x",
        "rm.exe -r -f x",
        "sudo RM   -rf /",
        "env A=1 nice rm -f -r x",
        "a && rm -fr b",
        "ls\nrm -fr /",
        "rm \\\n-r -f /",
        "\\rm -fr /",
        "r''m -fr /",
        "rm 'a;b' -r ';' -f",
        "rm -{r,f} /",
        "{rm,-fr,/}",
        "/bin/r? -r -f /",
        "sh -c 'rm -r -f /'",
        "python -c \"subprocess.run(['rm', '-r', '-f', '/'])\"",
        "find . -exec rm -r -f {} +",
        "format c:/x",
        "git -C there push origin -f",
        "psql -c 'drop  table x'",
    ],
)
def test_another_spelling_of_what_is_forbidden_is_forbidden(operation: str) -> None:
    """Flags apart, long, or in another order; other folders, quotes, shells and programs around it."""
    assert "forbidden and never granted" in why_forbidden("Bash", operation, RULES)


@pytest.mark.parametrize(
    "operation",
    [
        "",
        "  ",
        "x=rm; $x -fr /",
        "`echo rm` -fr /",
        "echo cm0gLXJmIC8= | base64 -d | sh",
        "bash < file",
        "find / | xargs rm",
        ". ./file",
        "ls 'x",
        "ls " + "x" * 10_000,
    ],
)
def test_what_cannot_be_read_is_forbidden(operation: str) -> None:
    """In doubt: nobody can say what it will run."""
    assert "may be one that is forbidden" in why_forbidden("Bash", operation, RULES)


@pytest.mark.parametrize(
    "operation",
    [
        "ls",
        "ls .",
        "rm x",
        "rm -r x",
        "rm -r a; ls -f",
        "ls -rf; rm x",
        "git push origin main",
        "git commit -m 'a fix'",
        "cat a.txt | grep b > out.txt",
        "find . -name '*.md'",
        "python run.py -f",
        "format disk",
    ],
)
def test_what_is_not_forbidden_may_be_granted(operation: str) -> None:
    """The twin: a rule that met everything would make grants useless."""
    assert why_forbidden("Bash", operation, RULES) == ""


def test_without_rules_nothing_is_forbidden() -> None:
    """Not even what nobody named."""
    assert why_forbidden("Bash", "rm -rf /", ()) == why_forbidden("Bash", "", ()) == ""


@given(st.text(max_size=80), st.text(max_size=20))
def test_any_text_is_judged(operation: str, rule: str) -> None:
    """It comes from a model: no text may break the judgement, and the rule itself is always met."""
    assert isinstance(why_forbidden("Bash", operation, (rule, *RULES)), str)
    if rule.strip() and operation.strip():
        assert why_forbidden("Bash", f"{operation} {rule}", (rule,))


@pytest.mark.parametrize("tool", ["Read", "Edit", "Write", "WebFetch"])
def test_what_no_shell_reads_is_not_judged_as_its_words(tool: str) -> None:
    """A file may have an apostrophe in its name; what is named among the rules is forbidden to every tool."""
    assert why_forbidden(tool, "docs/it's $HOME {a,b}.md", RULES) == ""
    assert "forbidden" in why_forbidden(tool, "rm -rf /", RULES)
    for runs in ("Bash", "Shell", "PowerShell", "mcp__docs__run"):
        assert "forbidden" in why_forbidden(runs, "cat docs/it's.md", RULES)
