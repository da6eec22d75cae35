"""Every way a verb can end, in one place: exit code, message, JSON error.

In     the verb's call and the words of the command line
Out    an exit code of the contract; with --json one error object on stdout, else sentences on stderr
Never  shows a traceback unless --verbose asks for it
"""

import json
import logging
import sys
from collections.abc import Callable, Sequence

import click

from skillstrata.records.errors import StrataError
from skillstrata.surfaces.cli.printing import harmless, write_to

USAGE, INTERRUPTED, FAULT = 2, 130, 70
_logger = logging.getLogger("skillstrata.cli")
_logger.addHandler(logging.NullHandler())
_logger.propagate = False


def _asked(words: Sequence[str], option: str) -> bool:
    """Say whether an option was given, also where the command line did not parse."""
    ours = words[: words.index("--")] if "--" in words else words
    return option in ours


def _show(body: dict[str, str], words: Sequence[str]) -> None:
    if _asked(words, "--json"):
        write_to(sys.stdout, json.dumps({"error": body}, indent=2) + "\n")
        return
    text = f"skillstrata: [{body['code']}] {body['message']}\n"
    if body["hint"]:
        text += f"  next: {body['hint']}\n"
    write_to(sys.stderr, harmless(text))


def _usage(error: click.ClickException, words: Sequence[str]) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return USAGE
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "skillstrata"
    body = {
        "code": "usage",
        "message": error.format_message(),
        "hint": f"see `{path} --help`",
        "retry": "changed",
    }
    _show(body, words)
    return USAGE


def _fault(error: Exception, words: Sequence[str]) -> int:
    seen = _asked(words, "--verbose")
    hint = (
        "report this with the traceback above" if seen else "run it again with --verbose to see where, and report that"
    )
    body = {
        "code": "fault",
        "message": f"this is a fault of the program: {type(error).__name__}: {error}",
        "hint": hint,
        "retry": "never",
    }
    _show(body, words)
    return FAULT


def ended(verb: Callable[[], int | None], words: Sequence[str]) -> int:
    """Run a verb and give the exit code of however it ended."""
    try:
        return verb() or 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        return _usage(error, words)
    except StrataError as error:
        body = {"code": error.code, "message": error.message, "hint": error.hint, "retry": error.retry.value}
        _show(body, words)
        return error.exit_code
    except Exception as error:
        if _asked(words, "--verbose"):
            _logger.addHandler(logging.StreamHandler(sys.stderr))
        _logger.exception("unexpected")
        return _fault(error, words)
