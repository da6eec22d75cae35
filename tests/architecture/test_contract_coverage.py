"""No folder escapes the contracts that name folders one by one."""

import configparser
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "skillstrata"


def _listed(contract: str, option: str) -> set[str]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return set(parser[f"importlinter:contract:{contract}"][option].split())


def _folders() -> set[str]:
    return {f"skillstrata.{p.parent.name}" for p in SRC.glob("*/__init__.py")}


def test_every_folder_but_adapters_and_surfaces_is_kept_from_the_outside_world() -> None:
    """Layers are exhaustive by themselves; this list is kept exhaustive here."""
    listed = _listed("outside", "source_modules") | _listed("outside-app", "source_modules")

    assert listed == _folders() - {"skillstrata.adapters", "skillstrata.surfaces"}


def test_every_stage_is_joined_by_app_only() -> None:
    """A stage that comes later is protected from the day its folder is there."""
    around = {f"skillstrata.{name}" for name in ("records", "ports", "adapters", "app", "surfaces")}

    assert _listed("joins", "protected_modules") == _folders() - around


def test_both_outside_contracts_ban_the_same_programs() -> None:
    """One list in two places must stay one list."""
    assert _listed("outside", "forbidden_modules") == _listed("outside-app", "forbidden_modules")


def test_no_contract_ignores_an_import() -> None:
    """House style, rot 4: an exception in the contract is where the rule leaks."""
    assert "ignore_imports" not in (ROOT / ".importlinter").read_text(encoding="utf-8")
