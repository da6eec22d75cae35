"""Attacks on the host's files: secrets, and what may not be changed (rows 1 to 6)."""

from pathlib import Path

from tests.escape import signs
from tests.escape.attack import DONE, ORDINARY, Attack, Mark, Seen
from tests.escape.scene import Scene

_READ_KEY = """
tried("key", lambda: print(read(facts["key"])))
"""

_READ_NEIGHBOUR = """
folder = os.path.dirname(facts["input"])
tried("input", read, facts["input"])
for name in os.listdir(folder):
    print(read(folder + "/" + name))
tried("neighbour", read, folder + "/neighbour.txt")
"""

_READ_SHADOW = """
import hashlib
print(tried("shadow", lambda: "sha256:" + hashlib.sha256(open("/etc/shadow", "rb").read()).hexdigest()))
"""

_WRITE_HOME = """
def append(path):
    with open(path, "a") as file:
        file.write("touch /planted\\n")
tried("profile", append, facts["home"] + "/.bashrc")
tried("new", append, facts["home"] + "/.ssh/authorized_keys")
"""

_WRITE_SYSTEM = """
def plant(path):
    with open(path, "x") as file:
        file.write("planted")
for folder in ("/etc", "/usr/bin", "/usr/lib"):
    tried(folder, plant, folder + "/strata-escape-" + facts["token"])
tried("make", os.mkdir, "/strata-escape-" + facts["token"])
"""

_WRITE_TEMPORARY = """
def plant(path):
    with open(path, "x") as file:
        file.write("planted")
for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/dev"):
    tried(folder, plant, folder + "/strata-escape-" + facts["token"])
"""

_CHANGE_INPUT = """
path = facts["input"]
def add(mode):
    with open(path, mode) as file:
        file.write("changed")
tried("append", add, "a")
tried("truncate", os.truncate, path, 0)
tried("overwrite", add, "w")
tried("reopen", os.open, "/proc/self/fd/%d" % os.open(path, os.O_RDONLY), os.O_WRONLY)
tried("rename", os.rename, path, path + ".old")
open(facts["out"] + "/mine", "w").close()
tried("replace", os.replace, facts["out"] + "/mine", path)
tried("unlink", os.unlink, path)
"""

_CHANGE_SHOWN = """
path = facts["shown"] + "/shown.txt"
def add(target, mode):
    with open(target, mode) as file:
        file.write("changed")
tried("append", add, path, "a")
tried("truncate", os.truncate, path, 0)
tried("new", add, facts["shown"] + "/new.txt", "x")
tried("rename", os.rename, path, path + ".old")
tried("unlink", os.unlink, path)
"""

_STAMP = """
tried("chmod", os.chmod, PATH, 0o666 ^ 0o111)
tried("utime", os.utime, PATH, (1, 1))
tried("xattr", os.setxattr, PATH, "user.strata", b"1")
"""

_LINK_OUT = """
os.chdir(facts["out"])
os.symlink(facts["key"], "absolute.txt")
os.symlink("../" * 12 + facts["key"].lstrip("/"), "relative.txt")
tried("follow", read, "absolute.txt")
"""

_LINK_FOLDER = """
os.chdir(facts["out"])
os.symlink(facts["home"] + "/.ssh", "folder")
tried("follow", os.listdir, "folder")
"""

_LINK_OVER_MOUNTED = """
os.chdir(facts["out"])
os.unlink("result.txt")
os.symlink(facts["key"], "result.txt")
tried("follow", read, "result.txt")
"""

_PLANTED_IN_SYSTEM = ("/etc/", "/usr/bin/", "/usr/lib/", "/")
_PLANTED_IN_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/shm/", "/run/", "/dev/")


def _shadow_came_back(_: Scene, seen: Seen) -> bool:
    return b"sha256:" in seen.returned


def _planted(scene: Scene, folders: tuple[str, ...]) -> bool:
    found = [path for folder in folders if (path := Path(f"{folder}strata-escape-{scene.token}")).exists()]
    for path in found:
        path.rmdir() if path.is_dir() else path.unlink()
    return bool(found)


ATTACKS = (
    Attack(
        row=1,
        letter="a",
        slug="ssh-key",
        what="reads a private key under the user's home by its full path",
        stopped_by="empty root: the home is not mounted",
        program=_READ_KEY,
        sign=signs.canary,
        steps=(("key", ("ENOENT",)),),
    ),
    Attack(
        row=1,
        letter="b",
        slug="neighbour-of-an-input",
        what="reads the file that lies beside an input on the host",
        stopped_by="inputs are mounted one by one, never their folder",
        program=_READ_NEIGHBOUR,
        sign=signs.canary,
        steps=(("input", (DONE,)), ("neighbour", ("ENOENT",))),
    ),
    Attack(
        row=2,
        letter="a",
        slug="shadow",
        what="reads the password hashes of the host",
        stopped_by="empty root: the host's /etc is not mounted",
        program=_READ_SHADOW,
        sign=_shadow_came_back,
        steps=(("shadow", ("ENOENT",)),),
        marks=(Mark("shadow", ("EACCES",), "the file belongs to root", ORDINARY),),
    ),
    Attack(
        row=3,
        letter="a",
        slug="write-home",
        what="adds a line to a shell profile and plants a key in the user's home",
        stopped_by="empty root: the home is not mounted",
        program=_WRITE_HOME,
        sign=signs.host_changed,
        steps=(("profile", ("ENOENT",)), ("new", ("ENOENT",))),
    ),
    Attack(
        row=3,
        letter="b",
        slug="write-system",
        what="plants files in /etc, /usr/bin, /usr/lib and /",
        stopped_by="the root and /usr are mounted read-only",
        program=_WRITE_SYSTEM,
        sign=lambda scene, _: _planted(scene, _PLANTED_IN_SYSTEM),
        steps=tuple((step, ("EROFS",)) for step in ("/etc", "/usr/bin", "/usr/lib", "make")),
        marks=(Mark("make", ("EACCES",), "the system's folders belong to root", ORDINARY),),
    ),
    Attack(
        row=3,
        letter="c",
        slug="write-temporary",
        what="plants files in the host's /tmp, /var/tmp, /dev/shm, /run and /dev",
        stopped_by="/tmp and /dev/shm are the run's own; the others are absent or read-only",
        program=_WRITE_TEMPORARY,
        sign=lambda scene, _: _planted(scene, _PLANTED_IN_TEMPORARY),
        steps=(
            ("/tmp", (DONE,)),
            ("/dev/shm", (DONE,)),
            ("/var/tmp", ("ENOENT",)),
            ("/run", ("ENOENT",)),
            ("/dev", ("EROFS",)),
        ),
    ),
    Attack(
        row=4,
        letter="a",
        slug="change-an-input",
        what="writes to, truncates, renames, replaces and removes an input",
        stopped_by="inputs are read-only mounts of a copy",
        program=_CHANGE_INPUT,
        sign=signs.host_changed,
        steps=(
            ("append", ("EROFS",)),
            ("truncate", ("EROFS",)),
            ("overwrite", ("EROFS",)),
            ("reopen", ("EROFS",)),
            ("rename", ("EBUSY", "EROFS")),
            ("replace", ("EXDEV", "EROFS")),
            ("unlink", ("EBUSY", "EROFS")),
        ),
    ),
    Attack(
        row=4,
        letter="b",
        slug="change-a-shown-folder",
        what="writes to, truncates, renames and removes a file in a host folder that the job may see",
        stopped_by="shown folders are mounted read-only",
        program=_CHANGE_SHOWN,
        sign=signs.host_changed,
        steps=tuple((step, ("EROFS",)) for step in ("append", "truncate", "new", "rename", "unlink")),
        shown=True,
    ),
    Attack(
        row=5,
        letter="a",
        slug="stamp-an-input",
        what="changes mode, times and attributes of an input",
        stopped_by="inputs are read-only mounts of a copy",
        program='PATH = facts["input"]' + _STAMP,
        sign=signs.host_changed,
        steps=tuple((step, ("EROFS",)) for step in ("chmod", "utime", "xattr")),
    ),
    Attack(
        row=5,
        letter="b",
        slug="stamp-a-shown-file",
        what="changes mode, times and attributes of a file in a host folder that the job may see",
        stopped_by="shown folders are mounted read-only",
        program='PATH = facts["shown"] + "/shown.txt"' + _STAMP,
        sign=signs.host_changed,
        steps=tuple((step, ("EROFS",)) for step in ("chmod", "utime", "xattr")),
        shown=True,
    ),
    Attack(
        row=6,
        letter="a",
        slug="link-to-a-secret",
        what="leaves links to a host secret in the output folder, absolute and relative",
        stopped_by="the collector takes regular files only; inside, the link leads nowhere",
        program=_LINK_OUT,
        sign=signs.canary,
        steps=(("follow", ("ENOENT",)),),
        refused="it is not a regular file",
    ),
    Attack(
        row=6,
        letter="b",
        slug="link-to-a-folder",
        what="leaves a link to a host folder with a secret in the output folder",
        stopped_by="the collector follows no link; inside, the link leads nowhere",
        program=_LINK_FOLDER,
        sign=signs.canary,
        steps=(("follow", ("ENOENT",)),),
        refused="it is not a regular file",
    ),
    Attack(
        row=6,
        letter="c",
        slug="link-over-a-mounted-file",
        what="puts a link to a host secret in the place of a writable file of the job",
        stopped_by="the collector takes regular files only; inside, the link leads nowhere",
        program=_LINK_OVER_MOUNTED,
        sign=signs.canary,
        steps=(("follow", ("ENOENT",)),),
        refused="it is not a regular file",
        writable=(("result.txt", b"first\n"),),
    ),
)
