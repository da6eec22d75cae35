"""Fingerprint what a program does: which output it gives for which input.

In     pairs of input digest and output digest, in any order
Out    Signature; the same for the same pairs, whatever their order, process or hash seed
"""

import hashlib
import json

from skillstrata.records.contracts import Signature


def signature_of(pairs: tuple[tuple[str, str], ...]) -> Signature:
    """Give the signature of observed behaviour.

    Args:
        pairs: (input digest, output digest) of runs; repeated pairs count once.
    """
    ordered = tuple(sorted(set(pairs)))
    # Canonical JSON keeps two fields apart that plain joining would run together.
    text = json.dumps(ordered, separators=(",", ":"), ensure_ascii=True)
    return Signature(ordered, hashlib.sha256(text.encode("ascii")).hexdigest())
