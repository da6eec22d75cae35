import os
import threading
from pathlib import Path

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.native_backend import NativeParts, native_backend
from skillstrata.adapters.native_places import Place, folder_of
from skillstrata.adapters.native_tools import NativeBackend, NativeFault
from skillstrata.library import planted
from skillstrata.records.json_values import JsonObject
from skillstrata.records.tool_calls import CallBounds, Caller, ToolCall, ToolResult


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    """The folder of the call."""
    folder = tmp_path / "work"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("not for you")
    return folder


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    """A further root."""
    (tmp_path / "extra").mkdir()
    return tmp_path / "extra"


@pytest.fixture
def backend(extra: Path) -> NativeBackend:
    """The native tools."""
    return native_backend(NativeParts(planted=planted, sandbox=BubblewrapSandbox, roots=(str(extra),)))


def _call(backend: NativeBackend, cwd: Path, name: str, **arguments: object) -> ToolResult:
    given: JsonObject = dict(arguments)  # type: ignore[arg-type]
    return backend.call(ToolCall(f"native/{name}", given, Caller("cli", str(cwd))), threading.Event())


def _refused(result: ToolResult) -> str:
    assert result.fault is not None, result.output
    return result.fault.type


def test_text_is_written_and_read_back(backend: NativeBackend, cwd: Path, extra: Path) -> None:
    """Below the folder of the call and below a declared root, folders made on the way."""
    for path in ("a.txt", "new/deep/b.md", str(cwd / "c.txt"), str(extra / "d.txt")):
        written = _call(backend, cwd, "write_file", path=path, content="täxt\n")
        read = _call(backend, cwd, "read_file", path=path)

        assert written.output == {"path": str((cwd / path).resolve()), "bytes": 6, "created": True}
        assert isinstance(read.output, dict)
        assert (read.output["content"], read.output["size"], read.output["truncated"]) == ("täxt\n", 6, False)
    assert _call(backend, cwd, "write_file", path="a.txt", content="2").output == {
        "path": str(cwd / "a.txt"),
        "bytes": 1,
        "created": False,
    }


@pytest.mark.parametrize(
    "path", ["../outside.txt", "a/../../outside.txt", "/etc/passwd", "link", "folder/outside.txt", "\0", ""]
)
@pytest.mark.parametrize("tool", ["read_file", "write_file", "list_dir"])
def test_nothing_outside_of_the_roots_is_reached(backend: NativeBackend, cwd: Path, path: str, tool: str) -> None:
    """Not by name, not by a link to a file, not through a link to a folder."""
    (cwd / "link").symlink_to(cwd.parent / "outside.txt")
    (cwd / "folder").symlink_to(cwd.parent)
    arguments = {"path": path} | ({"content": "x"} if tool == "write_file" else {})

    assert _refused(_call(backend, cwd, tool, **arguments)) in {"denied", "invalid_arguments"}
    assert (cwd.parent / "outside.txt").read_text() == "not for you"


@pytest.mark.parametrize("path", ["own/grants.json", "link/grants.json", "own", "policy.yaml", "own/new/deep.txt"])
def test_what_belongs_to_the_program_itself_is_neither_read_nor_written(cwd: Path, path: str) -> None:
    """A tool that writes consents consents to everything."""
    (cwd / "own").mkdir()
    (cwd / "own" / "grants.json").write_text("{}")
    (cwd / "policy.yaml").write_text("")
    (cwd / "link").symlink_to("own")
    closed = (str(cwd / "own"), str(cwd / "policy.yaml"))
    backend = native_backend(NativeParts(planted=planted, sandbox=BubblewrapSandbox, closed=closed))

    assert _refused(_call(backend, cwd, "read_file", path=path)) == "denied"
    assert _refused(_call(backend, cwd, "write_file", path=path, content="x")) == "denied"
    assert _refused(_call(backend, cwd, "bash", argv=["true"], files=[path])) == "denied"
    assert (cwd / "own" / "grants.json").read_text() == "{}"
    assert _call(backend, cwd, "write_file", path="owned.txt", content="x").ok


def test_only_folders_that_every_layer_of_policy_leaves_are_reached(backend: NativeBackend, cwd: Path) -> None:
    """A link cannot lead out of them either, and each layer counts."""
    for name in ("in", "out"):
        (cwd / name).mkdir()
        (cwd / name / "a.txt").write_text(name)
    (cwd / "in" / "link").symlink_to(cwd / "out")
    both = CallBounds(roots=((str(cwd / "in"), str(cwd / "out")), (str(cwd / "in"),)))

    def read(path: str, bounds: CallBounds = both) -> ToolResult:
        call = ToolCall("native/read_file", {"path": path}, Caller("cli", str(cwd)), bounds=bounds)
        return backend.call(call, threading.Event())

    assert read("in/a.txt").ok
    assert [_refused(read(path)) for path in ("out/a.txt", "in/link/a.txt")] == ["denied", "denied"]
    assert read("out/a.txt", CallBounds(roots=both.roots[:1])).ok


def test_a_link_that_stays_inside_is_followed(backend: NativeBackend, cwd: Path) -> None:
    """The twin: many projects have them."""
    (cwd / "real").mkdir()
    (cwd / "real" / "a.txt").write_text("inside")
    (cwd / "link").symlink_to("real")
    read = _call(backend, cwd, "read_file", path="link/a.txt")

    assert isinstance(read.output, dict)
    assert read.output["content"] == "inside"


def test_a_folder_that_becomes_a_link_after_the_look_is_not_gone_into(cwd: Path) -> None:
    """Between the look and the opening somebody may exchange it."""
    (cwd / "swapped").symlink_to(cwd.parent)
    (cwd / "real").mkdir()
    with pytest.raises(NativeFault), folder_of(Place(cwd, ("swapped", "outside.txt"))):
        pass
    with folder_of(Place(cwd, ("real", "a.txt"))) as fd:
        assert os.listdir(fd) == []


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (".bashrc", False),
        (".git/hooks/pre-commit", False),
        ("CLAUDE.md", False),
        ("conftest.py", False),
        ("notes.md", True),
    ],
)
def test_names_that_other_programs_obey_are_not_written(
    backend: NativeBackend, cwd: Path, path: str, allowed: bool
) -> None:
    """A run must not leave what the next start of an agent, git or Python believes."""
    result = _call(backend, cwd, "write_file", path=path, content="x")

    assert result.ok == allowed
    assert (cwd / path).exists() == allowed


def test_only_regular_files_are_read_and_replaced(backend: NativeBackend, cwd: Path) -> None:
    """A pipe would block, a folder has no text, a link would be replaced by a file."""
    os.mkfifo(cwd / "pipe")
    (cwd / "inside").write_text("x")
    (cwd / "link").symlink_to("gone")
    for name in ("pipe", ".", "missing"):
        assert _refused(_call(backend, cwd, "read_file", path=name)) == "tool_error"
    assert _refused(_call(backend, cwd, "write_file", path="pipe", content="x")) == "denied"
    assert _refused(_call(backend, cwd, "write_file", path=".", content="x")) == "tool_error"
    assert _call(backend, cwd, "write_file", path="inside", content="y").ok


def test_a_file_is_not_overwritten_where_that_is_not_wanted(backend: NativeBackend, cwd: Path) -> None:
    """Its mode is kept where it is."""
    (cwd / "a.sh").write_text("old")
    (cwd / "a.sh").chmod(0o751)

    assert _refused(_call(backend, cwd, "write_file", path="a.sh", content="new", overwrite=False)) == "tool_error"
    assert (cwd / "a.sh").read_text() == "old"
    assert _call(backend, cwd, "write_file", path="a.sh", content="new").ok
    assert (cwd / "a.sh").stat().st_mode & 0o777 == 0o751
    assert [path.name for path in cwd.iterdir()] == ["a.sh"]


def test_a_long_file_is_read_in_parts_that_add_up(backend: NativeBackend, cwd: Path) -> None:
    """Never cut silently; a character on the edge is in one part whole, or in the next."""
    text = "äöü漢字" * 5
    (cwd / "long.txt").write_text(text)
    got, at = "", 0
    while True:
        part = _call(backend, cwd, "read_file", path="long.txt", from_byte=at, max_bytes=7).output
        assert isinstance(part, dict)
        got += str(part["content"])
        at += len(str(part["content"]).encode())
        if not part["truncated"]:
            break

    assert got == text


def test_bytes_that_are_no_text_are_said_to_be(backend: NativeBackend, cwd: Path) -> None:
    """Replacement characters would be written back somewhere."""
    (cwd / "a.bin").write_bytes(b"ok \xff")

    assert _refused(_call(backend, cwd, "read_file", path="a.bin")) == "tool_error"


def test_a_folder_is_listed_in_order(backend: NativeBackend, cwd: Path) -> None:
    """With kinds and sizes; names that are no text are shown as far as they are; a cut is said."""
    (cwd / "b.txt").write_text("12")
    (cwd / "a").mkdir()
    (cwd / "c").symlink_to("nowhere")
    (cwd / os.fsdecode(b"d\xff")).write_text("")
    listed = _call(backend, cwd, "list_dir").output
    cut = _call(backend, cwd, "list_dir", path=".", most=1).output

    assert isinstance(listed, dict)
    assert isinstance(cut, dict)
    entries = listed["entries"]
    assert isinstance(entries, list)
    assert [(one["name"], one["kind"]) for one in entries if isinstance(one, dict)] == [
        ("a", "folder"),
        ("b.txt", "file"),
        ("c", "link"),
        ("d\ufffd", "file"),
    ]
    assert (listed["truncated"], cut["truncated"]) == (False, True)


@pytest.mark.parametrize("tool", ["read_file", "write_file", "list_dir"])
@pytest.mark.parametrize("path", ["/proc/self/environ", "/sys/kernel/x", "/dev/null", "near/self/environ"])
def test_what_is_the_machines_own_is_no_file(cwd: Path, tool: str, path: str) -> None:
    """A root of the whole disk is meant for files: variables of this process hold keys. The twin is a file in it."""
    (cwd / "near").symlink_to("/proc")
    (cwd / "a.txt").write_text("x")
    everything = native_backend(NativeParts(planted=planted, sandbox=BubblewrapSandbox, roots=("/",)))
    more = {"content": "x"} if tool == "write_file" else {}

    assert _refused(_call(everything, cwd, tool, path=path, **more)) == "denied"
    assert _call(everything, cwd, "read_file", path=str(cwd / "a.txt")).ok
    assert _refused(_call(everything, Path("/proc/self"), tool, path="environ", **more)) == "denied"
