"""Several files as one archive, the same bytes for the same files."""

import io
import zipfile

from skillstrata.distill.views.media_types import ZIP
from skillstrata.records.proofs import TypedBytes

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def packed(parts: tuple[tuple[str, bytes], ...]) -> TypedBytes:
    """Give files, as (relative path, bytes), as a zip archive."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for path, data in sorted(parts):
            archive.writestr(zipfile.ZipInfo(path, _FIRST_DAY), data)
    return TypedBytes(ZIP, into.getvalue())
