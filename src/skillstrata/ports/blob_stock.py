"""Seam: what the blob store holds, for keeping it within its room."""

from dataclasses import dataclass
from typing import Literal, Protocol

Shortage = Literal["", "disk", "budget"]


@dataclass(frozen=True, slots=True)
class HeldBlob:
    """One stored blob: its digest, its size, and when it was stored (epoch seconds)."""

    digest: str
    size_bytes: int
    at_s: float


class BlobStock(Protocol):
    """Lists and removes blobs, and says whether there is room for more.

    Promises, checked by tests/contracts/test_blob_stock.py:
      - `held` gives every blob once, the oldest first; files that are no blobs are left alone;
      - a removed blob is unknown from then on; removing it again changes nothing;
      - `shortage` is "disk" while the disk has less free than it should, "budget" while the blobs take all they may.
    """

    def held(self) -> tuple[HeldBlob, ...]:
        """List the blobs, the oldest first."""
        ...

    def remove(self, digests: tuple[str, ...]) -> int:
        """Remove blobs; gives the bytes that became free."""
        ...

    def used_bytes(self) -> int:
        """Give the room that the blobs take; counted anew now and then, and after a removal."""
        ...

    def added(self, digest: str, size_bytes: int) -> None:
        """Say that a blob was stored; one that lay there already takes no more room."""
        ...

    def shortage(self) -> Shortage:
        """Say what there is not enough of."""
        ...
