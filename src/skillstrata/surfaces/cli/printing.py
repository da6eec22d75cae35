"""Where verbs print: results on stdout, messages on stderr, nothing from a trace unfiltered.

In     text, rows, JSON-ready values
Out    one JSON value, or tables: drawn on a terminal, aligned plain text in a pipe
Never  loads the terminal library unless stdout is a terminal; lets control characters of foreign text through
"""

import contextlib
import importlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TextIO, cast

import click

Progress = Callable[[str, int, int], None]

# Whole escape sequences (CSI, OSC, two-character ones), then every other control or direction-changing character.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|\x9b[0-?]*[ -/]*[@-~]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Terminal(Protocol):
    """What `surfaces.cli.terminal` offers, loaded only where there is a terminal."""

    def show_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Draw a table on stdout."""
        ...

    def progress_bar(self) -> contextlib.AbstractContextManager[Progress]:
        """Draw a bar on stderr while the block runs."""
        ...


def harmless(text: str) -> str:
    """Take escape sequences and control characters out; line breaks and tabs stay."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def one_line(text: str) -> str:
    """Make text fit a table cell."""
    return " ".join(harmless(text).split())


def when(seconds: float) -> str:
    """Give a moment (epoch seconds) in local time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def write_to(stream: TextIO, text: str) -> None:
    """Write and flush; where the reader has gone away, end quietly."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # Nothing may be flushed into the closed pipe when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise click.exceptions.Exit(0) from None


def _terminal() -> Terminal:
    return cast("Terminal", importlib.import_module("skillstrata.surfaces.cli.terminal"))


def _silent(_stage: str, _done: int, _total: int) -> None:
    return None


def _spoken(stage: str, done: int, total: int) -> None:
    write_to(sys.stderr, f"{one_line(stage)} {done}/{total}\n")


@dataclass(frozen=True, slots=True)
class Out:
    """Prints for one verb. With `as_json`, `json` is the only thing that reaches stdout."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    def json(self, value: object) -> None:
        """Print the verb's one JSON value."""
        # Escaped on a terminal, where foreign text could hold control characters.
        write_to(sys.stdout, json.dumps(value, ensure_ascii=sys.stdout.isatty(), indent=2) + "\n")

    def line(self, text: str = "") -> None:
        """Print a line of the result."""
        write_to(sys.stdout, harmless(text) + "\n")

    def exact(self, text: str) -> None:
        """Print what a tool gave: unchanged in a pipe, filtered on a terminal."""
        if sys.stdout.isatty():
            text = harmless(text)
            text += "" if text.endswith("\n") else "\n"
        write_to(sys.stdout, text)

    def note(self, text: str) -> None:
        """Say something beside the result: a hint, a next step."""
        if not self.quiet:
            write_to(sys.stderr, harmless(text) + "\n")

    def alarm(self, text: str, hint: str) -> None:
        """Say what went wrong and the next step; --quiet does not silence it."""
        write_to(sys.stderr, harmless(text) + "\n" + (f"  next: {harmless(hint)}\n" if hint else ""))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under column names."""
        cells = [[one_line(cell) for cell in row] for row in rows]
        if sys.stdout.isatty():
            _terminal().show_table(columns, cells)
            return
        widths = [max(len(row[n]) for row in [list(columns), *cells]) for n in range(len(columns))]
        for row in [list(columns), *cells]:
            padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            write_to(sys.stdout, "  ".join(padded).rstrip() + "\n")

    @contextlib.contextmanager
    def progress(self) -> Generator[Progress]:
        """Give a callback for (stage, done, total): a bar on a terminal, lines with --verbose, else nothing."""
        if sys.stderr.isatty() and not self.quiet:
            with _terminal().progress_bar() as show:
                yield show
        else:
            yield _spoken if self.verbose else _silent
