"""The page on sharing names what is there: every command and option on it exists, every limit is the program's."""

import re
import shlex
from pathlib import Path

import click
import pytest

from skillstrata.adapters.git_fetching import TIMEOUT_S
from skillstrata.library.package_scan import MAX_BYTES, MAX_FILE_BYTES, MAX_FILES
from skillstrata.surfaces.cli.main import cli

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "sharing.md"
SECURITY = PAGE.parents[1] / "security.md"
COMMANDS = sorted(set(re.findall(r"(?m)^skillstrata ([^#\n]+)", PAGE.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page_can_be_said(line: str) -> None:
    """Parsed by the real command line, and not run."""
    words = shlex.split(line)
    command: click.Command | None = cli
    ctx = click.Context(cli)
    while isinstance(command, click.Group):
        name = words.pop(0)
        command = command.get_command(ctx, name)
    assert command is not None, line
    command.make_context("skillstrata", words, resilient_parsing=False)


def test_the_limits_of_the_page_are_those_of_the_program() -> None:
    """They are what a maker of packages reckons with."""
    text = PAGE.read_text(encoding="utf-8")
    mib = 1024 * 1024

    assert f"{MAX_FILES} files, {MAX_BYTES // mib} MiB or {MAX_FILE_BYTES // mib} MiB a file" in text
    assert f"({TIMEOUT_S} s)" in SECURITY.read_text(encoding="utf-8")
