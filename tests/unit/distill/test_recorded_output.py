"""A program that does something else in the sandbox than it did for the agent is proved for the wrong thing."""

from dataclasses import replace

import pytest

from skillstrata.distill.recorded_output import differs_from_record
from skillstrata.records.drafts import Observation, ObservedFile
from skillstrata.records.events import FileSnapshot, Outcome
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.failures import BlobUnknown

MADE = "/home/ann/work/out.json"
RUN = Execution("x", "claude-code", "s", "t", 1.0, "python", BodyKind.SCRIPT, "", (), "/home/ann", Outcome.OK, ("e",))


class Blobs:
    """One blob."""

    def __init__(self, data: bytes | None) -> None:
        self.data = data

    def get(self, digest: str) -> bytes:
        """Give it."""
        if self.data is None:
            raise BlobUnknown(digest)
        return self.data

    def put(self, data: bytes) -> str:
        """Nothing is put here."""
        raise NotImplementedError

    def remove(self, digest: str) -> bool:
        """Nothing is removed here."""
        raise NotImplementedError


def said(recorded: bytes | None, given: bytes) -> str:
    """Compare a file found after the recorded run with the one of a replay."""
    run = replace(RUN, snapshots=(FileSnapshot(MADE, "d1", 9, "", "application/json"),))
    seen = Observation(True, writes=(ObservedFile(MADE, given),))
    return differs_from_record(run, seen, Blobs(recorded))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("recorded", "given", "differs"),
    [
        (b'[{"id": 1, "town": "Vik", "berths": 5}]', b'[{"id": 1, "town": "Vik", "berths": 5}]', False),
        (b'[{"id": 1, "town": "Vik", "at": 1777}]', b'[{"id": 1, "town": "Vik", "at": 1999}]', False),
        (b'[\n {"owned": true, "by": "somebody", "n": 4}\n]', b'[{"id": 1, "town": "Vik", "berths": 5}]', True),
        (None, b'[{"id": 1, "town": "Vik", "berths": 5}]', False),
        (b"\xff\xfe\x00", b'[{"id": 1, "town": "Vik", "berths": 5}]', False),
        (b"ok", b'[{"id": 1, "town": "Vik", "berths": 5}]', False),
    ],
)
def test_a_file_is_compared_word_by_word(recorded: bytes | None, given: bytes, differs: bool) -> None:
    """However its lines are broken; a stamp or a file that nobody kept says nothing."""
    assert bool(said(recorded, given)) is differs


def test_what_was_printed_is_compared_line_by_line() -> None:
    """A terminal shows more than one command's words: only next to nothing in common says something."""
    printed = replace(RUN, stdout="alpha 1\nbeta 2\ngamma 3\n")
    same = Observation(True, stdout=b"alpha  1\nbeta 2\ngamma 4\n")
    other = Observation(True, stdout=b"one\ntwo\nthree\n")
    nothing = Blobs(None)

    assert differs_from_record(printed, same, nothing) == ""  # pyright: ignore[reportArgumentType]
    assert "prints something else" in differs_from_record(printed, other, nothing)  # pyright: ignore[reportArgumentType]
