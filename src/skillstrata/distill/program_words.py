"""The words a program prints of its own, whatever it is written in."""

from skillstrata.distill.lifted_text import LIFTINGS
from skillstrata.distill.views import program_labels
from skillstrata.distill.views.tokens import tokens


def program_words(language: str, source: str) -> frozenset[str]:
    """Give the tokens of all texts of a program; of one that does not parse, none."""
    if language == "python":
        return program_labels(source)
    texts = LIFTINGS[language].texts(source)
    return frozenset(word for text in texts for word in tokens(text.encode("utf-8", "replace").decode("utf-8")))
