import ast
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

import skillstrata.app.use_cases
from skillstrata.surfaces.cli.invocation import Verb
from skillstrata.surfaces.cli.learning import LEARN_VERBS, learn
from skillstrata.surfaces.cli.main import cli
from skillstrata.surfaces.cli.skills import SKILL_VERBS, skills
from skillstrata.surfaces.cli.verbs import VERBS, VerbEntry
from skillstrata.surfaces.mcp_server.tools import USE_CASES

SRC = Path(__file__).parents[4] / "src"
FOLDER = Path(skillstrata.app.use_cases.__file__ or "").parent
# The verbs of the first table of the command contract that this version offers.
PROMISED = (
    "init uninstall doctor hook-path import distill status candidates explain shelved unshelve ls show run verify"
    " usage failures health pending review expose hide retire mcp"
    " environments daemon config forget export-trace redact plugin"
    " warm-start export import-skill sync lock keys skills learn compile tools policy audit"
).split()
ALL = (*VERBS, *SKILL_VERBS, *LEARN_VERBS)
by_name = pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.target.rpartition(".")[2])


def _command(entry: VerbEntry) -> click.Command:
    group = skills if entry in SKILL_VERBS else learn if entry in LEARN_VERBS else cli
    found = group.get_command(click.Context(group), entry.name)
    assert found is not None
    return found


def _called(entry: VerbEntry) -> set[str]:
    """Give every `module.function` of app.use_cases that the verb's module mentions."""
    source = inspect.getsource(importlib.import_module(entry.target.partition(":")[0]))
    modules = {path.stem for path in FOLDER.glob("*.py")}
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
    }


def _offered_by_app() -> set[str]:
    """Give every public function and finder method of app.use_cases."""
    found: set[str] = set()
    for path in FOLDER.glob("[a-z]*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _takes_app(node):
                found.add(f"{path.stem}.{node.name}")
    return found


def _takes_app(node: ast.FunctionDef) -> bool:
    return bool(node.args.args) and node.args.args[0].arg == "app"


def test_the_verbs_are_those_of_the_contract() -> None:
    """Other programs call these by name."""
    assert [entry.name for entry in VERBS] == PROMISED


@by_name
def test_a_verb_is_a_command_of_that_name(entry: VerbEntry) -> None:
    """A row of the table that leads nowhere would fail at the user's."""
    assert _command(entry).name == entry.name


@by_name
def test_a_verb_calls_the_use_cases_it_declares(entry: VerbEntry) -> None:
    """House style, rot 9: a surface is a table of verbs over use cases, and the table is true."""
    shared = {"distilling.distill"} if entry.name == "daemon" else set[str]()

    assert set(entry.use_cases) - shared <= _called(entry)


def test_every_use_case_is_offered_by_a_verb_or_a_tool() -> None:
    """The other way round: what the app can do and no surface offers is dead."""
    declared = {case for entry in ALL for case in entry.use_cases} | {c for cases in USE_CASES.values() for c in cases}
    building_blocks = {"running.environment_of", "verifying.replayed", "observing.health_now"}

    assert _offered_by_app() - declared - building_blocks == set()
    assert {case for case in declared if case.count(".") == 1} <= _offered_by_app()


@by_name
def test_a_verb_says_examples_and_exit_codes_in_its_help(entry: VerbEntry, capsys: pytest.CaptureFixture[str]) -> None:
    """Help is the first page anybody reads."""
    command = _command(entry)
    commands = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    for each in commands:
        assert isinstance(each, Verb)
        text = each.get_help(click.Context(each, info_name=each.name))
        assert each.hidden or "Examples:" in text
        assert "Exit codes:" in text
        assert "--data-dir" in text


def _loaded_by(words: list[str], data_dir: Path) -> set[str]:
    probe = (
        "import json, sys\nfrom skillstrata.surfaces.cli.main import main\n"
        "code = main(json.loads(sys.argv[1]))\nprint(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
    )
    process = subprocess.run(
        [sys.executable, "-c", probe, json.dumps(["--data-dir", str(data_dir), *words])],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONPATH": str(SRC), "PATH": "", "HOME": str(data_dir)},
    )
    code, modules = json.loads(process.stderr.splitlines()[-1])
    assert code == 0, process.stderr
    return set(modules)


HEAVY = {"mcp", "mcp_types", "rich.console", "skillstrata.distill", "skillstrata.capture", "tree_sitter"}


@pytest.mark.parametrize("words", [["ls"], ["--help"], ["candidates", "--json"]])
def test_a_read_verb_loads_nothing_it_does_not_need(tmp_path: Path, words: list[str]) -> None:
    """The whole process has 0.3 s: one import of the MCP library is twice that."""
    assert _loaded_by(words, tmp_path) & HEAVY == set()


def test_the_probe_for_heavy_imports_sees_one(tmp_path: Path) -> None:
    """Canary: a verb that does need the pipeline is seen to load it."""
    assert "skillstrata.distill" in _loaded_by(["unshelve", "--help"], tmp_path)
