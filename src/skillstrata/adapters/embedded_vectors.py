"""The Vectors port inside this process: vectors from a function that is given, compared by their angle.

In     a function that gives vectors for texts (a local model, a service's client)
Out    the nearest ids
Never  downloads a model; keeps a text
Why    a few thousand vectors are compared at once by numpy where it is installed, and one by one where it is not
"""

import heapq
import importlib
import math
import threading
from collections.abc import Callable, Sequence
from operator import mul
from types import ModuleType
from typing import Any

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]


def _numpy() -> ModuleType | None:
    try:
        return importlib.import_module("numpy")
    except ImportError:
        return None


class EmbeddedVectors:
    """Fulfils the Vectors port in memory."""

    def __init__(self, embed: Embed, *, numpy: ModuleType | None = None) -> None:
        """Begin empty.

        Args:
            embed: Gives a vector for each text, all of one length.
            numpy: The numpy module to use; None looks for it.
        """
        self._embed = embed
        self._numpy = numpy or _numpy()
        self._lock = threading.Lock()
        self._vectors: dict[str, tuple[float, ...]] = {}
        self._changes = 0
        self._table: tuple[int, Any] = (-1, None)

    def put(self, skill_id: str, text: str) -> None:
        """Hold the vector of a text under an id."""
        unit = self._unit(text)
        with self._lock:
            self._changes += 1
            self._vectors.pop(skill_id, None)
            if unit:
                self._vectors[skill_id] = unit

    def remove(self, skill_id: str) -> None:
        """Forget an id."""
        with self._lock:
            self._changes += 1
            self._vectors.pop(skill_id, None)

    def nearest(self, query: str, *, limit: int) -> tuple[tuple[str, float], ...]:
        """Give ids and how like the query their texts are, 0 for opposite or unrelated."""
        asked = self._unit(query)
        with self._lock:
            held = list(self._vectors.items())
            likes = self._products([vector for _, vector in held], asked) if asked and held else []
        if not likes:
            return ()
        ranked = ((-min(like, 1.0), skill_id) for like, (skill_id, _) in zip(likes, held, strict=True) if like > 0)
        return tuple((skill_id, -like) for like, skill_id in heapq.nsmallest(max(limit, 0), ranked))

    def _products(self, vectors: list[tuple[float, ...]], asked: tuple[float, ...]) -> list[float]:
        if self._numpy is not None:
            if self._table[0] != self._changes:
                self._table = (self._changes, self._numpy.asarray(vectors))
            return [float(like) for like in self._table[1] @ self._numpy.asarray(asked)]
        return [sum(map(mul, vector, asked)) for vector in vectors]

    def _unit(self, text: str) -> tuple[float, ...]:
        """Give a text's vector at length 1, empty for one without content."""
        if not text.strip():
            return ()
        vector = tuple(float(x) for x in self._embed([text])[0])
        length = math.sqrt(sum(x * x for x in vector))
        return tuple(x / length for x in vector) if length and math.isfinite(length) else ()
