"""What `doctor` says of the library and of an agent's configuration, before and after `init`."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.adapters.warm_start_files import WarmStartFiles
from skillstrata.records.exchanges import Offered, WarmStart
from skillstrata.records.tools import Branch, Tool
from skillstrata.surfaces.cli.main import main
from tests.fakes.sample_tools import a_tool, an_entry, rendered

pytestmark = pytest.mark.sandbox
Check = dict[str, str | bool]
Doctor = Callable[[], tuple[int, dict[str, Check]]]
Use = Callable[..., tuple[int, str]]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in a home and project of its own, without a `claude` program."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)

    def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["--data-dir", str(tmp_path / "library"), *words])
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def doctor(use: Use) -> Doctor:
    """Give the exit code and the checks by name."""

    def ask() -> tuple[int, dict[str, Check]]:
        code, out = use("doctor", "--json")
        return code, {check["name"]: check for check in json.loads(out)["checks"]}

    return ask


def _with_binaries(tool: Tool, *binaries: str) -> Tool:
    version = replace(tool.branches[0].current, binaries=binaries)
    return replace(tool, branches=(Branch("html", 1, (version,)),))


def test_all_is_well_after_init_without_the_claude_program(use: Use, doctor: Doctor) -> None:
    """The first two commands of a newcomer must not end in a failure; the advice is what `init` printed."""
    before, missing = doctor()
    printed = use("init")[1]
    after, checks = doctor()
    command = next(line.strip().removeprefix("run: ") for line in printed.splitlines() if "claude mcp add" in line)

    assert (before, after) == (69, 0)
    assert (missing["hook"]["ok"], missing["MCP entry"]["ok"]) == (False, False)
    assert "skillstrata init" in str(missing["hook"]["fix"])
    assert command in str(checks["MCP entry"]["detail"])


def test_a_hook_that_no_settings_start_is_no_hook(use: Use, doctor: Doctor, tmp_path: Path) -> None:
    """A script nobody runs captures nothing, whoever took the entry out."""
    use("init")
    settings = tmp_path / ".claude" / "settings.json"
    kept = settings.read_text(encoding="utf-8")
    settings.write_text("{}", encoding="utf-8")
    code, checks = doctor()
    settings.write_text(kept, encoding="utf-8")
    well, again = doctor()

    assert (code, checks["hook"]["ok"]) == (69, False)
    assert str(settings) in str(checks["hook"]["detail"])
    assert "skillstrata init" in str(checks["hook"]["fix"])
    assert (well, again["hook"]["ok"]) == (0, True)


def test_a_project_that_was_set_up_alone_is_well(use: Use, doctor: Doctor, tmp_path: Path) -> None:
    """`init --scope project` is the other way the guide names; without its MCP entry the fix is a command."""
    use("init", "--scope", "project")
    code, checks = doctor()
    (tmp_path / "project" / ".mcp.json").unlink()
    lost, found = doctor()

    assert (code, checks["MCP entry"]["detail"]) == (0, str(tmp_path / "project" / ".mcp.json"))
    assert (lost, found["MCP entry"]["ok"]) == (69, False)
    assert "claude mcp add" in str(found["MCP entry"]["fix"])


def test_settings_that_do_not_parse_are_named(use: Use, doctor: Doctor, tmp_path: Path) -> None:
    """They are the user's to mend; the other checks are still made."""
    use("init")
    (tmp_path / ".claude" / "settings.json").write_text("{", encoding="utf-8")
    code, checks = doctor()

    assert (code, checks["hook"]["ok"], checks["spool"]["ok"]) == (69, False, True)
    assert "settings.json" in str(checks["hook"]["detail"])


def test_damaged_tools_and_missing_binaries_are_named_with_a_fix(use: Use, doctor: Doctor, tmp_path: Path) -> None:
    """A tool that cannot run is found here and not in the middle of somebody's work."""
    use("init")
    store = SkillFolders(tmp_path / "library" / "skills")
    store.deposit("sound", rendered(_with_binaries(a_tool("sound"), "sh")), an_entry())
    well, checks = doctor()
    store.deposit("needy", rendered(_with_binaries(a_tool("needy"), "no-such-program")), an_entry())
    store.deposit("broken", rendered(a_tool("broken")), an_entry())
    (tmp_path / "library" / "skills" / "broken" / "branches" / "html" / "v1" / "main.py").write_text("x", "utf-8")
    code, found = doctor()

    assert (well, checks["library"]["detail"], checks["tool binaries"]["detail"]) == (0, "1 tools", "sh")
    assert code == 69
    assert "1 damaged: broken: " in str(found["library"]["detail"])
    assert found["library"]["fix"]
    assert "no-such-program (for needy)" in str(found["tool binaries"]["detail"])
    assert "no-such-program" in str(found["tool binaries"]["fix"])


def test_the_hook_of_warm_starts_is_tried_and_what_it_reads_is_compared(
    use: Use, doctor: Doctor, tmp_path: Path
) -> None:
    """Silent on every fault, it would tell nothing for weeks and nobody would notice; a trial leaves no trace."""
    before = doctor()[1]["warm start"]
    use("init")
    store = WarmStartFiles(tmp_path / "library" / "warm")
    well, empty = doctor()
    told = WarmStart("p", "Use a-tool.", tools=(Offered("a-tool", "tool", "- a-tool", 1.0, ()),), key="k")
    store.put((("", told), (str(tmp_path / "project"), told)))
    again, full = doctor()

    assert (before["ok"], "skillstrata init" in str(before["fix"])) == (False, True)
    assert (well, "nothing is prepared" in str(empty["warm start"]["detail"])) == (0, True)
    assert (again, "11 characters are told here" in str(full["warm start"]["detail"])) == (0, True)
    assert " ms" in str(full["warm start"]["detail"])
    assert store.shown() == ()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda root: (root / "hooks" / "warm-start.sh").unlink(), "is not installed"),
        (lambda root: (root / "hooks" / "warm-start.sh").write_text("exit 7\n"), "status 7"),
        (lambda root: next((root / "warm").rglob(".start")).write_text("k a-tool\n"), "cannot be read"),
        (lambda root: next((root / "warm").rglob(".start")).write_text("k a-tool\nodd\n"), "cannot be read"),
    ],
)
def test_a_hook_of_warm_starts_that_does_not_work_is_named_with_a_fix(
    use: Use, doctor: Doctor, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    """Gone, changed, or with a file that cannot be read: `init` or `warm-start --renew` is the next step."""
    use("init")
    told = WarmStart("p", "Use a-tool.", tools=(Offered("a-tool", "tool", "- a-tool", 1.0, ()),), key="k")
    WarmStartFiles(tmp_path / "library" / "warm").put((("", told), (str(tmp_path / "project"), told)))
    damage(tmp_path / "library")
    code, checks = doctor()

    assert (code, checks["warm start"]["ok"]) == (69, False)
    assert said in str(checks["warm start"]["detail"])
    assert "skillstrata" in str(checks["warm start"]["fix"])


def test_a_warm_start_that_is_switched_off_is_no_fault(
    use: Use, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the user's to choose."""
    use("init")
    monkeypatch.setenv("SKILLSTRATA_WARM_START_ENABLED", "no")
    code, checks = doctor()

    assert (code, checks["warm start"]["ok"]) == (0, True)
    assert "switched off" in str(checks["warm start"]["detail"])
