"""Seam: somebody who can say in better words what a draft is for."""

from typing import Protocol

from skillstrata.records.learned import LearnedDraft


class Phrasing(Protocol):
    """A model that writes the description of a draft, and nothing else of it.

    Promises, checked for every implementation by tests/contracts/test_phrasing.py:
      - what is sent are the draft's kind, name, description and content, and our own question: no evidence, no session;
      - whatever goes wrong (no key, no service, a wait beyond the limit, an answer not of the form) gives "";
      - what comes back is raw: who asked checks it before it is used.
    """

    def describe(self, draft: LearnedDraft) -> str:
        """Give a description, "" where there is none."""
        ...
