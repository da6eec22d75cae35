"""Numbers of an output that are new: neither in the input nor in the program's own words."""

import re

from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.printed import Printed, printed_numbers
from skillstrata.distill.views.tokens import is_known

_PARTS = re.compile(r"[.,]")


def novel(pairing: Pairing, *, least_chars: int = 1) -> list[Printed]:
    """Give the numbers of the output that stand neither in the input nor in the program's own words."""
    printed = printed_numbers(pairing.produced, pairing.made, pairing.made_tables)
    return [n for n in printed if len(n.text.lstrip("+-").replace(",", "")) >= least_chars and not _stands(n, pairing)]


def _stands(number: Printed, pairing: Pairing) -> bool:
    bare = number.text.lstrip("+-")
    # "top 10 words" is the program's phrase; a 10 that stands for itself is a claim.
    typed = not number.alone and all(part in pairing.labels for part in _PARTS.split(bare))
    known = pairing.source.numbers
    return typed or is_known(bare, known) or _trimmed(bare) in {_trimmed(number) for number in known}


def _trimmed(number: str) -> str:
    """Take the zeros off a decimal's end: 12.50 may be shown as 12.5, 12 as 12.0."""
    return number.rstrip("0").rstrip(".") if "." in number else number
