"""The InstalledDistributions port on the folders of packages that interpreters of this machine read.

In     a module, the word that started Python, the folder it ran in
Out    Provider: distribution, version, where
Never  starts an interpreter, imports, follows `.pth` lines; reads a file that is no regular one or longer than 8 MB
Why    a recorded folder may be anybody's: its metadata is text that names a distribution, which is then shown, pinned
       and fetched only with consent
"""

import csv
import os
import re
import shutil
import stat
from collections import defaultdict
from pathlib import Path

from skillstrata.records.environments import Provider

_MOST_BYTES = 8_000_000
_MOST_DISTRIBUTIONS = 5000
_VENVS = (".venv", "venv", "env", ".env")
_SITES = ("lib/python3*/site-packages", "lib/python3*/dist-packages", "lib/python3/dist-packages")
_SYSTEM_SITES = "local/lib/python3*/dist-packages"
_MODULE_FILE = re.compile(r"([A-Za-z_]\w*)(?:\.[\w-]+)*\.(?:py|pyw|so|pyd)")
_FIELD = re.compile(r"^(Name|Version):[ \t]*(\S+)[ \t]*$", re.MULTILINE)


class SitePackages:
    """Reads the metadata of each folder of packages once."""

    def __init__(self, path: str) -> None:
        """Take the PATH on which a bare `python3` is looked for."""
        self._path = path
        self._read: dict[Path, dict[str, tuple[Provider, ...]]] = {}

    def providers(self, module: str, *, interpreter: str, folder: str) -> tuple[Provider, ...]:
        """Give every distribution that provides a top-level module."""
        for prefix in self._prefixes(interpreter, folder):
            found = [p for site in _sites(prefix) for p in self._index(site).get(module, ())]
            if found:
                return tuple(sorted(set(found), key=lambda p: (p.distribution.lower(), p.version, p.place)))
        return ()

    def _prefixes(self, interpreter: str, folder: str) -> list[Path]:
        if "/" in interpreter:
            return _prefixes_of(Path(folder, interpreter))
        above = Path(folder)
        beside = [place / name for place in (above, *above.parents) for name in _VENVS] if folder else []
        venvs = [place for place in beside if _text(place / "pyvenv.cfg")]
        started = shutil.which(interpreter or "python3", path=self._path)
        return [*venvs[:1], *(_prefixes_of(Path(started)) if started else ())]

    def _index(self, site: Path) -> dict[str, tuple[Provider, ...]]:
        if site not in self._read:
            found: defaultdict[str, list[Provider]] = defaultdict(list)
            for folder in _metadata_folders(site):
                for module, provider in _provided(folder, site):
                    found[module].append(provider)
            self._read[site] = {module: tuple(providers) for module, providers in found.items()}
        return self._read[site]


def _prefixes_of(interpreter: Path) -> list[Path]:
    """Give the virtual environment of an interpreter, or where it is really installed."""
    own = Path(os.path.normpath(interpreter)).parent.parent
    if _text(own / "pyvenv.cfg"):
        return [own]
    try:
        return [interpreter.resolve(strict=True).parent.parent]
    except (OSError, RuntimeError):
        return []


def _sites(prefix: Path) -> list[Path]:
    patterns = (*_SITES, _SYSTEM_SITES) if prefix == Path("/usr") else _SITES
    return [site for pattern in patterns for site in sorted(prefix.glob(pattern))]


def _metadata_folders(site: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(site))
    except OSError:
        return []
    return [site / name for name in names if name.endswith((".dist-info", ".egg-info"))][:_MOST_DISTRIBUTIONS]


def _provided(folder: Path, site: Path) -> list[tuple[str, Provider]]:
    """Read one distribution: each module with the distribution as its provider."""
    said = _text(folder / "METADATA") or _text(folder / "PKG-INFO")
    fields = dict(_FIELD.findall(said.partition("\n\n")[0]))
    if "Name" not in fields:
        return []
    of_project = '"dir_info"' in _text(folder / "direct_url.json")
    modules = _recorded(_text(folder / "RECORD"))
    for line in _text(folder / "top_level.txt").split():
        modules.setdefault(line, True)
    if of_project and not modules:
        modules[re.sub(r"[-.]+", "_", fields["Name"])] = True
    return [
        (module, Provider(fields["Name"], fields.get("Version", ""), str(site), regular, of_project))
        for module, regular in modules.items()
    ]


def _recorded(record: str) -> dict[str, bool]:
    """Give the top-level modules of a RECORD, and whether each is more than a part of a namespace."""
    found: dict[str, bool] = {}
    try:
        paths = [row[0] for row in csv.reader(record.splitlines()) if row]
    except csv.Error:
        return found
    for path in paths:
        top, _, rest = path.partition("/")
        match = _MODULE_FILE.fullmatch(rest.rpartition("/")[2] or top)
        if match is None or not (top if rest else match[1]).isidentifier():
            continue
        name = top if rest else match[1]
        found[name] = found.get(name, False) or not rest or rest.startswith("__init__.")
    return found


def _text(path: Path) -> str:
    """Read a regular file; "" for anything else."""
    try:
        # Opened without waiting, so that a pipe of that name cannot hold the program up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError):
        return ""
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_size > _MOST_BYTES:
            return ""
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(descriptor)
