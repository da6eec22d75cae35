"""What is kept of built environments, and what a collection took away."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptEnvironment:
    """One environment on the disk.

    `requirements` are its pins, `name==version`; none for the standard library alone. `size_bytes` counts every file
    of it, also those that others share. `complete` is False for what a killed builder left under its key.
    """

    key: str
    requirements: tuple[str, ...]
    size_bytes: int
    last_used_s: float
    complete: bool


@dataclass(frozen=True, slots=True)
class EnvironmentStock:
    """All that is kept. `disk_bytes` counts a file once, however many environments and layers share it."""

    environments: tuple[KeptEnvironment, ...] = ()
    layers: int = 0
    disk_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Collection:
    """What a collection removed, or would remove where `dry_run` says so; `leftovers` are of killed processes."""

    environments: tuple[KeptEnvironment, ...] = ()
    layers: int = 0
    leftovers: int = 0
    freed_bytes: int = 0
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """A distribution that provides a module where a program ran, as its metadata says.

    `place` is the folder of packages. `regular` is False for one that only adds to a namespace package. `of_project`
    says that it was installed from a folder, so no index has it: its name there is somebody else's.
    """

    distribution: str
    version: str
    place: str
    regular: bool = True
    of_project: bool = False
