import json
from collections.abc import Callable

import click
import pytest

from skillstrata.records.errors import StrataError
from skillstrata.records.failures import CatalogBusy, OutputExists, RecordUnreadable, SandboxUnavailable, ToolUnknown
from skillstrata.surfaces.cli.exits import ended


def _raises(error: BaseException) -> Callable[[], int]:
    def verb() -> int:
        raise error

    return verb


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (click.UsageError("no"), 2),
        (ToolUnknown("no tool 'x'"), 3),
        (OutputExists("a.md is there"), 4),
        (RecordUnreadable("line 1"), 65),
        (SandboxUnavailable("no bwrap"), 69),
        (ValueError("surprise"), 70),
        (CatalogBusy("held"), 75),
        (KeyboardInterrupt(), 130),
        (click.exceptions.Exit(3), 3),
    ],
)
def test_each_end_has_the_exit_code_of_the_contract(error: BaseException, code: int) -> None:
    """Other programs branch on these numbers."""
    assert ended(_raises(error), []) == code


@pytest.mark.parametrize("code", [0, 3, 65])
def test_a_verb_that_returns_gives_its_own_code(code: int) -> None:
    """The twin: without an error nothing is changed."""
    assert ended(lambda: code, []) == code


def test_an_error_says_code_sentence_and_next_step_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Contract: messages go to stderr and name the next step; foreign text in them stays harmless."""
    ended(_raises(ToolUnknown("no tool '\x1b[2Jx'", hint="skillstrata ls")), [])

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "skillstrata: [library.tool_unknown] no tool 'x'\n  next: skillstrata ls\n"


@pytest.mark.parametrize(
    ("error", "code", "retry"),
    [
        (ToolUnknown("no tool"), "library.tool_unknown", "changed"),
        (CatalogBusy("held"), "store.catalog_busy", "same"),
        (click.UsageError("no"), "usage", "changed"),
        (RuntimeError("surprise"), "fault", "never"),
    ],
)
def test_with_json_an_error_is_one_object_on_stdout(
    error: Exception, code: str, retry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Contract: {"error": {"code", "message", "hint", "retry"}}, also where the command line did not parse."""
    ended(_raises(error), ["ls", "--json"])

    captured = capsys.readouterr()
    body = json.loads(captured.out)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "hint", "retry"}
    assert (body["error"]["code"], body["error"]["retry"]) == (code, retry)
    assert captured.err == ""


def test_a_fault_shows_its_traceback_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback helps who reports a fault and frightens everybody else."""
    ended(_raises(RuntimeError("surprise")), [])
    plain = capsys.readouterr().err
    ended(_raises(RuntimeError("surprise")), ["--verbose"])
    verbose = capsys.readouterr().err

    assert "Traceback" not in plain
    assert "--verbose" in plain
    assert "Traceback" in verbose


def test_words_after_a_double_dash_are_not_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """`explain -- --json` names a candidate called --json."""
    ended(_raises(StrataError("x")), ["explain", "--", "--json"])

    assert capsys.readouterr().out == ""
