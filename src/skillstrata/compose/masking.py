"""Values of secrets, kept out of everything that is written down or told.

In     the secrets that a run has used so far; any text or JSON value
Out    the same with `[secret]` in their place
Never  forgets a secret before the run is over
"""

import json
from typing import Final
from urllib.parse import quote

from skillstrata.records.json_values import Json

MASK: Final = "[secret]"


class Mask:
    """The secrets of one run; may be used by several threads."""

    __slots__ = ("_texts", "_values")

    def __init__(self) -> None:
        """Begin with none."""
        self._values: frozenset[str] = frozenset()
        self._texts: tuple[str, ...] = ()

    def learn(self, secrets: tuple[str, ...]) -> None:
        """Keep further secrets."""
        fresh = {secret for secret in secrets if secret} - self._values
        if fresh:
            self._values |= fresh
            forms = {form for secret in self._values for form in _forms(secret)}
            # The longer first: a secret that holds another must not be left in pieces.
            self._texts = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    @property
    def values(self) -> frozenset[str]:
        """Give the secrets."""
        return self._values

    def text(self, text: str) -> str:
        """Mask a text."""
        for secret in self._texts:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def value(self, value: Json) -> Json:
        """Mask every text, key and number of a value; the value itself where there is no secret to mask."""
        return self._masked(value) if self._values else value

    def _masked(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._masked(inner) for inner in value]
        if isinstance(value, dict):
            return {self.text(key): self._masked(inner) for key, inner in value.items()}
        if value is None or isinstance(value, bool):
            return value
        return MASK if str(value) in self._values else value


def _forms(secret: str) -> tuple[str, ...]:
    """Give how a secret looks inside JSON and inside a URL as well."""
    return secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret, safe="")
