"""What every ToolPins promises."""

import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.tool_pins_file import ToolPinsDamaged, ToolPinsFile
from skillstrata.records.failures import StoreFull
from skillstrata.records.tool_servers import PinnedTool

ECHO = PinnedTool("docs", "echo", "a" * 64, '{"name":"echo"}', 1.0)
OTHER = replace(ECHO, digest="b" * 64, definition='{"name":"echo","description":"and more"}')


def test_what_was_never_seen_is_pinned_and_stays(tmp_path: Path) -> None:
    """The first definition is the one that somebody could look at."""
    pins = ToolPinsFile(tmp_path / "data" / "pins.json")

    assert pins.pin((ECHO,)) == (ECHO,)
    assert pins.pin((OTHER,)) == (ECHO,)
    assert ToolPinsFile(tmp_path / "data" / "pins.json").pins() == (ECHO,)


def test_only_a_person_replaces_a_pin(tmp_path: Path) -> None:
    """The twin of the one above."""
    pins = ToolPinsFile(tmp_path / "pins.json")
    pins.pin((ECHO,))
    pins.repin(OTHER)

    assert pins.pin((ECHO,)) == (OTHER,)
    assert pins.pins() == (OTHER,)


def test_pins_come_back_in_the_order_asked_and_are_listed_sorted(tmp_path: Path) -> None:
    """A list of a server is compared place by place."""
    pins = ToolPinsFile(tmp_path / "pins.json")
    second, third = replace(ECHO, tool="b"), replace(ECHO, server="a", tool="z")

    assert pins.pin((ECHO, second, third)) == (ECHO, second, third)
    assert pins.pins() == (third, second, ECHO)


def test_names_of_two_servers_do_not_meet(tmp_path: Path) -> None:
    """A pair is the key; joined by any character, two pairs could be one."""
    pins = ToolPinsFile(tmp_path / "pins.json")
    left, right = replace(ECHO, server="a/b", tool="c"), replace(OTHER, server="a", tool="b/c")

    assert pins.pin((left, right)) == (left, right)


def test_several_processes_lose_nothing(tmp_path: Path) -> None:
    """Each agent has a server of ours, and all share the file."""
    path = tmp_path / "pins.json"
    program = (
        "import sys; from pathlib import Path;"
        "from skillstrata.adapters.tool_pins_file import ToolPinsFile as F;"
        "from skillstrata.records.tool_servers import PinnedTool as T;"
        "[F(Path(sys.argv[1])).pin((T(sys.argv[2], str(n), 'd', '{}'),)) for n in range(10)]"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in ("a", "b", "c")]

    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert len(ToolPinsFile(path).pins()) == 30


def test_several_threads_lose_nothing(tmp_path: Path) -> None:
    """Each server is listed by a thread of its own."""
    pins = ToolPinsFile(tmp_path / "pins.json")
    threads = [threading.Thread(target=pins.pin, args=((replace(ECHO, tool=str(n)),),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(pins.pins()) == 8


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99, "pins": []}', '{"version": 1, "pins": [{}]}'])
def test_a_damaged_file_is_not_an_empty_one(tmp_path: Path, text: str) -> None:
    """It would pin anew whatever a server says today, and would be written over."""
    path = tmp_path / "pins.json"
    path.write_text(text)
    for act in (lambda: ToolPinsFile(path).pins(), lambda: ToolPinsFile(path).pin((ECHO,))):
        with pytest.raises(ToolPinsDamaged, match=r"pins\.json"):
            act()

    assert path.read_text() == text


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A pin that is not kept is none."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFull):
        ToolPinsFile(tmp_path / "file" / "pins.json").pin((ECHO,))


NAMES = st.text(max_size=20).filter(lambda text: text.isprintable())


@given(st.lists(st.tuples(NAMES, NAMES, st.text("0123456789abcdef", min_size=4, max_size=4)), max_size=8))
def test_the_first_of_a_name_holds_whatever_comes_after(rows: list[tuple[str, str, str]]) -> None:
    """The one promise that everything else rests on."""
    first: dict[tuple[str, str], str] = {}
    with tempfile.TemporaryDirectory() as folder:
        pins = ToolPinsFile(Path(folder) / "pins.json")
        for server, tool, digest in rows:
            first.setdefault((server, tool), digest)
            pins.pin((PinnedTool(server, tool, digest, "{}"),))

        assert {(one.server, one.tool): one.digest for one in pins.pins()} == first
