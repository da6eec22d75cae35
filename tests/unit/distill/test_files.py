"""Which files a replay is given, and where a program's text comes from."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.file_blob_store import FileBlobStore
from skillstrata.distill.files import DiskThen, files_of, with_body
from skillstrata.distill.shelf import what_frees
from skillstrata.records.candidates import State, Verdict
from skillstrata.records.events import FileSnapshot, Outcome
from skillstrata.records.executions import BodyKind, Execution


class TakenNow:
    """Snapshots of what lies on a small made-up disk at this moment."""

    def __init__(self, blobs: FileBlobStore, disk: dict[str, bytes]) -> None:
        self.blobs = blobs
        self.disk = disk
        self.changed_at_s = 0.0

    def take(self, paths: tuple[str, ...]) -> tuple[FileSnapshot, ...]:
        return tuple(self._one(path) for path in paths)

    def take_unchanged(self, paths: tuple[str, ...], since_s: float) -> tuple[FileSnapshot, ...]:
        return tuple(self._one(path) if since_s >= self.changed_at_s else self._later(path) for path in paths)

    def keep(self, path: str, text: str) -> FileSnapshot:
        return FileSnapshot(path, self.blobs.put(text.encode()))

    def _later(self, path: str) -> FileSnapshot:
        return FileSnapshot(path, None, reason="later" if path in self.disk else "vanished")

    def _one(self, path: str) -> FileSnapshot:
        held = self.disk.get(path)
        return FileSnapshot(path, None, reason="missing") if held is None else FileSnapshot(path, self.blobs.put(held))


def an_execution(body: str | None, *snapshots: FileSnapshot) -> Execution:
    """Make a recorded run in /home/ann/p."""
    return Execution(
        id="x1",
        agent="claude-code",
        session="s",
        tool_use_id="t",
        at_s=1.0,
        language="python",
        body_kind=BodyKind.SCRIPT,
        body=body,
        argv=(),
        cwd="/home/ann/p",
        outcome=Outcome.OK,
        event_ids=("e",),
        script_path="/home/ann/p/bin/c.py",
        gap="" if body is not None else "source never seen",
        snapshots=snapshots,
    )


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobStore:
    """Give an empty blob store."""
    return FileBlobStore(tmp_path)


def test_a_script_of_an_earlier_session_is_taken_from_its_snapshot(blobs: FileBlobStore) -> None:
    """A script written yesterday and run today: its text is what lay there when it ran."""
    digest = blobs.put(b"print(1)\n")
    execution = an_execution(None, FileSnapshot("/home/ann/p/bin/c.py", digest))

    known = with_body(execution, blobs, DiskThen(TakenNow(blobs, {})))

    assert (known.body, known.gap) == ("print(1)\n", "")
    assert with_body(an_execution(None), blobs, DiskThen(TakenNow(blobs, {}))).body is None
    lost = FileSnapshot("/home/ann/p/bin/c.py", hashlib.sha256(b"nobody kept this").hexdigest())
    assert with_body(an_execution(None, lost), blobs, DiskThen(TakenNow(blobs, {}))).body is None


def test_a_constant_path_that_no_event_names_is_read_where_the_program_worked(blobs: FileBlobStore) -> None:
    """Paths are put together from constants and from the script's own place; elsewhere nothing is looked at."""
    body = 'from pathlib import Path\nHERE = Path(__file__).parent\nprint((HERE / "../data.csv").read_text())\n'
    body += 'open("/etc/hostname").read()\nopen("/home/ann/p/.netrc").read()\n'
    disk = {"/home/ann/p/data.csv": b"a,b\n", "/etc/hostname": b"h", "/home/ann/p/.netrc": b"s"}

    files, gone = files_of(an_execution(body), blobs=blobs, disk=DiskThen(TakenNow(blobs, disk)))

    assert [f.path for f in files] == ["/home/ann/p/data.csv"]
    assert gone == ()


def test_what_is_only_written_is_not_given_back_and_what_is_gone_is_named(blobs: FileBlobStore) -> None:
    """Giving an output back would hide whether the program makes it."""
    body = 'open("out.md", "w").write(open("in.html").read())\n'
    out = FileSnapshot("/home/ann/p/out.md", blobs.put(b"old"))
    gone_input = FileSnapshot("/home/ann/p/in.html", None, reason="missing")
    execution = an_execution(body, out, gone_input)

    assert files_of(execution, blobs=blobs, disk=DiskThen(TakenNow(blobs, {}))) == ((), ("/home/ann/p/in.html",))
    back = TakenNow(blobs, {"/home/ann/p/in.html": b"<p>"})
    assert [f.path for f in files_of(execution, blobs=blobs, disk=DiskThen(back))[0]] == ["/home/ann/p/in.html"]
    assert replace(execution).body == body


def test_the_shelf_names_a_command_where_one_helps_and_never_one_that_does_not() -> None:
    """An explicit set-aside says what frees it; trying the same again does not free what needs the network."""
    assert what_frees(Verdict(State.SHELVED, "input_missing")) == "skillstrata unshelve {id}"
    assert what_frees(Verdict(State.SHELVED, "dependency", unshelve="apt-get install x")) == "apt-get install x"
    assert not what_frees(Verdict(State.SHELVED, "network")).startswith("skillstrata")
    assert what_frees(Verdict(State.REJECTED, "memorised")) == ""
