"""Clone a repository by the system's git, and let it run nothing.

    clone without a work tree -> entries with sizes -> the bytes of those that are wanted

In     a URL of file, https or ssh; an empty folder
Out    the entries of one commit, and bytes as they were committed
Never  reads the user's or the system's git settings; runs a hook, filter or helper; fetches a submodule or large file;
       checks out: a small repository can unpack to any size, and its attributes change what is written
Why    a repository chooses attributes and submodules, a URL can choose a program (ext::), and settings can turn both on
"""

import os
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from skillstrata.records.exchange_faults import PackageRefused, SourceUnreachable

_ALLOWED = re.compile(
    r"(?:https|ssh|file)://[^\s-][^\s]*|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s-][^\s]*"
)
TIMEOUT_S = 120
_LINK_MODE = "120000"
_MOST_LISTED = 8 * 1024 * 1024
# Of 512 bytes (1,024 in some shells): no file that git writes is larger than 64 or 128 MiB.
_MOST_BLOCKS = 131_072
_BY_HAND = "fetch it by hand, and name the folder"
_URLS = re.compile(r"[A-Za-z+]+://[^\s'\"]+")
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.symlinks=false",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "protocol.allow=never",
    "protocol.file.allow=always",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "submodule.recurse=false",
    "filter.lfs.smudge=",
    "filter.lfs.process=",
    "filter.lfs.required=false",
    "credential.helper=",
    "http.followRedirects=initial",
    "transfer.fsckObjects=true",
    "fetch.fsckObjects=true",
)
_KEPT = ("PATH", "SSH_AUTH_SOCK", "LANG", "HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a commit: its path, its object, its size, and "file", "link" or "other"."""

    path: str
    object_id: str
    size: int
    kind: str


class Repository:
    """A clone without a work tree: listed and read object by object, so that nothing is checked out or converted."""

    def __init__(self, url: str, scratch: Path) -> None:
        """Clone the newest commit of a repository's usual branch into a folder below `scratch`.

        Raises:
            SourceUnreachable: git is missing, does not know the way, or fails.
        """
        if not _ALLOWED.fullmatch(url):
            raise SourceUnreachable(
                f"{shown_url(url)!r} is no URL of https, ssh or file", hint="git is not asked about other ways"
            )
        git = shutil.which("git")
        if git is None:
            raise SourceUnreachable("git is not installed", hint="install git, or name a folder or an archive")
        self._home, folder = scratch / "empty", scratch / "repository"
        self._home.mkdir()
        # An empty template: the usual one may hold hooks.
        template = scratch / "template"
        template.mkdir()
        settings = [git, *(word for one in _SETTINGS for word in ("-c", one))]
        options = ["--depth=1", "--single-branch", "--no-tags", "--no-recurse-submodules", "--no-checkout", "--bare"]
        self._run([*settings, "clone", "--quiet", *options, f"--template={template}", "--", url, str(folder)], 65_536)
        self._git = [*settings, "-C", str(folder)]
        self.revision = self._run([*self._git, "rev-parse", "HEAD"], 1_000).decode("ascii", "replace").strip()

    def entries(self) -> tuple[TreeEntry, ...]:
        """List the commit.

        Raises:
            PackageRefused: The list is longer than anybody's skills.
            SourceUnreachable: git fails.
        """
        listed = self._run([*self._git, "ls-tree", "-r", "-l", "-z", "HEAD"], _MOST_LISTED)
        found: list[TreeEntry] = []
        for line in listed.decode("utf-8", "replace").split("\0")[:-1]:
            told, _, path = line.partition("\t")
            mode, what, object_id, size = told.split()
            kind = "link" if mode == _LINK_MODE else "file" if what == "blob" else "other"
            found.append(TreeEntry(path, object_id, int(size) if size.isdigit() else 0, kind))
        return tuple(found)

    def contents(self, entries: tuple[TreeEntry, ...]) -> tuple[bytes, ...]:
        """Give the bytes of these entries, as they were committed; the caller has looked at their sizes.

        Raises:
            SourceUnreachable: git fails, or gives something else.
        """
        asked = self._home / "asked"
        asked.write_text("".join(f"{entry.object_id}\n" for entry in entries), encoding="ascii")
        most = sum(entry.size + 200 for entry in entries)
        data = self._run([*self._git, "cat-file", "--batch"], most, asked)
        found: list[bytes] = []
        at = 0
        for entry in entries:
            start = data.find(b"\n", at) + 1
            if data[at : start - 1] != f"{entry.object_id} blob {entry.size}".encode():
                raise SourceUnreachable(f"git does not give {entry.path}", hint=_BY_HAND)
            found.append(data[start : start + entry.size])
            at = start + entry.size + 1
        return tuple(found)

    def _run(self, words: list[str], most: int, given: Path | None = None) -> bytes:
        """Give what git says, at most so many bytes.

        Raises:
            PackageRefused: It says more.
            SourceUnreachable: It fails.
        """
        said = self._home / "said"
        limited = ["/bin/sh", "-c", f'ulimit -f {_MOST_BLOCKS} && exec "$@"', "sh", *words]
        try:
            with (
                said.open("wb") as errors,
                (given or Path(os.devnull)).open("rb") as asked,
                subprocess.Popen(
                    limited, env=self._environ(), stdin=asked, stdout=subprocess.PIPE, stderr=errors
                ) as git,
            ):
                data, in_time = _bounded(git, most)
        except OSError as error:
            raise SourceUnreachable(f"git could not fetch it: {error}", hint=_BY_HAND) from error
        if len(data) > most:
            raise PackageRefused(f"the repository lists or holds more than {most:,} bytes", hint=_BY_HAND)
        if git.returncode != 0:
            lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it says nothing"]
            why = _URLS.sub(lambda hit: shown_url(hit[0]), lines[-1]) if in_time else f"it took over {TIMEOUT_S} s"
            raise SourceUnreachable(f"git could not fetch it: {why}", hint=_BY_HAND)
        return data

    def _environ(self) -> dict[str, str]:
        return {key: os.environ[key] for key in _KEPT if key in os.environ} | {
            "HOME": str(self._home),
            "XDG_CONFIG_HOME": str(self._home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes",
            "GIT_PROTOCOL_FROM_USER": "1",
        }


def shown_url(url: str) -> str:
    """Give an address without its name and password, query and fragment: what is shown and stored."""
    scheme, slashes, rest = url.partition("://")
    if not slashes:
        return url
    rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    authority, _, path = rest.partition("/")
    # A password may hold a slash: what follows the colon is then no port.
    is_cut = "@" not in authority and "@" in path and not re.fullmatch(r"[^:]*(?::\d*)?", authority)
    return f"{scheme}://{rest.rpartition('@')[2] if is_cut else authority.rpartition('@')[2] + rest[len(authority) :]}"


def _bounded(git: subprocess.Popen[bytes], most: int) -> tuple[bytes, bool]:
    """Read what a program says up to one byte more than so many, and end it there or when its time is over."""
    late = threading.Event()

    def end() -> None:
        late.set()
        git.kill()

    timer = threading.Timer(TIMEOUT_S, end)
    timer.start()
    try:
        data = git.stdout.read(most + 1) if git.stdout is not None else b""
        if len(data) > most:
            git.kill()
        git.wait()
    finally:
        timer.cancel()
        timer.join()
    return data, not late.is_set()
