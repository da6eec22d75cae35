"""Read a catalog that cannot be written: on a read-only mount, or of somebody else.

In     the catalog's path
Out    a plain SQLite connection that only reads
Never  makes, changes or locks a file; shows an old state where a newer one lies in the log beside the file
Why    SQLite keeps an index of its log beside the file, and refuses to read where it cannot make that; a catalog whose
       log is empty may be read as a file that does not change
"""

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote


def is_unwritable(path: Path) -> bool:
    """Say whether a catalog is there that can be read and not written."""
    return path.is_file() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def connect_readonly(path: Path, *, busy_s: float) -> sqlite3.Connection:
    """Open a catalog for reading.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=busy_s, check_same_thread=False)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise
        return sqlite3.connect(f"{address}&immutable=1", uri=True, timeout=busy_s, check_same_thread=False)
    except BaseException:
        connection.close()
        raise
    return connection
