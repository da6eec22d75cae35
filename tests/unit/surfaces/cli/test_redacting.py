"""`redact`: what it says, how it ends, and that it never says a secret."""

import io
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.surfaces.cli.main import main

HEX = "a8f5f167f44f4964" + "e6c998dee827110c"
TEXT = f"one\nexport DB_PASSWORD=hunter22x\napi_key = '{HEX}'\n"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Use = Callable[..., Done]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in this process, with a home and a data directory that do not exist yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str, stdin: bytes = b"") -> Done:
        stream = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        monkeypatch.setattr("sys.stdin", stream)
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


def test_a_check_names_each_find_and_ends_with_4(use: Use, tmp_path: Path) -> None:
    """Line and rule, and what would stand there; nothing is made in the data directory."""
    (tmp_path / "notes.md").write_text(TEXT, encoding="utf-8")
    done = use("redact", "--check", "notes.md")

    assert done.code == 4
    assert [line.split()[:2] for line in done.out.splitlines()] == [
        ["line", "rule"],
        ["2", "variable"],
        ["3", "named-secret"],
    ]
    assert "DB_PASSWORD=REDACTED_SECRET (9 characters)" in done.out
    assert "hunter22x" not in done.out + done.err
    assert HEX not in done.out + done.err
    assert not (tmp_path / "data").exists()


def test_a_check_that_finds_nothing_ends_with_0(use: Use, tmp_path: Path) -> None:
    """The twin: the same file without its secrets."""
    (tmp_path / "notes.md").write_text("one\nexport DB_FOLDER=hunter22x\n", encoding="utf-8")
    done = use("redact", "--check", "notes.md")

    assert (done.code, done.out) == (0, "")
    assert "Nothing in notes.md" in done.err


def test_the_json_of_a_check(use: Use) -> None:
    """Contract: one object; standard input by a dash."""
    done = use("redact", "--check", "-", "--json", stdin=TEXT.encode())
    clean = use("redact", "--check", "-", "--json", stdin=b"nothing here\n")

    assert (done.code, clean.code) == (4, 0)
    found = json.loads(done.out)
    assert (found["file"], found["clean"], len(found["finds"])) == ("-", False, 2)
    assert found["finds"][0] == {
        "line": 2,
        "rule": "variable",
        "preview": "export DB_PASSWORD=REDACTED_SECRET (9 characters)",
    }
    assert json.loads(clean.out) == {"file": "-", "clean": True, "finds": []}


def test_without_check_the_text_comes_out_redacted(use: Use) -> None:
    """To share a log: every byte but the secrets."""
    done = use("redact", "-", stdin=TEXT.encode())

    assert (done.code, done.err) == (0, "")
    assert done.out == "one\nexport DB_PASSWORD=REDACTED_SECRET\napi_key = 'REDACTED_SECRET'\n"


def test_values_of_the_environment_are_found_unless_the_setting_says_no(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    """redaction.values, and its twin."""
    monkeypatch.setenv("SHOP_TOKEN", "plain value")

    assert use("redact", "--check", "-", stdin=b"a plain value b").code == 4
    assert use("redact", "--check", "-", "--no-redaction-values", stdin=b"a plain value b").code == 0


def test_the_users_rules_apply_and_a_bad_one_is_told(use: Use, tmp_path: Path) -> None:
    """redaction.rules: file and line in the message, and nothing is scanned without the rule."""
    rules = tmp_path / "rules.toml"
    rules.write_text("[[rule]]\nname = 'acme'\nregex = 'acme_[a-z]+'\n", encoding="utf-8")
    good = use("redact", "--check", "-", "--redaction-rules", str(rules), stdin=b"acme_x")
    rules.write_text("\n[[rule]]\nname = 'acme'\nregex = '(?<=x)y'\n", encoding="utf-8")
    bad = use("redact", "--check", "-", "--redaction-rules", str(rules), "--json", stdin=b"acme_x")
    gone = use("redact", "--check", "-", "--redaction-rules", str(tmp_path / "none.toml"), "--json", stdin=b"acme_x")

    assert good.code == 4
    assert "acme" in good.out
    assert bad.code == 65
    error = json.loads(bad.out)["error"]
    assert error["code"] == "redaction.rule_invalid"
    assert f"{rules}, line 2" in error["message"]
    assert (gone.code, json.loads(gone.out)["error"]["code"]) == (65, "config.unreadable")


def test_a_file_that_is_not_there_is_bad_input(use: Use) -> None:
    """65, with the name."""
    done = use("redact", "--check", "none.txt", "--json")

    assert done.code == 65
    assert "none.txt" in json.loads(done.out)["error"]["message"]


def test_a_file_that_is_no_text_is_searched_too(use: Use, tmp_path: Path) -> None:
    """A key in the clear between other bytes."""
    (tmp_path / "blob").write_bytes(b"\xff\xfe\x00" + f"ghp_{HEX}0a1B".encode() + b"\x00\xed\xa0\x80")

    assert use("redact", "--check", "blob").code == 4


def test_nothing_to_read_is_nothing_found(use: Use, tmp_path: Path) -> None:
    """An empty file, the empty device, an empty standard input: 0, and said so."""
    (tmp_path / "empty").write_bytes(b"")
    for name in ("empty", "/dev/null", "-"):
        done = use("redact", "--check", name, "--json")
        assert (done.code, json.loads(done.out)) == (0, {"file": name, "clean": True, "finds": []})


@pytest.mark.parametrize(("text", "code"), [(TEXT, 4), ("nothing here\n", 0)])
def test_what_a_command_prints_into_a_pipe_is_read(use: Use, tmp_path: Path, text: str, code: int) -> None:
    """`redact --check <(env)`: a shell hands over the name of a pipe."""
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor() as pool:
        writing = pool.submit((tmp_path / "pipe").write_text, text)
        done = use("redact", "--check", str(tmp_path / "pipe"))
        assert writing.result(timeout=10) == len(text)

    assert done.code == code
