"""`skills list`, `deps`, `conflicts`, `diagnose` and `watch`, run as a user runs them."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.watching_skills import OrderUnknown
from skillstrata.app.wiring import open_app
from skillstrata.records.catalogues import Budget, BudgetProfile, ListingForm, Overflow
from skillstrata.records.skill_faults import Fault
from skillstrata.runtime.dependency_graph import DependencyCycle
from skillstrata.runtime.listed_skills import listed_skills
from tests.fakes.memory_remote_skills import MemoryRemoteSkills
from tests.skill_sources import page, put, session

Run = Callable[..., subprocess.CompletedProcess[str]]

LOADER = """\
loader:
  scan_sources:
    - path: "~/.claude/skills"
      priority: 100
      watch_enabled: true
    - path: "./.claude/skills"
      priority: 80
      watch_enabled: true
    - path: "plugins/*/skills"
      priority: 60
      recursive: true

  context_budget:
    total_chars: 15000
    metadata_ratio: 0.4
    active_content_ratio: 0.3
    buffer_ratio: 0.1

  dependency:
    resolution_timeout: 5000  # ms
    cyclic_dependency_action: "warn_and_sort"  # or "fail_fast"

runtime:
  hot_swap:
    enabled: true
    watch_interval: 2000  # ms
    version_overlap: 300  # seconds

  permissions:
    default_allow: ["file_read", "http_get"]
    require_approval: ["shell_exec", "database_write"]

monitoring:
  metrics_interval: 30  # seconds
  alert_thresholds:
    dependency_resolution_time: 200  # ms
    skill_load_failure_rate: 0.01  # 1%
    permission_denial_rate: 0.01  # 1%
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the program in a home of its own, from its project."""
    (tmp_path / "project" / ".git").mkdir(parents=True)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "skillstrata", "--data-dir", str(tmp_path / "data"), "skills", *words],
            cwd=tmp_path / "project",
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "SKILLSTRATA_SKILLS_MANAGED": str(tmp_path / "m")},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    return run


def test_every_source_is_listed_with_its_state(run: Run, tmp_path: Path) -> None:
    """User, project, library, command and built-in; what failed and what lost are rows with their reasons."""
    put(tmp_path / ".claude" / "skills", "deploy", page("The user's."))
    put(tmp_path / ".claude" / "skills", "broken", "nothing")
    put(tmp_path / ".agents" / "skills", "shared-one")
    put(tmp_path / "project" / ".claude" / "skills", "deploy", page("The project's."))
    put(tmp_path / "project" / "apps" / "web" / ".claude" / "skills", "deploy", page("The web's."))
    put(tmp_path / "data" / "skills", "html-to-text")
    put(tmp_path / "m", "policy")
    (tmp_path / ".claude" / "commands").mkdir()
    (tmp_path / ".claude" / "commands" / "fix.md").write_text("Fix it.\n", encoding="utf-8")
    done = run("list", "--json")
    rows = {row["qualified"]: row for row in json.loads(done.stdout)}

    assert done.returncode == 0, done.stderr
    assert {name: row["state"] for name, row in rows.items()} == {
        "builtin/using-skillstrata": "ready",
        "library/html-to-text": "ready",
        "managed/policy": "ready",
        "nested:apps/web/deploy": "ready",
        "project/deploy": "shadowed",
        "user/broken": "failed",
        "user/deploy": "ready",
        "user:agents/shared-one": "ready",
        "user:commands/fix": "ready",
    }
    assert rows["project/deploy"]["reason"] == "user/deploy goes before it: claude-code: user before project"
    assert rows["user/broken"]["diagnostics"][0]["code"] == "no_frontmatter"
    assert rows["nested:apps/web/deploy"]["name"] == "apps/web:deploy"
    assert set(rows["user/deploy"]) >= {"name", "qualified", "source", "path", "description", "state", "diagnostics"}


def test_named_folders_are_the_only_ones_unless_the_usual_are_asked_for(run: Run, tmp_path: Path) -> None:
    """So that a pack can be looked at alone."""
    put(tmp_path / ".claude" / "skills", "mine")
    put(tmp_path / "pack", "theirs")
    alone = json.loads(run("list", "--source", str(tmp_path / "pack"), "--json").stdout)
    both = json.loads(run("list", "--source", str(tmp_path / "pack"), "--usual", "--json").stdout)

    assert [row["name"] for row in alone] == ["theirs"]
    assert {"theirs", "mine"} <= {row["name"] for row in both}
    assert run("list", "--source", str(tmp_path / "none")).returncode == 2
    (tmp_path / "empty").mkdir()
    assert run("list", "--source", str(tmp_path / "empty")).returncode == 3


def test_conflicts_are_told_with_their_rule_and_turn_with_the_profile(run: Run, tmp_path: Path) -> None:
    """Winner, losers, hashes, rule, same or different; the order is the profile's."""
    put(tmp_path / ".claude" / "skills", "deploy", page("The user's."))
    put(tmp_path / "project" / ".claude" / "skills", "deploy", page("The project's."))
    (claude,) = json.loads(run("conflicts", "--json").stdout)
    (other,) = json.loads(run("conflicts", "--json", "--skills-profile", "open").stdout)

    assert (claude["name"], claude["winner"], claude["losers"]) == ("deploy", "user/deploy", ["project/deploy"])
    assert claude["identical"] is False
    assert len(set(claude["digests"].values())) == 2
    assert (other["winner"], other["rule"]) == ("project/deploy", "open: project before user")
    assert "user before project" in run("conflicts").stdout


def test_the_seeds_configuration_is_heeded_as_it_stands(run: Run, tmp_path: Path) -> None:
    """Its three places with their priorities, the plugin's name before its skills, and the override from 80 % on."""
    loader = tmp_path / "claude-skills-loader-config.yaml"
    loader.write_text(LOADER, encoding="utf-8")
    words = " ".join(f"word{n}" for n in range(60))
    put(tmp_path / ".claude" / "skills", "alike", page(body=words))
    put(tmp_path / "project" / ".claude" / "skills", "alike", page(body=f"{words} and a little more"))
    put(tmp_path / ".claude" / "skills", "apart", page(body=words))
    put(tmp_path / "project" / ".claude" / "skills", "apart", page("Quite another.", body="Nothing of that at all."))
    put(tmp_path / "project" / "plugins" / "claude-skills" / "skills", "nestjs-expert")
    at = ("--skills-loader", str(loader), "--json")
    rows = {row["name"]: row for row in json.loads(run("list", *at).stdout)}
    rules = {one["name"]: one for one in json.loads(run("conflicts", *at).stdout)}

    assert rows["claude-skills:nestjs-expert"]["qualified"] == "plugin:claude-skills/nestjs-expert"
    assert rules["alike"]["winner"] == "project/alike"
    assert rules["alike"]["rule"].startswith("seed: the project's own, ")
    assert (rules["apart"]["winner"], rules["apart"]["rule"]) == ("user/apart", "seed: priority 100 before 80")


def test_needs_are_drawn_and_what_is_missing_is_said(run: Run, tmp_path: Path) -> None:
    """Text, DOT, JSON and a picture."""
    pack = tmp_path / "pack"
    put(pack, "top", page(depends="[middle]"))
    put(pack, "middle", page(depends="[bottom]"))
    put(pack, "bottom")
    put(pack, "lonely", page(depends="[gone]"))
    picture = tmp_path / "needs.svg"
    done = run("deps", "--source", str(pack), "--json", "--svg", str(picture))
    found = json.loads(done.stdout)

    assert (
        found["order"].index("extra/bottom") < found["order"].index("extra/middle") < found["order"].index("extra/top")
    )
    assert {"from": "extra/top", "to": "extra/middle", "kind": "hard"} in found["edges"]
    assert found["cycles"] == []
    assert [(one["skill"], one["needs"]) for one in found["missing"]] == [("extra/lonely", ["gone"])]
    assert "extra/top needs extra/middle" in run("deps", "--source", str(pack)).stdout
    assert '"extra/top" -> "extra/middle";' in run("deps", "--source", str(pack), "--dot").stdout
    assert ET.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - our own picture


def test_a_circle_warns_or_fails_as_is_set(run: Run, tmp_path: Path) -> None:
    """The path is told either way."""
    put(tmp_path / "pack", "a", page(depends="[b]"))
    put(tmp_path / "pack", "b", page(depends="[a]"))
    warned = run("deps", "--source", str(tmp_path / "pack"))
    failed = run("deps", "--source", str(tmp_path / "pack"), "--skills-on-cycle", "fail_fast", "--json")

    assert warned.returncode == 0
    assert "circle: extra/a -> extra/b -> extra/a" in warned.stdout
    assert failed.returncode == DependencyCycle.exit_code
    assert json.loads(failed.stdout)["error"]["code"] == DependencyCycle.code


def test_a_pack_of_see_also_circles_raises_no_alarm(run: Run, tmp_path: Path) -> None:
    """`related-skills` as the 66-skill pack writes them: hints."""
    for name, other in (("a", "b, c"), ("b", "a"), ("c", "a, b")):
        put(
            tmp_path / "pack",
            name,
            f"---\ndescription: Does {name}.\nmetadata:\n  related-skills: {other}\n---\n\nDo.\n",
        )
    found = json.loads(run("deps", "--source", str(tmp_path / "pack"), "--json").stdout)
    diagnosed = json.loads(run("diagnose", "--source", str(tmp_path / "pack"), "--json").stdout)

    assert {edge["kind"] for edge in found["edges"]} == {"soft"}
    assert len(found["edges"]) == 5
    assert (found["cycles"], found["missing"]) == ([], [])
    assert diagnosed["alerts"] == []


def test_what_is_wrong_is_measured_and_alerted(run: Run, tmp_path: Path) -> None:
    """The metrics of the design, with their thresholds; the same for Prometheus."""
    pack = tmp_path / "pack"
    put(pack, "a", page(depends="[b, gone]"))
    put(pack, "b", page(depends="[a]"))
    put(pack, "bad", "nothing")
    done = run("diagnose", "--source", str(pack), "--json")
    found = json.loads(done.stdout)

    assert done.returncode == 0
    assert (found["metrics"]["cycles"], found["metrics"]["unresolved"], found["metrics"]["load_failures"]) == (1, 1, 1)
    assert {alert["metric"] for alert in found["alerts"]} >= {"cycles", "unresolved", "load_failure_rate"}
    assert found["thresholds"]["resolution_milliseconds"] == 200
    assert "skillstrata_skills_cycles 1\n" in run("diagnose", "--source", str(pack), "--prometheus").stdout
    assert "cycles" in run("diagnose", "--source", str(pack)).stdout


def test_watch_tells_each_change_in_a_line_and_takes_a_skill_back_on_request(tmp_path: Path) -> None:
    """One JSON object a line; `rollback NAME` on standard input; the end by a signal is a good end."""
    pack = tmp_path / "pack"
    put(pack, "a", page("One."))
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "skillstrata",
            "--data-dir",
            str(tmp_path / "data"),
            "skills",
            "watch",
            "--json",
            "--source",
            "pack",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        cwd=tmp_path,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        first = json.loads(process.stdout.readline())
        put(pack, "a", page("Two."))
        second = json.loads(process.stdout.readline())
        process.stdin.write("rollback a\n")
        process.stdin.flush()
        third = json.loads(process.stdout.readline())
        process.stdin.write("rollback nope\n")
        process.stdin.flush()
        fourth = json.loads(process.stdout.readline())
        process.stdin.write("\nroll back a\n")
        process.stdin.flush()
        fifth = json.loads(process.stdout.readline())
        process.terminate()
        code = process.wait(20)
    finally:
        process.kill()
        process.communicate()

    assert (first["added"], second["changed"], third["rolled_back"]) == (["extra/a"], ["extra/a"], ["extra/a"])
    assert fourth["error"]["code"] == "runtime.skill_not_found"
    assert fifth["error"]["code"] == OrderUnknown.code
    assert "roll back a" in fifth["error"]["message"]
    assert code == 0


def test_skills_of_servers_stand_beside_the_others_and_hide_none(tmp_path: Path) -> None:
    """Joined in one registry; a server that is bad costs itself."""
    put(tmp_path / "pack", "a", page("Does a."))
    servers = MemoryRemoteSkills()
    servers.offer("a", page("Does a.", name="a"), name="a", description="Does a.")
    servers.offer("b", "nothing", name="b")
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    made = open_skills(app, SkillQuery((tmp_path / "pack",), usual=False, project=tmp_path), remote=servers)

    assert made.finder.find("a").id == "extra/a"
    assert made.finder.find("docs:a").id == "mcp:docs/a"
    assert [odd.code for odd in made.registry.diagnostics if odd.path.startswith("skill://")] == ["remote_refused"]
    assert made.look().is_empty
    servers.entries.clear()
    made.look_at_servers()
    made.look()
    assert made.finder.get("docs:a") is None or made.live.is_waiting


def test_a_context_that_is_too_full_is_relieved_answered_and_measured(tmp_path: Path) -> None:
    """Row 3 of the matrix, with the real listing; with room there is no answer."""
    for n in range(40):
        put(tmp_path / "pack", f"skill-{n}", page(f"Does the thing of number {n} " * 8))
    made = session(tmp_path, tmp_path / "pack")
    budget = Budget(15_000, 6_000, 4_500, 3_000, 1_500)
    profile = BudgetProfile("test", budget, 1_536, Overflow.LAYERS, ListingForm.XML)
    assert made.relieve(profile, 3_000).after <= 0.95
    assert made.matrix.answers == ()
    relief = made.relieve(profile, 9_500, active=3)
    (answer,) = made.matrix.answers

    assert relief.before > 0.95 > relief.after
    assert (answer.fault, answer.action, answer.needs_human) == (Fault.CONTEXT_OVERFLOW, "compressed", False)
    assert (made.metrics.tally.active, made.metrics.tally.budget_use) == (3, relief.after)
    assert made.relieve(profile, 14_900).needs_human
    assert made.matrix.answers[-1].needs_human


def test_swaps_can_be_switched_off(tmp_path: Path) -> None:
    """`hot_swap: enabled: false` of a loader's configuration: what was found at the start stays."""
    put(tmp_path / ".claude" / "skills", "a")
    loader = tmp_path / "loader.yaml"
    came: list[bool] = []
    for enabled in ("true", "false"):
        said = LOADER.replace("    enabled: true", f"    enabled: {enabled}").replace("interval: 2000", "interval: 50")
        loader.write_text(said, encoding="utf-8")
        made = session(tmp_path, stays=True, loader=str(loader))
        name = f"new-{enabled}"
        put(tmp_path / ".claude" / "skills", name)
        asked = iter(range(100))
        made.watch(lambda made=made, asked=asked, name=name: next(asked, None) is None or bool(made.finder.get(name)))
        came.append(made.finder.get(name) is not None)

    assert came == [True, False]


def test_a_pack_of_copies_is_listed_with_what_stands_for_them(tmp_path: Path) -> None:
    """Byte by byte the same: one entry for a model, and the copy's own id leads to the copy."""
    put(tmp_path / "one", "a", page("Same."))
    put(tmp_path / "two", "a", page("Same."))
    made = session(tmp_path, tmp_path / "one", tmp_path / "two")

    assert [row.skill.id for row in listed_skills(made.registry) if not row.barred] == ["extra/a"]
    assert made.finder.find("extra:2/a").id == "extra:2/a"
    assert made.text(made.finder.find("a")) == page("Same.").encode()
