"""What every BlobStock promises, and what a copy of a file is when there is no room for it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata.adapters.blob_stock import FileBlobStock
from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.adapters.file_blob_store import FileBlobStore
from skillstrata.adapters.snapshots import FileSnapshots
from skillstrata.capture.redact import Redactor
from skillstrata.ports.blob_stock import BlobStock
from skillstrata.records.failures import BlobUnknown

PLENTY = 1 << 40


def stock_of(
    root: Path, *, most: int = 1000, least_free: int = 0, free: Callable[[str], int] = lambda _: PLENTY
) -> BlobStock:
    """Make the stock of a blob store."""
    return FileBlobStock(root, most_bytes=most, least_free_bytes=least_free, free=free)


def test_blobs_come_oldest_first_and_nothing_else_does(tmp_path: Path) -> None:
    """What is a blob is known by its name; a person's note among them is not ours to count or take."""
    store, digests = FileBlobStore(tmp_path), list[str]()
    for n, text in enumerate((b"newest", b"old", b"older")):
        digests.append(store.put(text))
        at_s = 1_700_000_000 - n
        os.utime(tmp_path / "sha256" / digests[-1][:2] / digests[-1][2:], (at_s, at_s))
    (tmp_path / "sha256" / digests[0][:2] / "note.txt").write_text("mine")
    stock = stock_of(tmp_path)

    assert [blob.digest for blob in stock.held()] == digests[::-1]
    assert next((blob.size_bytes, blob.at_s) for blob in stock.held()) == (5, 1_699_999_998)
    assert stock.used_bytes() == 14
    assert stock_of(tmp_path / "none").held() == ()


def test_a_removed_blob_is_unknown_and_can_be_stored_again(tmp_path: Path) -> None:
    """Removing twice is no error: two processes may want the same room."""
    store, stock = FileBlobStore(tmp_path), stock_of(tmp_path)
    digest, other = store.put(b"12345"), store.put(b"other")

    assert stock.used_bytes() == 10
    assert stock.remove((digest,)) == 5
    assert stock.remove((digest,)) == 0
    assert (stock.used_bytes(), store.get(other)) == (5, b"other")
    with pytest.raises(BlobUnknown):
        store.get(digest)
    assert store.get(store.put(b"12345")) == b"12345"


def test_a_blob_counts_once_however_often_it_is_stored(tmp_path: Path) -> None:
    """A session names its files again and again."""
    store, stock = FileBlobStore(tmp_path), stock_of(tmp_path, most=10)
    digest = store.put(b"12345")
    assert stock.used_bytes() == 5
    for _ in range(9):
        stock.added(digest, 5)
    assert stock.shortage() == ""

    stock.added(store.put(b"67890"), 5)
    assert stock.shortage() == "budget"


def test_a_full_disk_comes_before_the_budget(tmp_path: Path) -> None:
    """Removing copies is no answer to a disk that others have filled."""
    stock_with = {
        free: stock_of(tmp_path, most=0, least_free=100, free=lambda _, free=free: free) for free in (99, 100)
    }

    assert [stock.shortage() for stock in stock_with.values()] == ["disk", "budget"]


@pytest.mark.parametrize("most", [0, 1000])
def test_without_room_no_copy_is_kept_and_the_reason_is(tmp_path: Path, most: int) -> None:
    """The event is kept all the same."""
    (tmp_path / "in.csv").write_bytes(b"a,b\n")
    store = FileBlobStore(tmp_path / "blobs")
    stock = stock_of(tmp_path / "blobs", most=most)
    snapshots = FileSnapshots(
        DiskFiles(), store, Redactor(), stock=stock, type_of=lambda data, name: f"{name}:{data!r}"
    )
    (taken,) = snapshots.take((str(tmp_path / "in.csv"),))

    if most:
        assert store.get(taken.digest or "") == b"a,b\n"
        assert (taken.reason, taken.media_type) == ("", "in.csv:b'a,b\\n'")
    else:
        assert (taken.digest, taken.size_bytes, taken.reason, taken.media_type) == (None, 4, "no_room", "")
    assert stock.used_bytes() == (4 if most else 0)
