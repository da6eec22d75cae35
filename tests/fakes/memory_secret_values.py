"""Marks of secret values in memory."""

from skillstrata.ports.secret_values import ValueMark


class MemorySecretValues:
    def __init__(self) -> None:
        self._marks: dict[ValueMark, None] = {}

    def key(self) -> bytes:
        return b"a key of this test alone, 32 byte"

    def marks(self) -> tuple[ValueMark, ...]:
        return tuple(self._marks)

    def remember(self, marks: tuple[ValueMark, ...]) -> None:
        self._marks.update(dict.fromkeys(marks))
