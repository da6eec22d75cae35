"""The inputs of one start of a program, all together.

Shapes  a Case has one content per input of the program, in their order; None stands for a file that is not there
Why     a program of two files has to be shown new files for both at once, and they must still fit each other
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from skillstrata.distill.synthesise import unseen
from skillstrata.distill.views import document_view
from skillstrata.distill.views.media_types import TEXT
from skillstrata.records.proofs import TypedBytes


@dataclass(frozen=True, slots=True)
class Case:
    """One content per input, and the file names to give them ("" for the program's own example)."""

    contents: tuple[TypedBytes | None, ...]
    names: tuple[str, ...] = ()

    @property
    def data(self) -> bytes | None:
        """Give the bytes of the first input."""
        return self.contents[0].data if self.contents[0] else None

    @property
    def digest(self) -> str:
        """Give the sha256 of an only input's bytes, or of all their digests; "" where the first is missing."""
        digests = [hashlib.sha256(c.data).hexdigest() if c else "" for c in self.contents]
        if len(digests) == 1:
            return digests[0]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()

    @property
    def as_one(self) -> TypedBytes:
        """Give the content an oracle compares with: the only one, or the text of all."""
        there = [content for content in self.contents if content is not None]
        return there[0] if len(there) == 1 else TypedBytes(TEXT, text_of_all(tuple(there)))

    def with_content(self, at: int, content: TypedBytes | None) -> "Case":
        """Give the case with one input exchanged."""
        return Case((*self.contents[:at], content, *self.contents[at + 1 :]), self.names)


def text_of_all(contents: tuple[TypedBytes, ...]) -> bytes:
    """Give the text of several contents, one after the other."""
    views = (document_view(content) for content in contents)
    return "\n\n".join(view.text for view in views if view is not None).encode("utf-8", "replace")


def shared_words(case: Case) -> frozenset[str]:
    """Give the words that stand in more than one input: the keys two files are joined by."""
    there = [content for content in case.contents if content is not None]
    views = [document_view(content) for content in there]
    words = [frozenset(view.tokens) for view in views if view is not None]
    return frozenset(w for at, own in enumerate(words) for other in words[at + 1 :] for w in own & other)


@lru_cache(maxsize=8)
def unseen_cases(case: Case, *, count: int, seed: int, keep: frozenset[str], at_least: int = 0) -> tuple[Case, ...]:
    """Make cases with the schema of this one and none of its values; the words that join its inputs stay.

    The long one has more than `at_least` rows, records or lines.

    An input of which no other can be made stays as it is, as long as one input changes.
    """
    kept = keep | shared_words(case)
    made = [
        unseen(c, count=count, seed=seed, keep=kept, at_least=at_least) if c is not None else () for c in case.contents
    ]
    rounds = zip_longest(*made)
    return tuple(
        Case(tuple(new or old for new, old in zip(contents, case.contents, strict=True)))
        for contents in rounds
        if any(contents)
    )
