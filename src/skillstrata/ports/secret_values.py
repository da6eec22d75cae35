"""Seam: what is known of secret values without having them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ValueMark:
    """A secret value as a keyed digest, and where to look for it.

    `name` is that of its variable. `length` counts characters. The `anchor` is its longest run of letters and digits:
    where it begins in the value, how long it is, and its own digest.
    """

    name: str
    length: int
    digest: str
    anchor_start: int
    anchor_length: int
    anchor_digest: str


class SecretValues(Protocol):
    """Marks of secret values, and the key of their digests.

    Promises, checked for every implementation by tests/contracts/test_secret_values.py:
      - the key is the same for ever, is made at the first `remember` or `key`, and is nobody else's;
      - what was remembered is there for the next process, once, however often it was said;
      - no value is kept, in any form that gives it back without the key.
    """

    def key(self) -> bytes:
        """Give the key, b"" where none was made yet and none can be made."""
        ...

    def marks(self) -> tuple[ValueMark, ...]:
        """Give every mark, in the order they came."""
        ...

    def remember(self, marks: tuple[ValueMark, ...]) -> None:
        """Add marks; those that are there stay as they are.

        Raises:
            StoreFull: They cannot be written.
        """
        ...
