"""A skill as a server offers it: named by its address, its files by digest and size. Digests say same, not safe."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file that may be read: its address, "sha256:<64 hex>", its size in bytes."""

    uri: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class RemoteSkill:
    """One entry of a server's list. `frontmatter` is JSON text; `dynamic` entries name no files.

    `server` is the label that the host gave to the server; what a server calls itself means nothing.
    """

    server: str
    uri: str
    frontmatter: str
    files: tuple[RemoteFile, ...] = ()
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class RemoteApproval:
    """Somebody's yes to one skill of one server, for exactly the files whose set has this digest."""

    server: str
    uri: str
    digest: str
    at_s: float = 0.0
