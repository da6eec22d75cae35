"""What every Disk and every Snapshots promises."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.adapters.file_blob_store import FileBlobStore
from skillstrata.adapters.snapshots import FileSnapshots
from skillstrata.capture.redact import Redactor
from skillstrata.ports.disk import Disk
from skillstrata.records.failures import FileUnreadable, OutputExists, StoreFull

DISK: Disk = DiskFiles()
KEY = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"


def test_a_regular_file_is_read_up_to_the_cap(tmp_path: Path) -> None:
    """The twin of every refusal below."""
    (tmp_path / "a").write_bytes(b"12345")

    assert DISK.read(str(tmp_path / "a"), max_bytes=5) == b"12345"
    with pytest.raises(FileUnreadable, match="more than 4") as refused:
        DISK.read(str(tmp_path / "a"), max_bytes=4)
    assert refused.value.reason == "too_large"


def test_a_link_is_followed_unless_told_not_to(tmp_path: Path) -> None:
    """A user's input may be a link; a path that an agent named must not lead elsewhere."""
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "a")

    assert DISK.read(str(tmp_path / "link"), max_bytes=9) == b"x"
    with pytest.raises(FileUnreadable) as refused:
        DISK.read(str(tmp_path / "link"), max_bytes=9, nofollow=True)
    assert refused.value.reason == "not_a_file"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.mkdir, "not_a_file"),
        (os.mkfifo, "not_a_file"),
        (lambda path: path.symlink_to("/dev/zero"), "not_a_file"),
        (lambda _path: None, "missing"),
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], None], reason: str) -> None:
    """A pipe would block for ever, a device would never end."""
    make(tmp_path / "x")

    with pytest.raises(FileUnreadable) as refused:
        DISK.read(str(tmp_path / "x"), max_bytes=9)
    assert refused.value.reason == reason


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, ""])
def test_an_impossible_path_is_refused_like_a_missing_one(path: str) -> None:
    """Paths come from programs."""
    with pytest.raises(FileUnreadable):
        DISK.read(path, max_bytes=9)
    assert DISK.exists(path) is False


def test_a_file_that_is_there_is_replaced_only_when_told(tmp_path: Path) -> None:
    """A tool must not overwrite a person's work."""
    target = tmp_path / "new folder" / "out.md"
    DISK.write(str(target), b"one")

    with pytest.raises(OutputExists):
        DISK.write(str(target), b"two")
    assert target.read_bytes() == b"one"
    DISK.write(str(target), b"two", replace=True)
    assert target.read_bytes() == b"two"
    assert list(target.parent.iterdir()) == [target]


def test_a_dangling_link_counts_as_there(tmp_path: Path) -> None:
    """Writing through it would make a file where nobody looks."""
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")

    assert DISK.exists(str(tmp_path / "out"))
    with pytest.raises(OutputExists):
        DISK.write(str(tmp_path / "out"), b"x")
    assert not (tmp_path / "elsewhere").exists()


def test_permissions_of_a_new_file_are_the_users_and_of_a_replaced_one_stay(tmp_path: Path) -> None:
    """Outputs are for other programs too."""
    DISK.write(str(tmp_path / "a"), b"x")
    (tmp_path / "b").write_bytes(b"x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode

    (tmp_path / "b").chmod(0o640)
    DISK.write(str(tmp_path / "b"), b"y", replace=True)
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("replace", [False, True])
def test_a_private_file_is_its_owners_alone(tmp_path: Path, replace: bool) -> None:
    """It holds what agents did; a file that everybody could read was there before."""
    path = tmp_path / "f"
    if replace:
        path.write_bytes(b"old")
        path.chmod(0o644)
    DISK.write(str(path), b"x", replace=replace, private=True)

    assert (path.stat().st_mode & 0o777, path.read_bytes()) == (0o600, b"x")


def _limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


def test_a_full_disk_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    """Half an output is worse than none."""
    target = tmp_path / "out"
    target.write_bytes(b"old")
    program = (
        "import sys\nfrom skillstrata.adapters.disk_files import DiskFiles\n"
        "from skillstrata.records.failures import StoreFull\n"
        "try: DiskFiles().write(sys.argv[1], b'x' * int(sys.argv[2]), replace=True)\n"
        "except StoreFull as error: print(error)\n"
    )

    def write(size: int) -> str:
        argv = [sys.executable, "-c", program, str(target), str(size)]
        done = subprocess.run(argv, preexec_fn=_limit_files, capture_output=True, text=True, check=True)
        return done.stdout

    assert StoreFull.code in write(2000)
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_bytes() == b"old"
    assert write(900) == ""
    assert target.read_bytes() == b"x" * 900


@pytest.fixture
def snapshots(tmp_path: Path) -> FileSnapshots:
    """Snapshots into an empty store, of files up to 1000 bytes."""
    return FileSnapshots(DISK, FileBlobStore(tmp_path / "blobs"), Redactor(), max_bytes=1000)


def _kept(tmp_path: Path, digest: str | None) -> bytes:
    assert digest is not None
    return FileBlobStore(tmp_path / "blobs").get(digest)


def test_a_snapshot_is_what_the_file_holds_now(snapshots: FileSnapshots, tmp_path: Path) -> None:
    """The file may be gone when the program is judged."""
    file = tmp_path / "in.docx"
    file.write_bytes(b"PK\x03\x04\xff\x00")
    (taken,) = snapshots.take((str(file),))
    file.unlink()

    assert (taken.path, taken.size_bytes, taken.reason) == (str(file), 6, "")
    assert _kept(tmp_path, taken.digest) == b"PK\x03\x04\xff\x00"


def test_every_path_comes_back_once_with_the_reason_where_nothing_was_kept(
    snapshots: FileSnapshots, tmp_path: Path
) -> None:
    """A hole must be seen as one."""
    (tmp_path / "big").write_bytes(b"x" * 1001)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("big")
    paths = [str(tmp_path / name) for name in ("gone", "big", "folder", "link", "gone")]

    taken = snapshots.take(tuple(paths))

    assert [(s.path, s.digest, s.reason) for s in taken] == [
        (paths[0], None, "missing"),
        (paths[1], None, "too_large"),
        (paths[2], None, "not_a_file"),
        (paths[3], None, "not_a_file"),
    ]


@pytest.mark.parametrize(
    ("name", "held", "kept"),
    [
        ("conv.py", f"k = '{KEY}'\n".encode(), b"k = 'REDACTED_SECRET'\n"),
        ("notes", f"use {KEY}".encode(), b"use REDACTED_SECRET"),
        ("in.json", f'{{"k": "{KEY}"}}'.encode(), None),
        ("in.csv", f"id,k\n1,{KEY}\n".encode(), None),
        ("in.bin", b"\xff\x00" + KEY.encode() + b"\xff", None),
        ("in.bin", b"\xff\x00 no key", b"\xff\x00 no key"),
        ("in.json", b'{"k": "v"}', b'{"k": "v"}'),
    ],
)
def test_a_secret_is_never_kept(
    snapshots: FileSnapshots, tmp_path: Path, name: str, held: bytes, kept: bytes | None
) -> None:
    """Program text is worth keeping without it; a changed table is not what the program read."""
    (tmp_path / name).write_bytes(held)
    (taken,) = snapshots.take((str(tmp_path / name),))

    assert KEY.encode() not in b"".join(p.read_bytes() for p in (tmp_path / "blobs").rglob("*") if p.is_file())
    if kept is None:
        assert (taken.digest, taken.reason) == (None, "secret")
    else:
        assert _kept(tmp_path, taken.digest) == kept


@pytest.mark.parametrize(
    ("folder", "blocked"),
    [("there", ""), ("new/deep", ""), ("link", ""), ("file", "file"), ("file/below/it", "file"), ("gone", "gone")],
)
def test_what_keeps_a_path_from_being_a_folder_is_named(tmp_path: Path, folder: str, blocked: str) -> None:
    """Known before a program runs for nothing; a folder that can be made is no obstacle."""
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "file").write_bytes(b"x")

    assert DiskFiles().blocked_by(str(tmp_path / folder)) == (str(tmp_path / blocked) if blocked else "")


def test_a_file_that_is_gone_is_kept_from_its_text(snapshots: FileSnapshots, tmp_path: Path) -> None:
    """Nothing is looked up on the disk; the size cap holds."""
    kept, over = snapshots.keep("/gone/in.csv", "é\n"), snapshots.keep("/gone/in.csv", "x" * 1001)

    assert (kept.path, kept.size_bytes, kept.reason) == ("/gone/in.csv", 3, "")
    assert _kept(tmp_path, kept.digest) == "é\n".encode()
    assert (over.digest, over.size_bytes, over.reason) == (None, 1001, "too_large")


def test_text_with_a_secret_is_kept_redacted_or_not_at_all(snapshots: FileSnapshots, tmp_path: Path) -> None:
    """The same rules as for a file on the disk."""
    program, table = snapshots.keep("/gone/a.py", f"k = '{KEY}'\n"), snapshots.keep("/gone/a.csv", f"k\n{KEY}\n")

    assert _kept(tmp_path, program.digest) == b"k = 'REDACTED_SECRET'\n"
    assert (table.digest, table.reason) == (None, "secret")


def test_only_what_nobody_changed_since_counts_as_of_then(snapshots: FileSnapshots, tmp_path: Path) -> None:
    """A file of today is not what a program read a month ago; its own times can be set back, the system's cannot."""
    (tmp_path / "a").write_text("x")
    os.utime(tmp_path / "a", (1.0, 1.0))
    changed = (tmp_path / "a").stat().st_ctime
    paths = (str(tmp_path / "a"), str(tmp_path / "gone"))
    then = snapshots.take_unchanged(paths, changed - 60.0)
    now = snapshots.take_unchanged(paths, changed + 60.0)

    assert [(s.digest, s.reason) for s in then] == [(None, "later"), (None, "vanished")]
    assert (now[0].digest is not None, now[0].reason, now[1].reason) == (True, "", "vanished")


def test_a_pattern_gives_regular_files_of_one_folder_by_name(tmp_path: Path) -> None:
    """No folder, no hidden file, nothing from below; bounded; a folder that is not there gives none."""
    for name in ("b.csv", "a.csv", ".c.csv", "d.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "e.csv").mkdir()
    disk = DiskFiles()

    assert disk.matching(f"{tmp_path}/*.csv", most=9) == (f"{tmp_path}/a.csv", f"{tmp_path}/b.csv")
    assert disk.matching(f"{tmp_path}/*.csv", most=1) == (f"{tmp_path}/a.csv",)
    assert disk.matching(f"{tmp_path}/none/*.csv", most=9) == ()
    assert disk.matching("\0/*.csv", most=9) == ()
