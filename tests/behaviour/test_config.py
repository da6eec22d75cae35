"""`config show` and `config path`, and the flags of settings on every verb."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata.app.setting_table import ROWS
from skillstrata.surfaces.cli.main import main

Use = Callable[..., tuple[int, str, str]]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in a home of its own; gives the exit code, stdout and stderr."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("SKILLSTRATA_DAEMON", raising=False)
    monkeypatch.delenv("SKILLSTRATA_JUDGE", raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def _settings(said: str) -> dict[str, dict]:
    return {one["key"]: one for one in json.loads(said)["settings"]}


def test_every_setting_is_shown_with_its_value_and_source(use: Use) -> None:
    """Zero configuration: all of it is there, and all of it from defaults but the place itself."""
    code, said, _ = use("config", "show", "--json")
    shown = _settings(said)

    assert code == 0
    assert list(shown) == [row.key for row in ROWS]
    assert {key for key, one in shown.items() if one["source"] != "default"} == {"data_dir"}
    assert shown["data_dir"]["where"] == "SKILLSTRATA_DATA_DIR"
    assert shown["batch_size"] | {"value": 50, "flag": "--batch-size"} == shown["batch_size"]


@pytest.mark.parametrize(
    "words",
    [
        ("--batch-size", "7", "config", "show"),
        ("config", "show", "--batch-size", "7"),
        ("config", "--batch-size", "7", "show"),
    ],
)
def test_a_flag_stands_before_the_verb_or_after_it(use: Use, words: tuple[str, ...]) -> None:
    """As the other global options do."""
    one = _settings(use(*words, "--json")[1])["batch_size"]

    assert (one["value"], one["source"], one["where"]) == (7, "flag", "--batch-size")


def test_every_setting_has_its_flag_on_a_verb(use: Use) -> None:
    """A flag that the table promises and no verb takes would be a usage error."""
    plain = {"yes/no": [], "whole number": ["2"], "number": ["0.5"], "path": ["/tmp/x"], "text": ["x"]}
    tables = {
        "hosts by tool": ["{}"],
        "distributions by import": ["{}"],
        "modes by skill": ["{}"],
        "list of folders": ["[]"],
        "list of names": ["[]"],
        "servers by label": ["{}"],
        "descriptions by skill": ["{}"],
    }
    words = [word for row in ROWS for word in (row.flag, *(row.words[:1] or (plain | tables)[row.kind]))]
    code, said, _ = use("config", "show", "--json", *words)

    assert code == 0
    assert {one["source"] for one in _settings(said).values()} == {"flag"}


def test_a_yes_no_setting_has_a_flag_for_each(use: Use, tmp_path: Path) -> None:
    """The later one wins."""
    (tmp_path / "config.toml").write_text("daemon = false", encoding="utf-8")

    assert _settings(use("config", "show", "--json")[1])["daemon"]["where"].endswith("config.toml:1")
    assert _settings(use("--no-daemon", "config", "show", "--daemon", "--json")[1])["daemon"]["value"] is True
    assert _settings(use("config", "show", "--no-daemon", "--json")[1])["daemon"]["value"] is False


def test_a_verbs_own_option_of_the_same_name_still_works(use: Use) -> None:
    """`distill --install` is consent for one pass; it must not be taken away by the setting's flag."""
    assert use("distill", "--install", "--json")[0] == 3
    assert use("--install", "ls", "--json")[0] == 0


def test_an_unknown_key_is_named_and_stops_nothing(use: Use, tmp_path: Path) -> None:
    """In `config show`, in its JSON and in `doctor`."""
    (tmp_path / "config.toml").write_text("bach_size = 7", encoding="utf-8")
    code, said, told = use("config", "show")

    assert code == 0
    assert "batch_size" in said
    assert "did you mean batch_size?" in told
    assert "did you mean batch_size?" in json.loads(use("config", "show", "--json")[1])["warnings"][0]
    checks = {check["name"]: check for check in json.loads(use("doctor", "--json")[1])["checks"]}
    assert "did you mean batch_size?" in checks["settings"]["detail"]
    assert checks["settings"]["ok"] is True


def test_a_wrong_value_is_a_usage_error_that_says_where(use: Use, tmp_path: Path) -> None:
    """Exit 2, as for any other word that is not one."""
    (tmp_path / "config.toml").write_text("\nbatch_size = 0", encoding="utf-8")
    code, said, _ = use("config", "show", "--json")
    error = json.loads(said)["error"]

    assert (code, error["code"]) == (2, "config.setting_invalid")
    assert "config.toml:2" in error["message"]
    assert use("config", "show", "--batch-size", "1")[0] == 0


def test_no_secret_is_shown(use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """People post what `config show` prints."""
    secret = "q7Zr0v91LmXb2T5w"
    monkeypatch.setenv("SERVICE_API_KEY", secret)
    (tmp_path / "config.toml").write_text(
        f'[distributions]\nx = "{secret}"\n[redaction]\nrules = "/{secret}/r"\n[more]\ny = "{secret}"\n',
        encoding="utf-8",
    )
    plain, as_json = use("config", "show"), use("config", "show", "--json")

    assert plain[0] == as_json[0] == 0
    assert any("cannot be read" in warning for warning in json.loads(as_json[1])["warnings"])
    assert secret not in "".join((*map(str, plain), *map(str, as_json)))
    assert _settings(as_json[1])["redaction.rules"]["value"].endswith("/r")


def test_the_path_of_the_file_is_printed_whether_it_is_there_or_not(use: Use, tmp_path: Path) -> None:
    """`$EDITOR "$(skillstrata config path)"`."""
    assert use("config", "path")[1] == f"{tmp_path}/config.toml\n"
    assert json.loads(use("config", "path", "--json")[1]) == {"path": f"{tmp_path}/config.toml", "exists": False}
    (tmp_path / "config.toml").touch()
    assert json.loads(use("config", "path", "--json")[1])["exists"] is True
