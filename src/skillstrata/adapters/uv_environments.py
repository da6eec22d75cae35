"""The Environments port on uv: requirements pinned by hash, environments built once and never written again.

In     requirement strings (untrusted: they come out of programs), a Lock
Out    Lock without addresses or paths; PythonEnvironment whose folder is complete and read-only
Never  runs code of a package, on the host or while installing; uses the network unless it was allowed; touches the
       user's own package caches
Why    built beside its place and renamed, so that a folder under its key is whole; files are copied, not linked: a
       program that changed a linked file in one environment changed the next one built from the same cache
"""

import hashlib
import os
import platform
import re
import secrets
import shutil
import stat
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from filelock import FileLock
from uv import find_uv_bin

from skillstrata.records.failures import EnvironmentNeedsNetwork, EnvironmentUnbuildable
from skillstrata.records.sandbox_runs import Check, Lock, PythonEnvironment

COMPLETE = "COMPLETE"
_LOCK_FILE = "requirements.lock"
_KEY_LENGTH = 32
_UV_TIMEOUT_S = 900.0
_STALE_AFTER_S = 3600.0
_MAX_REQUIREMENTS = 100
_COMPILE = (
    "pip compile --generate-hashes --only-binary :all: --no-emit-index-url --no-emit-find-links --no-header"
    " --no-annotate"
)
_SYNC = "pip sync --require-hashes --only-binary :all: --compile-bytecode --link-mode copy"

# A name, extras, versions, a marker. Nothing that uv would read as an option, a file or an address.
_REQUIREMENT = re.compile(
    r"""[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?
        (?:\s*\[[A-Za-z0-9._,\s-]*\])?
        (?:\s*(?:===?|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+(?:\s*,\s*(?:===?|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+)*)?
        (?:\s*;[^\n@\\]*)?""",
    re.VERBOSE,
)
_PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*(?:\[[a-z0-9._,-]+\])?==[A-Za-z0-9.+!_-]+(?: ; [^\n\\/@]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
_ADDRESS = re.compile(r"[a-z+]+://\S+")
_ABSENT = re.compile(r"Because (\S+) was not found in the cache")
_OFFLINE = re.compile(r"network (?:connectivity )?(?:is|was) disabled", re.IGNORECASE)

# What of the caller's environment uv may see: where packages come from and how to reach it, not what to do.
_KEPT_VARIABLES = ("HOME", "PATH", "LANG", "NETRC", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "TMPDIR")
_KEPT_PREFIXES = tuple(
    "SSL_ UV_INDEX UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS UV_NO_INDEX UV_KEYRING UV_INSECURE_HOST"
    " UV_NATIVE_TLS UV_SYSTEM_CERTS UV_HTTP UV_REQUEST UV_CONFIG_FILE UV_OFFLINE UV_CONCURRENT UV_EXCLUDE_NEWER".split()
)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
# uv does not read pip's settings; who configured only pip means the same index.
_PIP_TO_UV = (("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_EXTRA_INDEX_URL", "UV_INDEX"))
_UV_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX")


class UvEnvironments:
    """Builds environments under one folder from one cache, for the interpreter that runs this program."""

    def __init__(self, root: Path, cache: Path, allow_network: bool, uv: str | None = None) -> None:
        """Take the folders; neither is made before it is needed."""
        self._root = root.absolute()
        self._cache = cache.absolute()
        self._allow_network = allow_network
        self._uv = uv
        self._interpreter = os.path.realpath(sys.executable)
        self._base = os.path.realpath(sys.base_prefix)

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
        text = self._run(
            (*_COMPILE.split(), "--python", self._interpreter, "-"), wanted, stdin="\n".join(wanted) + "\n"
        )
        return Lock(_plain_pins(text, wanted), wanted)

    def build(self, lock: Lock) -> PythonEnvironment:
        """Give the environment of a lock; a hit starts no process.

        Raises:
            EnvironmentNeedsNetwork: A distribution is not in the cache, and fetching was not allowed.
            EnvironmentUnbuildable: The lock cannot be installed, or the folder cannot be written.
        """
        key = self._key(lock)
        place = self._root / key
        if not (place / COMPLETE).is_file():
            try:
                self._make(lock, key, place)
            except OSError as error:
                raise EnvironmentUnbuildable(
                    f"cannot write {self._root}: {error.strerror}", hint="make the data directory writable, with space"
                ) from error
        binds = (str(place),) if self._base.startswith("/usr") else (str(place), self._base)
        return PythonEnvironment(key=key, python=str(place / "bin" / "python"), binds=binds)

    def checks(self) -> tuple[Check, ...]:
        """Say whether uv is there and answers."""
        try:
            version = self._run(("--version",), ())
        except EnvironmentUnbuildable as error:
            return (Check("environments", ok=False, detail=error.message, fix=error.hint),)
        network = "may fetch" if self._allow_network else "from the local cache only"
        return (Check("environments", ok=True, detail=f"{version.strip()}, {network}"),)

    def _key(self, lock: Lock) -> str:
        host = f"\0{platform.python_implementation()} {platform.python_version()}\0{sysconfig.get_platform()}"
        return hashlib.sha256(lock.text.encode() + host.encode()).hexdigest()[:_KEY_LENGTH]

    def _make(self, lock: Lock, key: str, place: Path) -> None:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self._root / f".{key}.lock"):
            if (place / COMPLETE).is_file():
                return
            self._sweep()
            building = self._root / f".building-{secrets.token_hex(8)}"
            try:
                self._install(lock, building)
                (building / COMPLETE).write_text(f"{key}\n", encoding="ascii")
                _make_read_only(building)
                # The folder's files must be on the disk before its name is.
                os.sync()
                _remove(place)
                building.rename(place)
            finally:
                _remove(building)

    def _install(self, lock: Lock, building: Path) -> None:
        self._run(
            ("venv", "--relocatable", "--no-project", "--python", self._interpreter, str(building)), lock.requirements
        )
        if not lock.text:
            return
        pins = building / _LOCK_FILE
        pins.write_text(lock.text, encoding="utf-8")
        self._run((*_SYNC.split(), "--python", str(building / "bin" / "python"), str(pins)), lock.requirements)

    def _sweep(self) -> None:
        oldest = time.time() - _STALE_AFTER_S
        for left in self._root.glob(".building-*"):
            if left.lstat().st_mtime < oldest:
                _remove(left)

    def _run(self, words: tuple[str, ...], requirements: tuple[str, ...], stdin: str = "") -> str:
        offline = () if self._allow_network or words == ("--version",) else ("--offline",)
        try:
            # From the root folder: no settings of a project that happens to lie around us.
            done = subprocess.run(
                (self._program(), *words, *offline),
                input=stdin,
                capture_output=True,
                text=True,
                cwd="/",
                env=self._variables(),
                check=False,
                timeout=_UV_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EnvironmentUnbuildable(f"uv cannot be run: {error}", hint="install it: `pip install uv`") from error
        if done.returncode:
            raise _failure(done.stderr, requirements, offline=bool(offline))
        return done.stdout

    def _program(self) -> str:
        return self._uv or find_uv_bin()

    def _variables(self) -> dict[str, str]:
        ours = {
            name: value
            for name, value in os.environ.items()
            if name in _KEPT_VARIABLES or name.startswith(_KEPT_PREFIXES) or name.upper() in _PROXIES
        }
        if not any(name in ours for name in _UV_INDEXES):
            ours |= {uv: os.environ[pip] for pip, uv in _PIP_TO_UV if pip in os.environ}
        return ours | {"UV_CACHE_DIR": str(self._cache), "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}


def _plain_pins(text: str, requirements: tuple[str, ...]) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in lines:
        if not _PINNED.fullmatch(line) and not _HASH.fullmatch(line):
            raise EnvironmentUnbuildable(
                f"{', '.join(requirements)} cannot be pinned by name and hash: {_ADDRESS.sub('(address)', line)!r}",
                hint="require distributions that an index serves",
            )
    return "".join(f"{line}\n" for line in lines)


def _failure(
    said: str, requirements: tuple[str, ...], *, offline: bool
) -> EnvironmentNeedsNetwork | EnvironmentUnbuildable:
    names = ", ".join(requirements) or "the environment"
    if _OFFLINE.search(said):
        absent = ", ".join(sorted(set(_ABSENT.findall(said)))) or names
        return EnvironmentNeedsNetwork(
            f"{names}: not in the local cache ({absent})",
            hint="fetch it with --install, or set SKILLSTRATA_INSTALL=1"
            if offline
            else "uv is set to stay offline; allow it",
        )
    causes = [line.partition("cause:")[2].strip() for line in said.splitlines() if "cause:" in line]
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reason = causes[-1] if causes else lines[-1] if lines else "uv gave no reason"
    return EnvironmentUnbuildable(
        f"{names}: {_ADDRESS.sub('(address)', reason)}",
        hint="correct the requirement, or install a distribution that has a wheel for this platform",
    )


def _make_read_only(folder: Path) -> None:
    for where, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(where, name)
            if not path.is_symlink():
                path.chmod(0o555 if path.stat().st_mode & stat.S_IXUSR else 0o444)
        Path(where).chmod(0o555)


def _remove(folder: Path) -> None:
    if not folder.exists():
        return
    folder.chmod(0o700)
    for where, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(where, name)
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
