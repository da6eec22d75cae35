"""The limits of a call come from the tool's contract; a person may give one call more, an agent may not."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.app.reports import CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import running
from skillstrata.app.wiring import open_app
from skillstrata.records.sandbox_runs import MIB, MOST, Limits
from skillstrata.records.tools import Branch, Fixture
from tests.behaviour.made_library import UNSEEN, program
from tests.fakes.sample_tools import FIXTURE, a_contract, a_tool, a_version, an_entry, rendered

pytestmark = pytest.mark.sandbox

# Writes its input's size after it has held much more memory than that.
HUNGRY = "import sys\nkept = b'x' * 300_000_000\nopen(sys.argv[-1], 'w').write(f'{len(open(sys.argv[1]).read())}')\n"


def _library(folder: Path, limits: Limits, *, fixed: bool = False) -> Path:
    """Deposit a tool that takes 300 MB, under these limits; `fixed` with a fixture."""
    given, gives = hashlib.sha256(FIXTURE).hexdigest(), hashlib.sha256(b"%d" % len(FIXTURE)).hexdigest()
    fixtures = (Fixture("fresh-1.html", "text/html", given, gives),) if fixed else ()
    version = replace(a_version(), main=HUNGRY, lock="", requirements=(), fixtures=fixtures)
    tool = a_tool("sizes", replace(a_contract(), limits=limits))
    tool = replace(tool, branches=(Branch("html", 1, (version,)),))
    SkillFolders(folder / "skills").deposit("sizes", rendered(tool), an_entry())
    return folder


def _call(data_dir: Path, cwd: Path, *more: str) -> tuple[int, dict]:
    (cwd / "a.html").write_text(UNSEEN, encoding="utf-8")
    done = program(data_dir, "run", "sizes", "--set", "input=a.html", "--json", *more, cwd=cwd)
    return done.returncode, json.loads(done.stdout)


def test_a_call_is_bounded_by_the_contract_and_a_person_may_give_it_more(tmp_path: Path) -> None:
    """A tool that was proved on small files must stay usable on a large one."""
    data_dir = _library(tmp_path / "tight", Limits(memory_bytes=128 * MIB))

    refused, report = _call(data_dir, tmp_path)
    allowed, given = _call(data_dir, tmp_path, "--limit", "memory=1G")

    assert (refused, report["error"]["code"]) == (65, "call.limit")
    assert "--limit memory=256M" in report["error"]["hint"]
    assert (allowed, given["error"]) == (0, None)


def test_a_wider_contract_lets_the_same_call_through(tmp_path: Path) -> None:
    """The twin: the value comes from the contract, not from the program."""
    code, report = _call(_library(tmp_path / "wide", Limits(memory_bytes=1024 * MIB)), tmp_path)

    assert (code, report["error"]) == (0, None)
    shown = json.loads(program(tmp_path / "wide", "show", "sizes", "--json", cwd=tmp_path).stdout)
    assert shown["limits"]["memory_bytes"] == 1024 * MIB


def test_no_contract_goes_beyond_the_most_there_is(tmp_path: Path) -> None:
    """A tool that came from elsewhere must not ask for the whole machine, nor for nothing at all."""
    greedy = Limits(10**9, 1e9, 10**15, 10**15, 10**9, 10**12, 10**9, 10**18)
    nothing = Limits(0, -1.0, -5, 0, 0, -1, 0, -1)

    assert greedy.within(MOST) == MOST
    assert nothing.within(MOST) == Limits(1, 1.0, 64 * MIB, MIB, 1, 1, 1, 0)
    assert Limits().within(MOST) == Limits()
    code, _ = _call(_library(tmp_path / "greedy", greedy), tmp_path)
    assert code == 0


def test_an_agent_is_not_told_of_a_switch_it_does_not_have(tmp_path: Path) -> None:
    """Over MCP nobody can widen a limit."""
    (tmp_path / "a.html").write_text(UNSEEN, encoding="utf-8")
    data_dir = _library(tmp_path / "tight", Limits(memory_bytes=128 * MIB))
    app = open_app(load_settings(data_dir=data_dir, config=None, environ=os.environ))
    request = CallRequest("sizes", (("input", str(tmp_path / "a.html")),), str(tmp_path), surface="mcp")

    report = running.run(app, request)

    assert report.error is not None
    assert report.error.code == "call.limit"
    assert "--" not in report.error.hint


def test_who_asked_for_more_is_never_advised_to_ask_for_less(tmp_path: Path) -> None:
    """The advice is made of the limit that held."""
    data_dir = _library(tmp_path / "tight", Limits(memory_bytes=128 * MIB))

    _, report = _call(data_dir, tmp_path, "--limit", "memory=200M")

    assert "--limit memory=400M" in report["error"]["hint"]


def test_a_proof_is_run_again_under_the_limits_of_the_contract_and_names_the_one_it_broke(tmp_path: Path) -> None:
    """`verify` must not call a tool broken that runs, nor hide why it was stopped."""
    seen = {}
    for name, memory in (("tight", 128), ("wide", 1024)):
        _library(tmp_path / name, Limits(memory_bytes=memory * MIB), fixed=True)
        done = program(tmp_path / name, "verify", "sizes", "--json", cwd=tmp_path)
        seen[name] = json.loads(done.stdout)

    assert seen["wide"]["ok"], seen["wide"]
    assert not seen["tight"]["ok"]
    assert "stopped at the limit on memory" in seen["tight"]["runs"][-1]["detail"]


@pytest.mark.parametrize("said", [b"ModuleNotFoundError: No module named 'x'", b"FileNotFoundError: [Errno 2]"])
def test_what_is_not_found_on_the_disk_is_no_network_error(said: bytes) -> None:
    """A person must not be advised to open the network for a missing file."""
    assert running.NETWORK_ERROR.search(said) is None
    assert running.NETWORK_ERROR.search(b"getaddrinfo ENOTFOUND api.example.com")
