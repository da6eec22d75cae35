"""What every BlobStore promises."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.adapters.file_blob_store import FileBlobStore
from skillstrata.ports.blob_store import BlobStore
from skillstrata.records.failures import BlobDamaged, BlobUnknown


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the blobs lie."""
    return tmp_path / "blobs"


@pytest.fixture
def store(root: Path) -> BlobStore:
    """A store with nothing in it."""
    return FileBlobStore(root)


@given(st.binary(max_size=2000))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_put_comes_back_byte_for_byte(store: BlobStore, data: bytes) -> None:
    """Inputs are replayed from here."""
    digest = store.put(data)

    assert digest == hashlib.sha256(data).hexdigest()
    assert store.get(digest) == data


def test_another_store_on_the_same_folder_has_it_too(store: BlobStore, root: Path) -> None:
    """For ever means: after this process."""
    digest = store.put(b"kept")

    assert FileBlobStore(root).get(digest) == b"kept"


def test_storing_twice_changes_nothing(store: BlobStore, root: Path) -> None:
    """Ingest repeats itself after a crash."""
    digest = store.put(b"kept")
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()}

    assert store.put(b"kept") == digest
    assert {p: p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("digest", ["0" * 64, "", "abc", "../../../etc/passwd", "A" * 64, f"{'0' * 64}\n"])
def test_a_digest_nobody_stored_is_refused(store: BlobStore, digest: str) -> None:
    """None would travel on as if it were content; a path must not get through."""
    with pytest.raises(BlobUnknown):
        store.get(digest)


@pytest.mark.parametrize("damage", [b"", b"kept and more", b"kepT"])
def test_damaged_bytes_are_refused_and_storing_again_repairs_them(store: BlobStore, root: Path, damage: bytes) -> None:
    """A proof over other bytes would prove nothing."""
    digest = store.put(b"kept")
    (file,) = (p for p in root.rglob("*") if p.is_file())
    file.write_bytes(damage)

    with pytest.raises(BlobDamaged):
        store.get(digest)
    store.put(b"kept")
    assert store.get(digest) == b"kept"


def test_blobs_are_private(store: BlobStore, root: Path) -> None:
    """They are the user's files."""
    store.put(b"kept")

    assert {p.stat().st_mode & 0o077 for p in root.rglob("*")} == {0}
