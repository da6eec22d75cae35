"""Why the sandbox does not start here, and what to do about it; what `doctor` says of a sandbox that does.

In     what bwrap printed; what this machine looks like
Out    a hint, or a Check
Never  starts anything
Why    installing again does not help where the kernel or a container forbids user namespaces, so causes are told apart
"""

import os
from pathlib import Path

from skillstrata.adapters.sandbox_cgroup import hierarchies
from skillstrata.records.sandbox_runs import Check

INSTALL = (
    "install it: `apt-get install bubblewrap` (Debian, Ubuntu), `dnf install bubblewrap` (Fedora),"
    " `apk add bubblewrap` (Alpine), `pacman -S bubblewrap` (Arch)"
)
_NAMESPACES = (
    "user namespaces are forbidden here: allow them (sysctl user.max_user_namespaces above 0,"
    " kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or in a container"
    " start it with a security profile that allows them"
)
# What bwrap says when it may not build the walls, and what forbids it.
_CAUSES = (
    (("creating new namespace failed", "no permissions to create", "uid map", "user namespace"), _NAMESPACES),
    (("mount proc",), "the container hides parts of /proc: start it with an unmasked /proc"),
    (("unknown option",), "this bubblewrap is too old: version 0.8 or newer is needed"),
)
_CONTAINER = (
    "; this is a container: Docker allows it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
    " --security-opt systempaths=unconfined`, Podman with `--security-opt seccomp=unconfined --security-opt unmask=ALL`"
)
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")


def hint_for(reason: str, *, in_container: bool | None = None) -> str:
    """Say how to mend what bwrap complained of.

    Args:
        reason: The last line it printed.
        in_container: Whether this is a container; None to look.
    """
    hint = next((hint for words, hint in _CAUSES if any(word in reason.lower() for word in words)), "")
    if not hint:
        return INSTALL
    inside = is_container() if in_container is None else in_container
    return hint + (_CONTAINER if inside and "container" in hint else "")


def is_container() -> bool:
    """Say whether this looks like a container: its runtimes leave a mark."""
    return any(os.path.exists(mark) for mark in _CONTAINER_MARKS) or "KUBERNETES_SERVICE_HOST" in os.environ


def limits_check() -> Check:
    """Say what holds memory and processes of all processes of a run together."""
    places = hierarchies()
    if not places.version:
        detail = "a watcher looks every 50 ms; no control group is open to this user, which would hold them exactly"
        return Check("sandbox limits", ok=True, detail=detail)
    folder = places.unified or places.memory or Path()
    return Check(
        "sandbox limits", ok=True, detail=f"control groups version {places.version} in {folder}, and a watcher"
    )
