"""Run uv: what it may see of the caller's environment, and what its failures mean.

In     words of a command line
Out    what uv printed; EnvironmentNeedsNetwork or EnvironmentUnbuildable with a reason that names no address
Never  uses the network unless it was allowed; touches the user's own package caches; shows an index address, which may
       hold a password
"""

import contextlib
import os
import re
import subprocess
from pathlib import Path

from uv import find_uv_bin

from skillstrata.records.failures import EnvironmentNeedsNetwork, EnvironmentUnbuildable

_UV_TIMEOUT_S = 900.0
_PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*(?:\[[a-z0-9._,-]+\])?==[A-Za-z0-9.+!_-]+(?: ; [^\n\\/@]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
_ADDRESS = re.compile(r"[a-z+]+://\S+")
_ABSENT = re.compile(r"Because (\S+) was not found in the cache")
_OFFLINE = re.compile(r"network (?:connectivity )?(?:is|was) disabled", re.IGNORECASE)

# What of the caller's environment uv may see: where packages come from and how to reach it, not what to do.
_KEPT_VARIABLES = ("HOME", "PATH", "LANG", "NETRC", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "TMPDIR")
_KEPT_PREFIXES = tuple(
    "SSL_ UV_INDEX UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS UV_KEYRING UV_INSECURE_HOST"
    " UV_NATIVE_TLS UV_SYSTEM_CERTS UV_HTTP UV_REQUEST UV_CONFIG_FILE UV_OFFLINE UV_CONCURRENT UV_EXCLUDE_NEWER".split()
)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
# uv does not read pip's settings; who configured only pip means the same index.
_PIP_TO_UV = (("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_EXTRA_INDEX_URL", "UV_INDEX"))
_UV_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")


class Uv:
    """uv with a cache of its own."""

    def __init__(self, cache: Path, allow_network: bool, program: str | None) -> None:
        """Take the cache's folder and the path of uv; None for the one that comes with this program."""
        self._cache = cache
        self._allow_network = allow_network
        self._given = program

    def run(
        self, words: tuple[str, ...], requirements: tuple[str, ...], stdin: str = "", *, in_turn: bool = False
    ) -> str:
        """Run uv and give what it printed.

        Args:
            words: The command, without the options that keep it offline.
            requirements: What it is run for, to be named in a failure.
            stdin: Its standard input.
            in_turn: Install one after the other: of two that differ about a file, always the same one wins.

        Raises:
            EnvironmentNeedsNetwork: A distribution is not in the cache, and fetching was not allowed.
            EnvironmentUnbuildable: uv is not there, or refuses.
        """
        offline = () if self._allow_network or words == ("--version",) else ("--offline",)
        try:
            # From the root folder: no settings of a project that happens to lie around us.
            done = subprocess.run(
                (self._program(), *words, *offline),
                input=stdin,
                capture_output=True,
                text=True,
                cwd="/",
                env=self._variables() | ({"UV_CONCURRENT_INSTALLS": "1"} if in_turn else {}),
                check=False,
                timeout=_UV_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EnvironmentUnbuildable(f"uv cannot be run: {error}", hint="install it: `pip install uv`") from error
        if done.returncode:
            raise _failure(done.stderr, requirements, offline=bool(offline))
        return done.stdout

    def _program(self) -> str:
        return self._given or find_uv_bin()

    def _variables(self) -> dict[str, str]:
        ours = {
            name: value
            for name, value in os.environ.items()
            if name in _KEPT_VARIABLES or name.startswith(_KEPT_PREFIXES) or name.upper() in _PROXIES
        }
        if not any(name in ours for name in _UV_INDEXES):
            ours |= {uv: os.environ[pip] for pip, uv in _PIP_TO_UV if pip in os.environ}
        return ours | {"UV_CACHE_DIR": str(self._cache), "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}


def compile_bytecode(interpreter: str, folder: Path) -> None:
    """Compile every module below a folder, so that no run of a tool has to.

    Never by uv: it compiles with the environment's own Python, which runs the `.pth` lines and the `sitecustomize` of
    whatever was installed, outside of every sandbox. The interpreter here looks into no environment; it only parses.

    Args:
        interpreter: The base interpreter of the environment.
        folder: What to compile; a module that does not compile stays as it is.
    """
    words = (interpreter, "-I", "-S", "-m", "compileall", "-q", "-j", "0", str(folder))
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            words, capture_output=True, env={}, cwd="/", stdin=subprocess.DEVNULL, check=False, timeout=_UV_TIMEOUT_S
        )


def plain_pins(text: str, requirements: tuple[str, ...]) -> str:
    """Give a lock without comments.

    Raises:
        EnvironmentUnbuildable: A line is more than a name, a version and its hashes.
    """
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
        wanted_by = "" if absent == names else f", for {names}"
        return EnvironmentNeedsNetwork(
            f"needs network to install {absent}{wanted_by}: not in the local cache",
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
