"""Seam: somebody who can say whether two tools are for the same, where fixed rules cannot."""

from typing import Protocol

from skillstrata.records.purposes import JudgeCall, PurposeSketch


class Judge(Protocol):
    """A model that is asked about two sketches.

    Promises, checked for every implementation by tests/contracts/test_judge.py:
      - what is sent are the fields of the two sketches and our own question, nothing else;
      - an answer that is not of the asked form, a failing service, a wait beyond the time limit: JudgeUnavailable, with
        the tokens that were spent all the same where they are known; never a guess;
      - whatever a model writes comes back as one of three words and one printable line.
    """

    @property
    def model(self) -> str:
        """Name the model, with its provider."""
        ...

    def question(self, one: PurposeSketch, other: PurposeSketch) -> str:
        """Give a digest of what would be asked: the same for the same two in either order."""
        ...

    def ask(self, one: PurposeSketch, other: PurposeSketch, *, at_s: float) -> JudgeCall:
        """Ask; raises JudgeUnavailable."""
        ...
