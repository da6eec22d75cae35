"""Does our server speak the protocol as its makers' own programs expect: the official suite, and Inspector?"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
import yaml

from tests.e2e.mcp_programs import Programs
from tests.skill_sources import page

PROGRAM = Path(sys.executable).with_name("skillstrata")
BASELINE = Path(__file__).with_name("conformance_baseline.yml")
ROOT = Path(__file__).parents[2]
Checks = dict[str, dict[str, str]]
# Each with checks that must be among those it made: a scenario that looked at nothing passes too.
BASICS = {
    "server-initialize": {"server-initialize", "wire-schema-valid"},
    "server-session-lifecycle": {
        "server-session-initialized-accepted",
        "server-session-delete-accepted",
        "server-session-terminated-returns-404",
    },
    "ping": {"ping", "wire-schema-valid"},
    "tools-list": {"tools-list", "tools-name-format", "wire-schema-valid"},
    "tools-call-simple-text": {"tools-call-simple-text"},
    "tools-call-error": {"tools-call-error"},
    "tools-call-with-progress": {"tools-call-with-progress"},
    "json-schema-2020-12": {"json-schema-2020-12-tool-found"},
    "resources-list": {"resources-list"},
    "http-header-validation": {
        "sep-2243-server-reject-invalid-headers",
        "sep-2243-server-reject-error-code",
        "sep-2243-header-name-case-insensitive",
        "sep-2243-server-accepts-whitespace-header-value",
    },
    "dns-rebinding-protection": {"localhost-host-rebinding-rejected", "localhost-host-valid-accepted"},
    "sep-2640-skills-enumeration": {
        "sep-2640-skills-list-implemented",
        "sep-2640-resources-complete",
        "sep-2640-skills-get-entry-shape",
        "sep-2640-entry-frontmatter-identical",
    },
    "sep-2640-skills-manifest": {"sep-2640-skillmd-mimetype", "sep-2640-final-segment-equals-name"},
}
# Of these some checks fail, for what they ask is no part of the program; what they must show nevertheless.
PARTS = {
    "server-stateless": {"sep-2575-server-implements-discover", "sep-2575-server-unsupported-version-error"},
    "caching": {"sep-2549-tools-list-caching-hints", "sep-2549-resources-read-caching-hints"},
    "sep-2640-skills-directory": {"sep-2640-directory-read-result-resources-shape"},
}


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Make a machine with one skill, and nothing of whoever runs the tests."""
    root = tmp_path_factory.mktemp("machine")
    folder = root / "home" / ".agents" / "skills" / "tides"
    (folder / "refs").mkdir(parents=True)
    (folder / "SKILL.md").write_text(page("Computes the tides of a port."), encoding="utf-8")
    (folder / "refs" / "table.md").write_text("High water at six.\n", encoding="utf-8")
    (root / "project").mkdir()
    return {
        "HOME": str(root / "home"),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        "CLAUDE_PROJECT_DIR": str(root / "project"),
        "SKILLSTRATA_DATA_DIR": str(root / "data"),
        "SKILLSTRATA_DAEMON": "0",
    }


@pytest.fixture(scope="module")
def address(environ: dict[str, str]) -> Generator[str]:
    """Run the real server over HTTP on loopback."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.conformance_server", environ["SKILLSTRATA_DATA_DIR"]],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with server:
        yield (server.stdout.readline() if server.stdout else "").strip()
        server.terminate()


@pytest.fixture(scope="module")
def judged(
    mcp_programs: Programs, address: str, environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Checks]:
    """Run every scenario for servers once; give the outcome of each check, by scenario."""
    out = tmp_path_factory.mktemp("judged")
    done = mcp_programs.run("conformance", ["server", "--url", address, "--suite", "all", "-o", str(out)], environ)
    found: dict[str, Checks] = {}
    for folder in sorted(out.iterdir()):
        named = re.fullmatch(r"server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z", folder.name)
        assert named, folder.name
        rows = json.loads((folder / "checks.json").read_text(encoding="utf-8"))
        checks = found.setdefault(named[1], {})
        for row in rows:
            # Of one check made several times a failure counts.
            if checks.get(row["id"], {}).get("status") != "FAILURE":
                checks[row["id"]] = {"status": row["status"], "said": str(row.get("errorMessage") or "")}
    assert len(found) > 50, done.stdout[-2000:] + done.stderr[-2000:]
    return found


def _failures(checks: Checks) -> dict[str, str]:
    return {name: check["said"] for name, check in checks.items() if check["status"] == "FAILURE"}


@pytest.mark.parametrize("scenario", BASICS)
def test_the_basics_of_the_protocol_pass(judged: dict[str, Checks], scenario: str) -> None:
    """No agent can use a server that fails these."""
    checks = judged[scenario]

    assert _failures(checks) == {}
    assert {name for name, check in checks.items() if check["status"] == "SUCCESS"} >= BASICS[scenario]


@pytest.mark.parametrize("scenario", PARTS)
def test_what_a_listed_scenario_shows_besides_still_passes(judged: dict[str, Checks], scenario: str) -> None:
    """A scenario in the baseline would hide that another part of it broke."""
    assert {name for name, check in judged[scenario].items() if check["status"] == "SUCCESS"} >= PARTS[scenario]


def test_exactly_the_listed_scenarios_fail(judged: dict[str, Checks]) -> None:
    """A new failure is a fault; one that passes now comes off the list, so that it can never come back."""
    listed = yaml.safe_load(BASELINE.read_text(encoding="utf-8"))["server"]
    failing = {scenario: _failures(checks) for scenario, checks in judged.items() if _failures(checks)}

    assert {name: said for name, said in failing.items() if name not in listed} == {}
    assert sorted(set(listed) - set(failing)) == []
    assert len(listed) == len(set(listed))


def test_inspector_lists_our_tools_without_a_warning(mcp_programs: Programs, environ: dict[str, str]) -> None:
    """It checks names, schemas and annotations as strict hosts do; over the program that agents start."""
    done = mcp_programs.run(
        "mcp-inspector", ["--cli", str(PROGRAM), "mcp", "--method", "tools/list", "--strict"], environ
    )

    assert done.returncode == 0, done.stderr
    assert "skills_search" in {tool["name"] for tool in json.loads(done.stdout)["tools"]}
    assert "warning" not in done.stderr.lower()


def test_inspector_calls_a_tool(mcp_programs: Programs, environ: dict[str, str]) -> None:
    """The answer is one that a stranger's client takes, checked against our own output schema."""
    asked = ["--method", "tools/call", "--tool-name", "skills_search", "--tool-args-json"]
    words = [*asked, json.dumps({"query": "tides", "kind": "skill"})]
    done = mcp_programs.run("mcp-inspector", ["--cli", str(PROGRAM), "mcp", *words], environ)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["structuredContent"]["results"][0]["name"] == "tides"


def test_inspector_verifies_our_skills(mcp_programs: Programs, environ: dict[str, str]) -> None:
    """Every file of every skill has the size and digest that its entry says."""
    asked = ["--protocol-era", "modern", "--method", "skills/list", "--verify", "--require-digests"]
    done = mcp_programs.run("mcp-inspector", ["--cli", str(PROGRAM), "mcp", *asked], environ)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    assert done.returncode == 0, done.stderr
    assert {row["name"]: row["outcome"] for row in rows}["tides"] == "verified"
    assert all(row["ok"] for row in rows)
