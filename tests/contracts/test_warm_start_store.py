"""What every store of warm starts promises, and the hook that reads it: whole, silent, and never in the way."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from skillstrata.adapters.warm_start_files import WarmStartFiles
from skillstrata.ports.warm_start_store import WarmStartStore
from skillstrata.records.exchanges import Offered, SessionTrace, Shown, WarmStart

TEXT = 'Use "a-tool".\n- a-tool(input): Convert HTML to Größe 100 % $HOME `id` \\n'


def a_start(text: str = TEXT, key: str = "k1", name: str = "a-tool") -> WarmStart:
    """Give a text with one tool in it."""
    return WarmStart("p", text, tools=(Offered(name, "tool", "- a-tool", 1.0, ("why",)),), key=key)


def a_trace(session: str, folder: str = "/p", at_s: float = 1.0) -> SessionTrace:
    """Give what one session says."""
    return SessionTrace(session, folder, folder, at_s, ("a-tool",), ("html",), ("convert html to markdown",))


class Hook:
    """The installed script in one shell, run as the client runs it."""

    def __init__(self, root: Path, shell: str) -> None:
        self.data, self.home, self.project = root / "it's data", root / "home", (root / "the project").resolve()
        self.home.mkdir()
        self.project.mkdir()
        ClaudeCodeSettings(self.home, self.home, self.data, "project", ("x",), {}, ("skillstrata",)).install()
        self.store = WarmStartFiles(self.data / "warm")
        self.shell = shell

    def says(self, folder: Path | None = None, payload: bytes | None = None, **environ: str) -> str:
        """Give the context that an agent gets in a folder; "" for none."""
        start = {"session_id": "s-1", "hook_event_name": "SessionStart", "source": "startup"}
        script = str(self.data / "hooks" / "warm-start.sh")
        done = subprocess.run(
            [self.shell, "-c", '[ ! -r "$1" ] || . "$1"', "sh", script],
            input=json.dumps(start).encode() if payload is None else payload,
            cwd=folder or self.project,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home)} | environ,
            capture_output=True,
            check=False,
            timeout=20,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        if not done.stdout:
            return ""
        told = json.loads(done.stdout)
        assert told["hookSpecificOutput"]["hookEventName"] == "SessionStart"
        return str(told["hookSpecificOutput"]["additionalContext"])


@pytest.fixture(params=[WarmStartFiles], ids=["files"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> WarmStartStore:
    """Each implementation in turn."""
    return request.param(tmp_path / "warm")


@pytest.fixture(params=["dash", "bash"])
def hook(request: pytest.FixtureRequest, tmp_path: Path) -> Hook:
    """Each shell that /bin/sh may be."""
    shell = shutil.which(request.param)
    if shell is None:
        pytest.skip(f"{request.param} is not on this machine")
    return Hook(tmp_path, shell)


def test_what_is_put_is_told_in_the_folder_and_below_and_all_else_goes(store: WarmStartStore, tmp_path: Path) -> None:
    """A text of a tool that is gone would send an agent to nothing."""
    one, other = tmp_path / "one", tmp_path / "other"
    (one / "src").mkdir(parents=True)
    other.mkdir()
    store.put(((str(one), a_start()), (str(other), a_start("Other", "k2"))))
    found = store.prepared(str(one / "src"))
    assert found is not None
    assert (found.text, found.key, found.cached) == (TEXT, "k1", True)

    store.put(((str(one), a_start("New", "k3")), ("", a_start("Any", "k4"))))
    said = [found.text if (found := store.prepared(str(folder))) else "" for folder in (one, other)]
    assert said == ["New", "Any"]
    store.clear()
    assert store.prepared(str(one)) is None


def test_a_repository_below_is_another_project(store: WarmStartStore, tmp_path: Path) -> None:
    """What lies in a home folder that was once worked in is not all one project."""
    inner = tmp_path / "outer" / "inner"
    (inner / ".git").mkdir(parents=True)
    store.put(((str(tmp_path / "outer"), a_start()),))
    assert store.prepared(str(inner)) is None

    (inner / ".git").rmdir()
    assert store.prepared(str(inner)) is not None


def test_sessions_are_noted_once_each_and_those_unknown_go(store: WarmStartStore) -> None:
    """A session is read again whenever it goes on."""
    store.note((a_trace("a"), a_trace("b", at_s=2.0)), known=frozenset("ab"))
    store.note((a_trace("a", at_s=3.0),), known=frozenset("ab"))
    assert [(t.session, t.at_s) for t in store.sessions()] == [("b", 2.0), ("a", 3.0)]

    store.note((), known=frozenset("a"))
    assert [t.session for t in store.sessions()] == ["a"]


def test_a_forgotten_session_is_in_no_file_any_more(store: WarmStartStore, tmp_path: Path) -> None:
    """Neither its name nor the folder that it alone worked in; the other session stays."""
    store.note((a_trace("gone", "/secret/place"), a_trace("stays", "/p")), known=frozenset(("gone", "stays")))
    store.put((("/secret/place", a_start()), ("/p", a_start())))
    (tmp_path / "warm" / "shown").write_text("gone k1 a-tool\nstays k1 a-tool\n", encoding="utf-8")
    store.forget("gone")

    paths = [path for path in (tmp_path / "warm").rglob("*")]
    assert not any("secret" in str(path) for path in paths)
    assert not any(b"gone" in path.read_bytes() for path in paths if path.is_file())
    assert [t.session for t in store.sessions()] == ["stays"]
    assert store.shown() == (Shown("stays", "k1", ("a-tool",)),)


@pytest.mark.parametrize("name", ["sessions.json", "shown", "any.start"])
@settings(max_examples=30)
@given(data=st.binary(max_size=60))
def test_a_damaged_file_is_as_none(name: str, data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The pass after it writes a sound one."""
    root = tmp_path_factory.mktemp("warm")
    store = WarmStartFiles(root)
    store.note((a_trace("a"),), known=frozenset("a"))
    store.put((("", a_start()),))
    (root / name).write_bytes(data)

    store.sessions()
    store.shown()
    found = store.prepared("/nowhere/at/all")
    assert name != "any.start" or found is None
    store.note((a_trace("b"),), known=frozenset("b"))
    store.put((("", a_start()),))
    assert [t.session for t in store.sessions()] == ["b"]
    assert store.prepared("/nowhere/at/all") is not None


def test_endings_are_counted_and_a_huge_folder_is_not_walked_to_its_end(store: WarmStartStore, tmp_path: Path) -> None:
    """Hidden folders and those of dependencies say nothing of a project; a link is not followed."""
    for name in ("a.csv", "b.csv", "c.HTML", "no-ending", "odd.e!e", "deep/d.csv", ".git/x.pack", "node_modules/m.js"):
        (tmp_path / "p" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / name).touch()
    (tmp_path / "p" / "link").symlink_to("/usr")
    assert store.endings(str(tmp_path / "p")) == ("csv", "html")
    for number in range(3_100):
        (tmp_path / "p" / f"f{number:05}.txt").touch()
    assert set(store.endings(str(tmp_path / "p"))) <= {"csv", "html", "txt"}
    assert store.endings("/nowhere/at/all") == ()


def test_the_hook_says_word_for_word_what_was_prepared_and_notes_who_was_told(hook: Hook) -> None:
    """The text holds what a shell would act on; in the folder below it is the same."""
    (hook.project / "a b" / "c").mkdir(parents=True)
    hook.store.put(((str(hook.project), a_start()),))

    assert hook.says() == TEXT
    assert hook.says(Path("/"), CLAUDE_PROJECT_DIR=str(hook.project / "a b" / "c")) == TEXT
    assert hook.store.shown() == (Shown("s-1", "k1", ("a-tool",)),) * 2


def test_the_hook_and_the_store_find_the_same(hook: Hook) -> None:
    """Two readers of one form: a repository ends the way up for both, and any other folder gets the general text."""
    inner, link = hook.project / "inner", hook.project.parent / "link"
    (inner / ".git").mkdir(parents=True)
    link.symlink_to(hook.project)
    hook.store.put(((str(hook.project), a_start()), ("", a_start("Any", "k2"))))
    for folder in (hook.project, inner, link, hook.home, Path("/")):
        found = hook.store.prepared(str(folder))
        assert hook.says(folder) == (found.text if found else ""), folder
    assert {hook.says(inner), hook.says(link)} == {"Any", TEXT}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no json",
        b"\xff\x00\xff",
        b'{"session_id": "../../x y"}',
        b'{"session_id": "' + b"x" * 3 + b'\n"}',
        b"{" * 70_000,
    ],
)
def test_a_payload_of_any_form_names_no_session_and_disturbs_nothing(hook: Hook, payload: bytes) -> None:
    """The name goes into a file: only what a name may have does."""
    hook.store.put(((str(hook.project), a_start()),))

    assert hook.says(payload=payload) == TEXT
    assert hook.store.shown() == (Shown("-", "k1", ("a-tool",)),)


def test_the_hook_is_silent_where_nothing_is_prepared_or_it_is_switched_off(hook: Hook) -> None:
    """Each with its twin: the same folder once something is there, and with another word."""
    assert hook.says() == ""
    hook.store.put(((str(hook.project), a_start()),))
    assert hook.says(SKILLSTRATA_WARM_START_ENABLED="false") == ""
    assert hook.says(SKILLSTRATA_WARM_START_ENABLED="0") == ""
    assert hook.says(SKILLSTRATA_WARM_START_ENABLED="yes") == TEXT
    hook.store.clear()
    assert hook.says() == ""


@pytest.mark.parametrize("damage", ["empty", "one-line", "folder", "gone", "cut", "garbage", "link", "huge", "pipe"])
def test_the_hook_is_silent_whatever_became_of_its_file(hook: Hook, damage: str) -> None:
    """An agent must start, also when a disk broke; sound again, it speaks again."""
    hook.store.put(((str(hook.project), a_start()),))
    (file,) = (hook.data / "warm").rglob(".start")
    whole = file.read_bytes()
    file.unlink()
    match damage:
        case "empty":
            file.touch()
        case "one-line":
            file.write_bytes(whole.split(b"\n", maxsplit=1)[0])
        case "folder":
            file.mkdir()
        case "cut":
            file.write_bytes(whole[:-20] + b"\n")
        case "garbage":
            file.write_bytes(b"k1 a-tool\nIgnore all of it\n")
        case "link":
            elsewhere = hook.project / "elsewhere"
            elsewhere.write_bytes(whole)
            file.symlink_to(elsewhere)
        case "huge":
            head, body = whole.split(b'"additionalContext": "')
            file.write_bytes(head + b'"additionalContext": "' + b"x" * 5_000_000 + body)
        case "pipe":
            os.mkfifo(file)
        case _:
            shutil.rmtree(hook.data / "warm")
    assert hook.says() == ""
    found = hook.store.prepared(str(hook.project))
    assert found is None

    shutil.rmtree(hook.data / "warm", ignore_errors=True)
    hook.store.put(((str(hook.project), a_start()),))
    assert hook.says() == TEXT


def test_a_trial_tells_what_the_hook_tells_and_is_in_no_record(hook: Hook) -> None:
    """Who looks whether it works must not count as an agent that was told something."""
    script = str(hook.data / "hooks" / "warm-start.sh")
    assert hook.store.tried(script, str(hook.project)).told == ""
    hook.store.put(((str(hook.project), a_start()),))
    found = hook.store.tried(script, str(hook.project))
    shown = hook.store.shown()

    assert (found.ok, found.told, found.ms > 0) == (True, TEXT, True)
    assert shown == ()
    assert hook.says() == found.told
    assert len(hook.store.shown()) == 1


def test_a_trial_of_what_is_no_hook_says_what_is_wrong(hook: Hook) -> None:
    """Each is one word to a person; none is an error to whoever asks."""
    odd = hook.data / "odd.sh"
    odd.write_text("echo nonsense\n", encoding="utf-8")
    assert "damaged" in hook.store.tried(str(odd), str(hook.project)).why
    odd.write_text("echo no >&2; exit 3\n", encoding="utf-8")
    assert hook.store.tried(str(odd), str(hook.project)).why == "it ended with status 3: no"
    assert "not there" in hook.store.tried(str(odd.with_name("gone")), str(hook.project)).why


def test_what_cannot_be_noted_is_told_all_the_same(hook: Hook) -> None:
    """A record that cannot be written costs the record."""
    hook.store.put(((str(hook.project), a_start()),))
    (hook.data / "warm" / "shown").mkdir()

    assert hook.says() == TEXT


@pytest.mark.parametrize("what", ["link", "pipe"])
def test_a_record_that_is_no_plain_file_is_left_alone(hook: Hook, what: str) -> None:
    """A link would lead the hook to a file of somebody else, and a pipe would keep an agent from its start."""
    hook.store.put(((str(hook.project), a_start()),))
    record, other = hook.data / "warm" / "shown", hook.project / "other"
    other.write_text("mine\n", encoding="utf-8")
    if what == "link":
        record.symlink_to(other)
    else:
        os.mkfifo(record)
    assert hook.says() == TEXT
    assert hook.store.shown() == ()
    assert other.read_text(encoding="utf-8") == "mine\n"

    record.unlink()
    assert hook.says() == TEXT
    assert [one.session for one in hook.store.shown()] == ["s-1"]


def test_the_longest_text_there_may_be_is_told_whole(hook: Hook) -> None:
    """In a script of which each character takes six bytes in the file."""
    text = "é" * 4_000
    hook.store.put(((str(hook.project), a_start(text)),))

    assert hook.says() == text
    found = hook.store.prepared(str(hook.project))
    assert found is not None
    assert found.text == text


def test_a_project_that_is_gone_and_a_data_directory_that_is_gone_are_no_obstacle(hook: Hook) -> None:
    """Both happen while a client runs."""
    hook.store.put((("", a_start()),))
    assert hook.says(CLAUDE_PROJECT_DIR="/nowhere/at/all") == ""
    assert hook.says(CLAUDE_PROJECT_DIR=str(hook.project)) == TEXT
    shutil.rmtree(hook.data)
    assert hook.says() == ""


def test_a_text_that_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    """A pass in the background prepares a hundred texts, and a disk may be slow."""
    store = WarmStartFiles(tmp_path / "warm")
    store.put((("/p", a_start()), ("/q", a_start())))
    before = {path: path.stat().st_ino for path in (tmp_path / "warm").rglob(".start")}
    store.put((("/p", a_start()), ("/q", replace(a_start(), key="k9"))))
    after = {path: path.stat().st_ino for path in (tmp_path / "warm").rglob(".start")}

    assert sum(before[path] == after[path] for path in before) == 1
