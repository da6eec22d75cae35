"""What of this machine may change how a program behaves is named by one text."""

from pathlib import Path

from skillstrata.adapters.machine_stamp import ThisMachineStamp
from skillstrata.ports.machine_stamp import MachineStamp


def test_the_state_of_this_machine_changes_with_a_program(tmp_path: Path) -> None:
    """A real look: the same twice, another one after an update of a program, and a missing one is no error."""
    stamps: MachineStamp = ThisMachineStamp()
    program = tmp_path / "tool"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    before = stamps.stamp((str(program), "sh"))
    same = stamps.stamp(("sh", str(program)))
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    after = stamps.stamp((str(program), "sh"))
    program.unlink()
    gone = stamps.stamp((str(program), "sh"))

    assert before == same
    assert len({before, after, gone}) == 3
