"""One of several processes that do the same at once: waits for the start, works, says what it met.

In     a role, a folder, its number among the others; a line on standard input is the start
Out    one JSON object: how often the role's work was done, how often it was told that another is at work
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from skillstrata.adapters.file_lock import LockFile
from skillstrata.adapters.skill_folders import SkillFolders, VersionImmutable
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import open_app
from skillstrata.capture import ingest
from skillstrata.library import render_tool
from skillstrata.records.failures import CatalogBusy, StoreLocked
from skillstrata.records.tools import Branch, Tool
from tests.fakes.sample_tools import a_draft, a_proof, a_tool, an_entry, rendered
from tests.faults.library_stores import TOOL
from tests.faults.stores import Blobs, Catalog, Traces, close_catalog, hook_script, payload, ports_of

_HERE = Path(__file__).parents[2]
# What each does; tests count on these.
EVENTS = 25
TOOLS = 8
VERSIONS = 4
TURNS = 30


def hooks(root: Path, me: int) -> tuple[int, int]:
    """Hand over events of one's own through the hook script."""
    script = hook_script(root)
    for n in range(me * EVENTS, (me + 1) * EVENTS):
        subprocess.run(["sh", script], input=payload(n), check=True)
    return EVENTS, 0


def ingester(root: Path, _me: int) -> tuple[int, int]:
    """Take in whatever is there, again and again."""
    app = open_app(load_settings(data_dir=root, config=None, environ={"HOME": str(root)}))
    new = busy = 0
    for _ in range(TURNS):
        try:
            new += ingest(ports_of(app), now_s=time.time()).new
        except CatalogBusy:
            busy += 1
    close_catalog(app)
    return new, busy


def depositor(root: Path, _me: int) -> tuple[int, int]:
    """Deposit tools that all others deposit too, with the same content."""
    store = SkillFolders(root / "skills")
    for n in range(TOOLS):
        store.deposit(f"t{n}", rendered(a_tool(f"t{n}")), an_entry())
    return TOOLS, 0


def versions(root: Path, me: int) -> tuple[int, int]:
    """Add versions to a branch of one's own of the one tool all others add to as well."""
    store, refused = SkillFolders(root / "skills"), 0
    for number in range(1, VERSIONS + 1):
        while not _added(store, me, number):
            refused += 1
    return VERSIONS, refused


def _added(store: SkillFolders, me: int, number: int) -> bool:
    name, candidate = f"b{me}", f"c{me}-{number}"
    tool = store.tool(TOOL)
    new = replace(
        a_tool().branches[0].versions[0],
        number=number,
        path=f"branches/{name}/v{number}",
        main=f"print('{candidate}')\n",
        candidate_id=candidate,
        fixtures=(),
    )
    mine = tuple(v for b in tool.branches if b.name == name for v in b.versions)
    others = tuple(b for b in tool.branches if b.name != name)
    grown: Tool = replace(tool, branches=(*others, Branch(name, number, (*mine, new))))
    files = render_tool(grown, draft=replace(a_draft(), candidate_id=candidate), proof=a_proof(), fixtures=())
    try:
        store.deposit(TOOL, files, replace(an_entry(), branch=name, version=number, candidate_id=candidate))
    except VersionImmutable:
        # Made from an older state of the tool: read it again.
        return False
    return True


def blobs(root: Path, _me: int) -> tuple[int, int]:
    """Store the same blobs as all others."""
    for n in range(EVENTS):
        Blobs(root).put(n)
    return EVENTS, 0


def traces(root: Path, me: int) -> tuple[int, int]:
    """Append events of one's own to the same three files as all others."""
    for n in range(me * EVENTS, (me + 1) * EVENTS):
        Traces(root).put(n)
    return EVENTS, 0


def catalog(root: Path, me: int) -> tuple[int, int]:
    """Make the catalog, and write into it, at the same time as all others."""
    store, busy = Catalog(root), 0
    for n in range(me * EVENTS, (me + 1) * EVENTS):
        while True:
            try:
                store.put(n)
                break
            except CatalogBusy:
                busy += 1
    store.close()
    return EVENTS, busy


def counter(root: Path, _me: int) -> tuple[int, int]:
    """Count in a file in a way that only one may do at a time."""
    done = locked = 0
    for _ in range(TURNS * 10):
        try:
            with LockFile(root / "distill.lock").held():
                path = root / "count"
                path.write_text(str(int(path.read_text(encoding="ascii")) + 1), encoding="ascii")
                done += 1
        except StoreLocked:
            locked += 1
    return done, locked


ROLES: dict[str, Callable[[Path, int], tuple[int, int]]] = {
    role.__name__: role for role in (hooks, ingester, depositor, versions, blobs, traces, catalog, counter)
}


def at_once(root: Path, *roles: str) -> list[tuple[int, int]]:
    """Start a process for each role, let all begin together, give what each did and how often it had to wait."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.crowd", role, str(root), str(me)],
            cwd=_HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for me, role in enumerate(roles)
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == b"ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.flush()
    told = [one.communicate(timeout=120) for one in running]
    for one, (_, complained) in zip(running, told, strict=True):
        assert (one.returncode, complained) == (0, b""), complained.decode()
    return [tuple(json.loads(said)) for said, _ in told]


def main() -> None:
    """Run as a program."""
    role, folder, me = sys.argv[1:]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    json.dump(ROLES[role](Path(folder), int(me)), sys.stdout)


if __name__ == "__main__":
    main()
