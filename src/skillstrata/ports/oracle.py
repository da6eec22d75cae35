"""Seam: an oracle, which says whether an output carries what its input says. Distributions may bring their own."""

from typing import Protocol

from skillstrata.records.proofs import OracleResult, TypedBytes


class Oracle(Protocol):
    """Judges the outputs of one kind, without the program and without a gold answer.

    A distribution offers one under the entry point group `skillstrata.oracles`: an object, or a class that is called
    without arguments. It is asked where no built-in profile knows a pair, or when a proof names it.

    Promises, checked by tests/unit/distill/test_oracle_plug_ins.py for what the registry makes of it:
      - the same pair gives the same result, on every machine;
      - it reads the input with other code than the program under test does;
      - hostile bytes give a result that is not ok or not measurable; an exception is taken for the latter.
    """

    @property
    def name(self) -> str:
        """Name the set of floors, with its version: `barcodes-1`.

        A new version is a new name. What begins with `extract-` or `summary-` declares that content is lost on purpose.
        """
        ...

    def fits(self, given: TypedBytes, produced: TypedBytes) -> bool:
        """Say whether this oracle knows such pairs; asked on a demonstration."""
        ...

    def judge(self, given: TypedBytes, produced: TypedBytes, *, labels: frozenset[str]) -> OracleResult:
        """Judge an output against its input; `labels` are the words in the program's own string literals."""
        ...
