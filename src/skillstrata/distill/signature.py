"""Fingerprint what a program does: which output it gives for which input.

In     pairs of input digest and output digest, in any order
Out    Signature; the same for the same pairs, whatever their order, process or hash seed
"""

import hashlib
import json
from dataclasses import asdict

from skillstrata.records.contracts import Signature
from skillstrata.records.drafts import Draft


def signature_of(pairs: tuple[tuple[str, str], ...]) -> Signature:
    """Give the signature of observed behaviour.

    Args:
        pairs: (input digest, output digest) of runs; repeated pairs count once.
    """
    ordered = tuple(sorted(set(pairs)))
    # Canonical JSON keeps two fields apart that plain joining would run together.
    text = json.dumps(ordered, separators=(",", ":"), ensure_ascii=True)
    return Signature(ordered, hashlib.sha256(text.encode("ascii")).hexdigest())


def program_digest(draft: Draft) -> str:
    """Give the digest of all that makes a program what it is: its text, the files beside it, and how it is started.

    Two drafts of one text with other fixed words, or another helper beside it, are two programs.
    """
    parts = {
        "main": draft.main,
        "bundled": sorted((file.path, file.text) for file in draft.bundled),
        "words": [asdict(word) for word in draft.words],
        "options": sorted((option.name, option.default) for option in draft.options),
        "stdin": draft.stdin_param,
        "requirements": sorted(draft.requirements),
    }
    text = json.dumps(parts, separators=(",", ":"), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
