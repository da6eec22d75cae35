"""Seam: what commands a shell text holds."""

from typing import Protocol

from skillstrata.records.policies import ShellText


class CommandParser(Protocol):
    """Reads shell text by its grammar.

    Promises, checked by tests/contracts/test_command_parser.py:
      - every simple command is found, in lists, pipelines, substitutions, subshells, functions, heredocs that expand;
      - what is not understood whole is `parsed=False`; no text ends the process.
    """

    def parse(self, text: str) -> ShellText:
        """Give the commands of a text."""
        ...
