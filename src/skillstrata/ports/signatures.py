"""Seam: who signed a package, and our own signature."""

from typing import Protocol

from skillstrata.records.exchanges import SignatureCheck, SigningKey


class Signatures(Protocol):
    """Makes and checks signatures over the manifest of a package, offline.

    Promises, checked by tests/contracts/test_signatures.py:
      - what `sign` gave is "trusted" for the same bytes by a key that is ours or trusted, "unknown_key" by another one;
      - one changed byte of either makes it "bad"; no signature is "none"; no input raises anything;
      - the private key is made once, readable by its owner alone, and never given away.
    """

    def keys(self) -> tuple[SigningKey, ...]:
        """Give our own key, where there is one, and those that are trusted, by owner."""
        ...

    def make(self, owner: str) -> SigningKey:
        """Make our own key, or give the one that is there; raises StoreFull, KeyUnusable."""
        ...

    def trust(self, public: str, owner: str) -> SigningKey:
        """Trust a key; raises KeyUnusable where it is none, StoreFull."""
        ...

    def distrust(self, key_id: str) -> bool:
        """Trust a key no more; says whether it was trusted. Raises StoreFull."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Give a signature file over these bytes; raises KeyUnusable where there is no key of ours."""
        ...

    def check(self, data: bytes, signature: bytes | None) -> SignatureCheck:
        """Say what a signature file says of these bytes."""
        ...
