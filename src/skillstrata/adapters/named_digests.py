"""Which blobs a stored text names, whatever field it names them in.

In     lines of the trace log, records of the catalog
Out    every sha256 digest that stands there
Why    a field that is added later names blobs too: a blob that is still named must not go, one that is not must
"""

import re
from collections.abc import Iterable

_DIGEST = re.compile(rb'"([0-9a-f]{64})"')


def digests_in(texts: Iterable[bytes]) -> frozenset[str]:
    """Give every digest of these texts."""
    return frozenset(found.decode() for text in texts for found in _DIGEST.findall(text))


def named_in(texts: Iterable[bytes], digests: frozenset[str]) -> frozenset[str]:
    """Say which of these digests stand in these texts; stops reading once all of them do."""
    missing, wanted = set(digests), digests
    for text in texts:
        if not missing:
            break
        missing.difference_update(found.decode() for found in _DIGEST.findall(text))
    return wanted - missing
