"""Words of what a person asked for, kept to find by them what was not found.

In     a prompt; names that stand for this machine and its people
Out    a few plain words, or none
Never  takes a word of a prompt that something was pasted into, of a sentence with a name, a path or an order
Why    apart from `reuse_misses`: only a pass needs it, and its patterns take time to load
"""

import re

from skillstrata.library.hostile_text import orders, unseen
from skillstrata.library.learning_screen import is_clean_phrase
from skillstrata.library.reuse_misses import search_words

# What is longer was pasted, at least in part.
_MOST_CHARS = 500
_MOST_WORDS = 12
_SENTENCE = re.compile(r"[.!?;]\s+|[\n。\uff01\uff1f]+")


def prompt_words(prompt: str, private: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Give the words that may be kept.

    Args:
        prompt: As it was typed.
        private: Names that stand for this machine and its people, in lower case.
    """
    if len(prompt) > _MOST_CHARS or orders(prompt) or unseen(prompt):
        return ()
    parts = (part.strip(" .!?") for part in _SENTENCE.split(prompt.strip()))
    words = (word for part in parts if is_clean_phrase(part, private) for word in search_words(part))
    return tuple(dict.fromkeys(words))[:_MOST_WORDS]
