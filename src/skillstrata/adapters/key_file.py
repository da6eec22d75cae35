"""A key of our own: 32 random bytes in a file that its owner alone can read.

In     a path
Out    the same bytes for every process of a data directory
Never  replaces a key; takes a file of another length for one
"""

import contextlib
import secrets
from pathlib import Path

from skillstrata.adapters.atomic_files import make_folder, storing, write_new
from skillstrata.records.failures import ConfigUnreadable

_BYTES = 32


def stored_key(path: Path) -> bytes:
    """Give the key, making it where there is none yet.

    Raises:
        StoreFull: It cannot be written or read.
        ConfigUnreadable: What lies there is no key.
    """
    with storing(path):
        if not path.exists():
            make_folder(path.parent)
            # Of two processes the first one's key counts.
            with contextlib.suppress(FileExistsError):
                write_new(path, secrets.token_bytes(_BYTES))
        key = path.read_bytes()
    if len(key) != _BYTES:
        raise ConfigUnreadable(f"{path} is no key of {_BYTES} bytes", hint="remove it; a new one is made")
    return key
