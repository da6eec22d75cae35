"""Seam: content-addressed bytes."""

from typing import Protocol


class BlobStore(Protocol):
    """Content-addressed bytes: bodies, inputs, outputs.

    Promises, checked for every implementation by tests/contracts/test_blob_store.py:
      - what `put` took comes back from `get` byte for byte, for ever;
      - a digest nobody stored raises BlobUnknown, never returns None; damaged bytes raise BlobDamaged;
      - storing the same bytes twice changes nothing and gives the same digest (sha256, 64 hex digits).
    """

    def put(self, data: bytes) -> str:
        """Store bytes durably and give their digest."""
        ...

    def get(self, digest: str) -> bytes:
        """Give the bytes of a digest."""
        ...
