import io
import sys

import pytest

from skillstrata.surfaces.cli.printing import Out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _screen(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "100")
    return stream


def test_a_table_on_a_terminal_is_drawn_and_shows_markup_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A purpose that reads [bold] is text, not an instruction to the drawing library."""
    screen = _screen(monkeypatch)
    Out().table(("name", "purpose"), [("a", "[bold]x[/bold] \x1b[2J")])

    shown = screen.getvalue()
    assert "[bold]x[/bold]" in shown
    assert "\x1b[2J" not in shown


def test_a_tools_text_is_filtered_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a tool gave must reach a pipe byte for byte, and must not steer a terminal."""
    screen = _screen(monkeypatch)
    Out().exact("\x1b[31mred")
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stdout", pipe)
    Out().exact("\x1b[31mred")

    assert (screen.getvalue(), pipe.getvalue()) == ("red\n", "\x1b[31mred")


def test_the_bar_is_drawn_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stdout stays clean for the result even while a person watches."""
    bar = Terminal()
    monkeypatch.setattr(sys, "stderr", bar)
    with Out().progress() as progress:
        progress("judge", 1, 2)

    assert "judge" in bar.getvalue()
