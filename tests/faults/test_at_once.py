"""Several processes at the same store: everything is there exactly once, and nobody ends with a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

from skillstrata.adapters.skill_folders import SkillFolders
from tests.fakes.sample_tools import a_tool, an_entry, rendered
from tests.faults.crowd import EVENTS, TOOLS, TURNS, VERSIONS, at_once
from tests.faults.library_stores import TOOL, Library
from tests.faults.stores import Blobs, Catalog, Ingested, Traces, drop, hook_script, payload, rests


def test_two_ingesters_and_two_hooks_take_each_event_in_once(tmp_path: Path) -> None:
    """Events arrive while they are taken in; what one ingester took, the other passes by."""
    hook_script(tmp_path)
    for n in range(1000, 1000 + EVENTS):
        drop(tmp_path / "spool", n)
    at_once(tmp_path, "hooks", "hooks", "ingester", "ingester")

    # `held` takes in the rest, and compares log and catalog.
    assert Ingested(tmp_path).held() == {*range(2 * EVENTS), *range(1000, 1000 + EVENTS)}


def test_two_depositors_of_the_same_tools_leave_each_tool_once_and_whole(tmp_path: Path) -> None:
    """The second finds what the first has made, at whatever step it is."""
    assert at_once(tmp_path, "depositor", "depositor", "depositor") == [(TOOLS, 0)] * 3
    assert Library(tmp_path).held() == set(range(TOOLS))
    assert rests(tmp_path) == []


def test_two_depositors_of_one_tool_keep_each_others_versions(tmp_path: Path) -> None:
    """A manifest made from an older state of the tool is refused; read again, it goes through."""
    store = SkillFolders(tmp_path / "skills")
    store.deposit(TOOL, rendered(a_tool()), an_entry())
    at_once(tmp_path, "versions", "versions", "versions")
    branches = {branch.name: [v.number for v in branch.versions] for branch in store.tool(TOOL).branches}

    assert store.damaged() == ()
    assert branches == {"html": [1]} | {f"b{me}": list(range(1, VERSIONS + 1)) for me in range(3)}
    assert len(store.lineage(TOOL)) == 1 + 3 * VERSIONS


def test_writers_of_the_same_blobs_do_not_disturb_each_other(tmp_path: Path) -> None:
    """One digest, one file, always whole."""
    assert at_once(tmp_path, "blobs", "blobs", "blobs") == [(EVENTS, 0)] * 3
    assert Blobs(tmp_path).held() == set(range(EVENTS))
    assert rests(tmp_path) == []


def test_writers_of_one_log_lose_no_line(tmp_path: Path) -> None:
    """Three files, three writers, lines of every length."""
    at_once(tmp_path, "traces", "traces", "traces")

    assert Traces(tmp_path).held() == set(range(3 * EVENTS))


def test_a_catalog_that_all_make_at_once_has_every_event(tmp_path: Path) -> None:
    """The first start of a hook, a server and a distiller may be at the same moment."""
    at_once(tmp_path, "catalog", "catalog", "catalog")

    assert Catalog(tmp_path).held() == set(range(3 * EVENTS))


def test_the_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    """Each entry is counted, each refusal is StoreLocked, and somebody always comes in."""
    (tmp_path / "count").write_text("0", encoding="ascii")
    told = at_once(tmp_path, "counter", "counter")
    done = sum(entries for entries, _ in told)

    assert int((tmp_path / "count").read_text(encoding="ascii")) == done > 0
    assert sum(map(sum, told)) == 2 * 10 * TURNS


def test_two_distillers_share_the_work_or_say_that_another_is_at_it(tmp_path: Path) -> None:
    """The commands as a user and a timer start them; whatever order they come in, each event is there once."""
    script = hook_script(tmp_path)
    for n in range(EVENTS):
        drop(tmp_path / "spool", n)
    words = (sys.executable, "-m", "skillstrata", "--data-dir", str(tmp_path), "distill", "--json")
    environ = {**os.environ, "HOME": str(tmp_path)}
    running = [subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    for n in range(EVENTS, EVENTS + 5):
        subprocess.run(["sh", script], input=payload(n), check=True)
    for one in running:
        said, complained = one.communicate(timeout=120)
        assert b"Traceback" not in complained
        assert one.returncode == 0 or json.loads(said)["error"]["code"] == "store.locked"

    assert 0 in [one.returncode for one in running]
    assert Ingested(tmp_path).held() == set(range(EVENTS + 5))
