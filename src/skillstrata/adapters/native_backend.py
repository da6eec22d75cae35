"""All native tools as one backend.

In     what the user's settings and policy leave them
Out    NativeBackend: read_file, write_file, list_dir, web_fetch, bash, json_query
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from skillstrata.adapters.http_get import WayOut
from skillstrata.adapters.native_files import list_dir, read_file, write_file
from skillstrata.adapters.native_places import Roots
from skillstrata.adapters.native_query import json_query
from skillstrata.adapters.native_shell import bash
from skillstrata.adapters.native_tools import NativeBackend
from skillstrata.adapters.native_web import web_fetch
from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.sandbox_runs import Limits


@dataclass(frozen=True, slots=True)
class NativeParts:
    """What native tools work with.

    `planted` says why a path may not be written, "" where it may, given the path and the root it lies below. `roots`
    are folders beside the caller's own, `closed` are folders and files that no tool may read or write: where this
    program keeps its data, secrets and consents, and its policy; `spared` are folders therein that they may.
    `allowed_hosts` None is every public host, () none. What policy leaves a call lowers all of these further.
    """

    planted: Callable[[str, str], str]
    sandbox: Callable[[], Sandbox]
    roots: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] | None = None
    limits: Limits = field(default_factory=Limits)
    way: WayOut = field(default_factory=WayOut)


def native_backend(parts: NativeParts) -> NativeBackend:
    """Put the tools together; nothing is started."""
    roots = Roots(parts.roots, parts.closed, parts.spared)
    return NativeBackend(
        (
            read_file(roots),
            write_file(roots, parts.planted),
            list_dir(roots),
            web_fetch(parts.allowed_hosts, parts.way),
            bash(parts.sandbox, roots, parts.limits),
            json_query(),
        )
    )
