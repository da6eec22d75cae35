"""How sure a ranking is: the chance that its first skill is the right one, and the chance that any skill fits.

In     what the two parts of the index say about the first and the second candidate
Out    two chances in 0..1
Never  chooses; a listing and a model do that
Why    both are logistic functions of three numbers, so that they hold for other libraries too. Their weights were
       fitted by bench/routing_fit.py on half of the labelled requests: each as it is, once with its own skill taken
       out of the index (only near misses are left), and once against a library of other things. The other half and
       every request that no skill fits were only measured
"""

import math
from dataclasses import dataclass

# Under this confidence others are shown beside the first.
SURE = 0.7
# Under this chance that anything fits, nothing is proposed.
FITTING = 0.25
_FITS = (-1.792, 17.451, 1.022, -0.496)
_CORRECT = (-5.091, 11.845, 1.974, 1.083)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the first candidate.

    `words` and `letters` are its scores as parts of the best possible ones. `lead` is by how much of its score it is
    ahead of the second. `asked` is how many words of the request say something.
    """

    words: float
    letters: float
    lead: float
    asked: int

    def features(self) -> tuple[float, float, float, float]:
        """Give the numbers that the weights belong to, after the 1 of the constant."""
        return (1.0, math.sqrt(self.words * self.letters), self.lead, math.log1p(self.asked))


def confidence(evidence: Evidence) -> float:
    """Give the chance that the first candidate is the right one."""
    return _chance(_CORRECT, evidence)


def fit(evidence: Evidence) -> float:
    """Give the chance that any skill fits."""
    return _chance(_FITS, evidence)


def _chance(weights: tuple[float, ...], evidence: Evidence) -> float:
    return 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, evidence.features(), strict=True))))
