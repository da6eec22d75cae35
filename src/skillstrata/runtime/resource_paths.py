"""Which paths may be read below a skill's folder, before any file is looked at.

In     a path as a model wrote it
Out    the same path with `/`, in its plain form
Never  lets a path through that leads out of the folder on any system
"""

from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError

_MOST_CHARS = 1_024


class ResourceRefused(StrataError):
    """A path that is not one below the skill's folder."""

    code: ClassVar[str] = "runtime.resource_refused"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


def safe_path(path: str) -> str:
    """Give a relative path in its plain form.

    Raises:
        ResourceRefused: It is absolute, empty or too long, holds `..`, a drive, a stream, or control characters.
    """
    plain = path.strip().replace("\\", "/")
    parts = [part for part in plain.split("/") if part not in {"", "."}]
    odd = ".." in parts or plain.startswith(("/", "~")) or ":" in plain or not plain.isprintable()
    if odd or not parts or len(plain) > _MOST_CHARS:
        raise ResourceRefused(
            f"{path[:200]!r} is no path of a file of the skill", hint="give a path as the skill's list of files has it"
        )
    return "/".join(parts)
