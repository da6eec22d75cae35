"""The seed's configuration file is accepted as it stands; what cannot be is refused with its place."""

from pathlib import Path

import pytest

from skillstrata.adapters.loader_config_file import LoaderConfigInvalid, read_loader_config
from skillstrata.records.loader_settings import LoaderSettings, ScanPlace, SkillPermissions
from skillstrata.runtime.budgets import shared_out

WHOLE = """\
# a loader with every section
loader:
  scan_sources:
    - path: "~/.claude/skills"
      priority: 100
      watch_enabled: true
    - path: "./.claude/skills"
      priority: 80
      watch_enabled: false
    - path: "plugins/*/skills"
      priority: 60
      recursive: true

  context_budget:
    total_chars: 12000
    metadata_ratio: 0.5
    active_content_ratio: 0.2
    buffer_ratio: 0.1

  dependency:
    resolution_timeout: 4000  # ms
    cyclic_dependency_action: "fail_fast"  # or "warn_and_sort"

runtime:
  hot_swap:
    enabled: true
    watch_interval: 1500  # ms
    version_overlap: 200  # seconds

  permissions:
    default_allow: ["file_read", "http_get"]
    require_approval: ["shell_exec", "database_write"]

skill_permissions:
  nestjs-expert:
    allowed_tools: ["file_read", "file_write", "npm", "git"]
    forbidden_operations: ["rm -rf", "format C:"]
    resource_limits:
      max_cpu_time: 30s
      max_memory: 512MB
      max_disk_io: 100MB

monitoring:
  metrics_interval: 20  # seconds
  alert_thresholds:
    dependency_resolution_time: 150  # ms
    skill_load_failure_rate: 0.02  # 2%
    permission_denial_rate: 0.03
"""


def _read(tmp_path: Path, text: str) -> LoaderSettings:
    path = tmp_path / "claude-skills-loader-config.yaml"
    path.write_text(text, encoding="utf-8")
    return read_loader_config(path)


def test_every_key_is_heard_in_our_units(tmp_path: Path) -> None:
    """Milliseconds, seconds and megabytes stand side by side there; no value here is a default."""
    found = _read(tmp_path, WHOLE)

    assert found.places == (
        ScanPlace("~/.claude/skills", 100),
        ScanPlace("./.claude/skills", 80, watched=False),
        ScanPlace("plugins/*/skills", 60, recursive=True),
    )
    shares = found.context
    assert (shares.total_chars, shares.metadata, shares.active, shares.system, shares.buffer) == (
        12000,
        0.5,
        0.2,
        0.2,
        0.1,
    )
    assert (found.resolution_timeout_s, found.on_cycle) == (4.0, "fail_fast")
    assert (found.hot_swap, found.watch_interval_s, found.version_overlap_s) == (True, 1.5, 200)
    assert (found.default_allow, found.require_approval) == (
        ("file_read", "http_get"),
        ("shell_exec", "database_write"),
    )
    assert found.permissions == (
        SkillPermissions(
            "nestjs-expert",
            ("file_read", "file_write", "npm", "git"),
            ("rm -rf", "format C:"),
            30.0,
            512_000_000,
            100_000_000,
        ),
    )
    assert found.metrics_interval_s == 20
    limits = found.thresholds
    assert (limits.resolution_ms, limits.load_failure_rate, limits.denial_rate) == (150, 0.02, 0.03)


@pytest.mark.parametrize("text", ["", "loader:\n  dependency: {}\n", "runtime:\n  hot_swap: {}\n"])
def test_what_is_not_said_has_the_designs_default(tmp_path: Path, text: str) -> None:
    """5 s, 2 s, 300 s, 3 rollbacks, 15,000 characters in 40/30/20/10."""
    found = _read(tmp_path, text)

    assert found == LoaderSettings()
    assert (found.resolution_timeout_s, found.watch_interval_s, found.version_overlap_s) == (5, 2, 300)
    assert (found.max_rollbacks, found.override_threshold, found.context.system) == (3, 0.8, 0.2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("loader:\n  dependency:\n    cyclic_dependency_action: hope\n", "cyclic_dependency_action"),
        ("loader:\n  context_budget:\n    metadata_ratio: 1.4\n", "metadata_ratio"),
        ("loader:\n  context_budget:\n    metadata_ratio: 0.9\n", "more than 1"),
        ("loader:\n  scan_source: []\n", "scan_source"),
        ("skill_permissions:\n  a:\n    resource_limits:\n      max_memory: much\n", "max_memory"),
        ("runtime:\n  hot_swap:\n    watch_interval: 0\n", "watch_interval"),
        ("- a\n", "the file"),
        ("a: [\n", "flow"),
        ("!!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    """A misspelt key that is passed over would leave its default in force."""
    with pytest.raises(LoaderConfigInvalid, match=said):
        _read(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the setting that names it."""
    with pytest.raises(LoaderConfigInvalid, match="No such file") as refused:
        read_loader_config(tmp_path / "none.yaml")
    assert "skills.loader" in refused.value.hint


def test_critical_skills_are_named_with_their_permissions(tmp_path: Path) -> None:
    """Of those a person must see each refused tool; no other key makes a skill critical."""
    text = "skill_permissions:\n  deploy: {critical: true}\n  notes: {critical: false}\n  tides: {allowed_tools: [A]}\n"

    assert _read(tmp_path, text).critical == ("deploy",)


def test_keys_that_change_nothing_are_named_and_others_are_not(tmp_path: Path) -> None:
    """Whoever sets a limit must hear that nothing holds it here; the file is read all the same."""
    idle = """\
loader: {cache_ttl: 60s}
monitoring: {metrics_interval: 20}
runtime:
  permissions: {default_allow: [file_read], require_approval: []}
skill_permissions:
  tides: {resource_limits: {max_cpu_time: 3s}, allowed_tools: [Read]}
"""
    found = _read(tmp_path, idle).odd

    assert [one.message.partition(" is read")[0] for one in found] == [
        "loader.cache_ttl",
        "monitoring.metrics_interval",
        "runtime.permissions.default_allow",
        "skill_permissions.tides.resource_limits",
    ]
    assert {(one.code, one.severity) for one in found} == {("loader_key_idle", "info")}
    assert all(one.path.endswith("claude-skills-loader-config.yaml") for one in found)
    assert _read(tmp_path, "loader: {max_workers: 3}\nskill_permissions: {tides: {allowed_tools: [Read]}}\n").odd == ()


def test_workers_and_the_systems_share_are_heard(tmp_path: Path) -> None:
    """With a share of its own for the system, what is left over goes to the buffer."""
    text = "loader:\n  max_workers: 3\n  context_budget: {system_ratio: 0.05}\n"
    found = _read(tmp_path, text)
    budget = shared_out(found.context)

    assert found.max_workers == 3
    assert (budget.metadata, budget.active, budget.system, budget.buffer) == (6_000, 4_500, 750, 3_750)
    with pytest.raises(LoaderConfigInvalid, match="max_workers"):
        _read(tmp_path, "loader: {max_workers: 0}\n")
