"""Whether a data directory is one that this program can read.

In     the file that says its format
Out    whether it says one
"""

from pathlib import Path

from skillstrata.records.failures import StoreFull, StoreNewer

DATA_FORMAT = 1


def has_known_format(mark: Path, newest: int) -> bool:
    """Say whether a format is written there.

    Raises:
        StoreNewer: A newer version of the program wrote it.
        StoreFull: It cannot be read.
    """
    try:
        found = mark.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError) as error:
        raise StoreFull(f"cannot read {mark}: {error}", hint="check the data directory's permissions") from error
    if found and (not found.isdigit() or int(found) > newest):
        raise StoreNewer(
            f"{mark.parent} has format {found}, this program knows up to {newest}",
            hint="update skillstrata, or choose another folder with --data-dir",
        )
    return bool(found)
