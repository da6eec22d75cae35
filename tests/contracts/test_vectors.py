"""What every Vectors store promises: with numpy, and without it."""

import importlib.util
from collections.abc import Sequence
from types import ModuleType

import pytest

from skillstrata.adapters.embedded_vectors import EmbeddedVectors
from skillstrata.adapters.hashed_embedding import hashed
from skillstrata.ports.vectors import Vectors

WORDS = ("helm", "chart", "pdf", "form", "query")


def by_words(texts: Sequence[str]) -> list[list[float]]:
    """Stand for a model: one number for each known word."""
    return [[float(text.casefold().count(word)) for word in WORDS] for text in texts]


class _Matrix:
    """As much of numpy as is used, so that its way is walked where it is not installed."""

    def __init__(self, rows: Sequence[Sequence[float]] | Sequence[float]) -> None:
        self.rows = rows

    def __matmul__(self, other: "_Matrix") -> list[float]:
        return [sum(a * b for a, b in zip(row, other.rows, strict=True)) for row in self.rows]  # type: ignore[arg-type]


def _stand_in() -> ModuleType:
    module = ModuleType("numpy")
    module.__dict__["asarray"] = _Matrix
    return module


@pytest.fixture(params=["plain", "matrix", "numpy"])
def vectors(request: pytest.FixtureRequest) -> Vectors:
    """Make an empty store."""
    if request.param == "matrix":
        return EmbeddedVectors(by_words, numpy=_stand_in())
    if request.param == "numpy" and importlib.util.find_spec("numpy") is None:
        pytest.skip("numpy is not installed")
    return EmbeddedVectors(by_words)


def test_a_text_is_found_by_itself_and_the_nearest_come_first(vectors: Vectors) -> None:
    """With a likeness of one; what has nothing in common is not found at all."""
    vectors.put("a", "helm chart")
    vectors.put("b", "helm")
    vectors.put("c", "pdf form")

    found = vectors.nearest("Helm", limit=5)

    assert [skill_id for skill_id, _ in found] == ["b", "a"]
    assert found[0][1] == pytest.approx(1)
    assert 0 < found[1][1] < 1
    assert vectors.nearest("Helm", limit=1) == found[:1]


def test_equal_ones_come_by_id(vectors: Vectors) -> None:
    """Nothing else may decide between them."""
    for name in ("c", "a", "b"):
        vectors.put(name, "query")

    assert [skill_id for skill_id, _ in vectors.nearest("query", limit=2)] == ["a", "b"]


def test_putting_again_replaces_and_removing_forgets(vectors: Vectors) -> None:
    """Skills change while the store lives."""
    vectors.put("a", "helm")
    vectors.put("a", "pdf")
    assert vectors.nearest("helm", limit=5) == ()
    assert [skill_id for skill_id, _ in vectors.nearest("pdf", limit=5)] == ["a"]

    vectors.remove("a")
    vectors.remove("a")
    assert vectors.nearest("pdf", limit=5) == ()


@pytest.mark.parametrize("empty", ["", "   ", "nothing known"])
def test_what_has_no_content_is_like_nothing(vectors: Vectors, empty: str) -> None:
    """Neither as a query nor as a text; and no division by nothing."""
    vectors.put("a", "helm")
    vectors.put("b", empty)

    assert vectors.nearest(empty, limit=5) == ()
    assert [skill_id for skill_id, _ in vectors.nearest("helm", limit=5)] == ["a"]


def test_hashed_terms_find_a_text_by_itself_and_by_its_words() -> None:
    """In any script, with the same result each time; without content there is nothing to find."""
    store = EmbeddedVectors(hashed)
    store.put("tides", "Compute the tides of a port")
    store.put("photos", "\u6574\u7406\u7167\u7247\u548c\u56fe\u7247")

    assert store.nearest("Compute the tides of a port", limit=1)[0][1] == pytest.approx(1)
    assert store.nearest("tides", limit=1)[0][0] == "tides"
    assert store.nearest("\u6574\u7406\u7167\u7247\u548c\u56fe\u7247", limit=1)[0] == ("photos", pytest.approx(1))
    assert store.nearest("!?", limit=5) == ()
    assert hashed(["a b"]) == hashed(["a b"])
