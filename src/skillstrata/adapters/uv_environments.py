"""The Environments port on uv: requirements pinned by hash, environments built once and never written again.

In     requirement strings (untrusted: they come out of programs), a Lock
Out    Lock without addresses or paths; PythonEnvironment whose folder is complete and read-only
Never  runs code of a package, on the host or while installing; uses the network unless it was allowed; touches the
       user's own package caches
Why    built beside its place and renamed, so that a folder under its key is whole, also after a power failure: its
       files are on the disk before its name is. uv copies files, since a program that changed a linked file in one
       environment changed the next one; each installed distribution is then kept as a layer, and later environments
       are put together from those (see environment_layers for what keeps that safe), or installed where that fails
"""

import contextlib
import hashlib
import os
import platform
import re
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from skillstrata.adapters.environment_folders import (
    BUILDING,
    aside,
    leftovers,
    make_read_only,
    remove,
    still_there,
    write_through,
)
from skillstrata.adapters.environment_layers import EnvironmentLayers, LayerUnfit, publish
from skillstrata.adapters.environment_records import InstalledFiles, Pin, everything, owned, pins_of
from skillstrata.adapters.environment_stock import COMPLETE, LAYERS, LOCK_FILE, collect, collect_daily, stock
from skillstrata.adapters.environment_uv import Uv, compile_bytecode, plain_pins
from skillstrata.ports.environments import KEPT_UNUSED_S
from skillstrata.records.environments import Collection, EnvironmentStock
from skillstrata.records.failures import EnvironmentUnbuildable
from skillstrata.records.sandbox_runs import Check, Lock, PythonEnvironment

_KEY_LENGTH = 32
_MAX_REQUIREMENTS = 100
_MIB = 1024 * 1024
_COMPILE = (
    "pip compile --generate-hashes --only-binary :all: --no-emit-index-url --no-emit-find-links --no-header"
    " --no-annotate"
)
_SYNC = "pip sync --require-hashes --only-binary :all: --link-mode copy"

# A name, extras, versions, a marker. Nothing that uv would read as an option, a file or an address.
_REQUIREMENT = re.compile(
    r"""[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?
        (?:\s*\[[A-Za-z0-9._,\s-]*\])?
        (?:\s*(?:===?|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+(?:\s*,\s*(?:===?|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+)*)?
        (?:\s*;[^\n@\\]*)?""",
    re.VERBOSE,
)


class UvEnvironments:
    """Builds environments under one folder from one cache, for the interpreter that runs this program."""

    def __init__(
        self,
        root: Path,
        cache: Path,
        allow_network: bool,
        uv: str | None = None,
        *,
        kept: tuple[float, int | None] = (KEPT_UNUSED_S, None),
    ) -> None:
        """Take the folders; neither is made before it is needed.

        `kept` is for `collect_daily`: seconds without use, and the most bytes that all may take, None for any.
        """
        self._root = root.absolute()
        self._uv = Uv(cache.absolute(), allow_network, uv)
        self._allow_network = allow_network
        self._kept_unused_s, self._most_bytes = kept
        self._layers = EnvironmentLayers(self._root / LAYERS)
        self._interpreter = os.path.realpath(sys.executable)
        self._base = os.path.realpath(sys.base_prefix)
        self._site = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"

    def lock(self, requirements: tuple[str, ...]) -> Lock:
        """Pin requirements with every hash, for this interpreter and platform.

        Raises:
            EnvironmentNeedsNetwork: The answer is not in the cache, and fetching was not allowed.
            EnvironmentUnbuildable: A requirement is malformed, or no set of binary distributions satisfies them.
        """
        wanted = tuple(sorted({requirement.strip() for requirement in requirements}))
        if not wanted:
            return Lock("", ())
        if len(wanted) > _MAX_REQUIREMENTS:
            raise EnvironmentUnbuildable(f"{len(wanted)} requirements are too many", hint="name fewer of them")
        for requirement in wanted:
            if not _REQUIREMENT.fullmatch(requirement):
                raise EnvironmentUnbuildable(
                    f"{requirement!r} is not a plain requirement", hint="name a distribution, with versions if need be"
                )
        words = (*_COMPILE.split(), "--python", self._interpreter, "-")
        text = self._uv.run(words, wanted, stdin="\n".join(wanted) + "\n")
        return Lock(plain_pins(text, wanted), wanted)

    def build(self, lock: Lock) -> PythonEnvironment:
        """Give the environment of a lock; a hit starts no process.

        Raises:
            EnvironmentNeedsNetwork: A distribution is not in the cache, and fetching was not allowed.
            EnvironmentUnbuildable: The lock cannot be installed, or the folder cannot be written.
        """
        key = self._key(lock.text)
        if lock.text:
            # A lock may come out of a tool's folder: it is pins and nothing else, whoever wrote it.
            lock = replace(lock, text=plain_pins(lock.text, lock.requirements or ("the lock",)))
        place = self._root / key
        if not still_there(place, COMPLETE):
            try:
                self._make(lock, key, place)
            except OSError as error:
                raise EnvironmentUnbuildable(
                    f"cannot write {self._root}: {error.strerror}", hint="make the data directory writable, with space"
                ) from error
        binds = (str(place),) if self._base.startswith("/usr") else (str(place), self._base)
        return PythonEnvironment(key=key, python=str(place / "bin" / "python"), binds=binds)

    def checks(self) -> tuple[Check, ...]:
        """Say whether uv is there and answers, and what is kept."""
        try:
            version = self._uv.run(("--version",), ())
        except EnvironmentUnbuildable as error:
            return (Check("environments", ok=False, detail=error.message, fix=error.hint),)
        network = "may fetch" if self._allow_network else "from the local cache only"
        kept = self.kept()
        size = f"{len(kept.environments)} environments, {kept.disk_bytes / _MIB:.0f} MiB"
        return (Check("environments", ok=True, detail=f"{version.strip()}, {network}, {size}"),)

    def kept(self) -> EnvironmentStock:
        """List what is kept, the longest unused first."""
        return stock(self._root)

    def collect(
        self, *, unused_for_s: float = KEPT_UNUSED_S, most_bytes: int | None = None, dry_run: bool = False
    ) -> Collection:
        """Remove what nobody used for so long (a day at least), then what is beyond a size."""
        return collect(self._root, unused_for_s=unused_for_s, most_bytes=most_bytes, dry_run=dry_run)

    def collect_daily(self) -> Collection | None:
        """Do that with the defaults, once a day."""
        return collect_daily(self._root, unused_for_s=self._kept_unused_s, most_bytes=self._most_bytes)

    def _key(self, *parts: str) -> str:
        host = (
            platform.python_implementation(),
            platform.python_version(),
            self._interpreter,
            sysconfig.get_platform(),
        )
        return hashlib.sha256("\0".join((*parts, *host)).encode()).hexdigest()[:_KEY_LENGTH]

    def _make(self, lock: Lock, key: str, place: Path) -> None:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self._root / f".{key}.lock", mode=0o600):
            if still_there(place, COMPLETE):
                return
            for left in (*leftovers(self._root), *leftovers(self._root / LAYERS)):
                remove(left)
            building = aside(self._root, BUILDING)
            prepared: list[tuple[Path, Path]] = []
            try:
                if not self._assemble(lock, key, building):
                    prepared += self._install(lock, key, building)
                write_through(self._root)
                remove(place)
                building.rename(place)
                for layer in prepared:
                    publish(layer)
            finally:
                for left in (building, *(layer for layer, _ in prepared)):
                    remove(left)

    def _assemble(self, lock: Lock, key: str, building: Path) -> bool:
        """Put an environment together from layers; False, and nothing left, where it must be installed."""
        pins = pins_of(lock.text)
        if pins is None:
            return False
        layers = (self._bare_key(), *(self._layer_key(pin) for pin in pins))
        try:
            folders = self._layers.assemble(layers, building)
            _finish(lock, key, building)
            for folder in folders:
                Path(f"{building}/{folder}").chmod(0o555)
        except (LayerUnfit, OSError):
            remove(building)
            return False
        return True

    def _install(self, lock: Lock, key: str, building: Path) -> list[tuple[Path, Path]]:
        """Install an environment with uv; give the layers that it holds and that are not kept yet."""
        venv = ("venv", "--relocatable", "--no-project", "--python", self._interpreter, str(building))
        self._uv.run(venv, lock.requirements)
        before = everything(building)
        _finish(lock, key, building)
        if lock.text.strip():
            python, pins = str(building / "bin" / "python"), str(building / LOCK_FILE)
            words = (*_SYNC.split(), "--python", python, pins)
            self._uv.run(words, lock.requirements, in_turn=True)
            compile_bytecode(self._interpreter, building / "lib")
            # uv's own, for others that install at the same time; nobody does.
            (building / ".lock").unlink(missing_ok=True)
        make_read_only(building)
        return self._prepared(lock, building, before)

    def _prepared(self, lock: Lock, building: Path, before: InstalledFiles) -> list[tuple[Path, Path]]:
        pins, prepared = pins_of(lock.text), list[tuple[Path, Path]]()
        # An environment without layers is as good; only the next one takes longer.
        with contextlib.suppress(OSError, UnicodeDecodeError):
            parts = (
                owned(building, self._site, pins, before, frozenset((COMPLETE, LOCK_FILE)))
                if pins is not None
                else None
            )
            bare, divided = parts or (None, dict[Pin, InstalledFiles]())
            layers = {self._layer_key(pin): files for pin, files in divided.items()}
            if bare is not None:
                layers[self._bare_key()] = bare
            for key, files in layers.items():
                if self._layers.unfit(key):
                    prepared.append(self._layers.prepare(key, building, files))
        return prepared

    def _bare_key(self) -> str:
        return self._key("bare", self._base)

    def _layer_key(self, pin: Pin) -> str:
        return self._key("layer", pin.name, pin.version, *pin.digests)


def _finish(lock: Lock, key: str, building: Path) -> None:
    """Write what says what an environment is, read-only as the rest."""
    for name, text in ((LOCK_FILE, lock.text), (COMPLETE, f"{key}\n")):
        path = building / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o444)
