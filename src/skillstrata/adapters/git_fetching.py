"""Clone a repository by the system's git, and let it run nothing.

In     a URL of file, https or ssh; an empty folder
Out    a work tree of one commit, and its name
Never  reads the user's or the system's git settings; runs a hook, filter or helper; fetches a submodule or large file
Why    a repository chooses attributes and submodules, a URL can choose a program (ext::), and settings can turn both on
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from skillstrata.records.exchange_faults import SourceUnreachable

_ALLOWED = re.compile(
    r"(?:https|ssh|file)://[^\s-][^\s]*|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s-][^\s]*"
)
TIMEOUT_S = 120
_LINK_MODE = "120000"
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
class Clone:
    """A work tree and the commit it is of; `links` are files of it that are links in the repository."""

    folder: Path
    revision: str
    links: tuple[str, ...] = ()


def cloned(url: str, scratch: Path) -> Clone:
    """Clone the newest commit of a repository's usual branch into a folder below `scratch`.

    Raises:
        SourceUnreachable: git is missing, does not know the way, or fails.
    """
    if not _ALLOWED.fullmatch(url):
        raise SourceUnreachable(f"{url!r} is no URL of https, ssh or file", hint="git is not asked about other ways")
    git = shutil.which("git")
    if git is None:
        raise SourceUnreachable("git is not installed", hint="install git, or name a folder or an archive")
    empty, folder = scratch / "empty", scratch / "repository"
    empty.mkdir()
    words = [git, *(word for one in _SETTINGS for word in ("-c", one))]
    # An empty template: the usual one may hold hooks.
    options = ["--depth=1", "--single-branch", "--no-tags", "--no-recurse-submodules", f"--template={empty}"]
    _run([*words, "clone", "--quiet", *options, "--", url, str(folder)], empty)
    revision = _run([*words, "-C", str(folder), "rev-parse", "HEAD"], empty).strip()
    listed = _run([*words, "-C", str(folder), "ls-tree", "-r", "-z", "HEAD"], empty).split("\0")
    shutil.rmtree(folder / ".git")
    links = tuple(line.partition("\t")[2] for line in listed if line.startswith(_LINK_MODE))
    return Clone(folder, revision, links)


def _run(words: list[str], home: Path) -> str:
    environ = {key: os.environ[key] for key in _KEPT if key in os.environ}
    environ |= {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes",
        "GIT_PROTOCOL_FROM_USER": "1",
    }
    try:
        done = subprocess.run(
            words,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceUnreachable(
            f"git could not fetch it: {error}", hint="fetch it by hand, and name the folder"
        ) from error
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise SourceUnreachable(f"git could not fetch it: {said}", hint="fetch it by hand, and name the folder")
    return done.stdout
