"""The hook script: one file per event, and an agent that never notices."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings

BUILTIN_ONLY = "/nowhere"
LARGE = b'{"x": "' + b"y" * 1_000_000 + b'"}'


class Hook:
    """An installed hook and the shell that runs it."""

    def __init__(self, root: Path, shell: str) -> None:
        self.data_dir = root / "it's data"
        self.spool = self.data_dir / "spool"
        self.shell = shell
        home = root / "home"
        home.mkdir()
        settings = ClaudeCodeSettings(home, home, self.data_dir, "project", ("skillstrata",), {})
        settings.install()
        self.path = settings.hook_path()
        self.settings = home / ".claude" / "settings.json"

    def run(self, payload: bytes = b"{}", **environ: str) -> subprocess.CompletedProcess[bytes]:
        return self.start([self.shell, self.path], payload, environ)

    def start(self, argv: list[str], payload: bytes, environ: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            argv,
            input=payload,
            env={"PATH": os.environ["PATH"]} | environ,
            capture_output=True,
            check=False,
            timeout=20,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        return done

    def new(self) -> list[bytes]:
        return [p.read_bytes() for p in (self.spool / "new").iterdir()]


@pytest.fixture(params=["dash", "bash"])
def hook(request: pytest.FixtureRequest, tmp_path: Path) -> Hook:
    """Each shell that /bin/sh may be."""
    shell = shutil.which(request.param)
    if shell is None:
        pytest.skip(f"{request.param} is not on this machine")
    return Hook(tmp_path, shell)


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff\x00\n", LARGE], ids=["empty", "small", "binary", "1 MB"])
def test_an_event_becomes_one_private_file(hook: Hook, payload: bytes) -> None:
    """Every byte, nothing in tmp, readable by the user alone."""
    hook.run(payload)
    hook.run(payload)

    assert hook.new() == [payload, payload]
    assert list((hook.spool / "tmp").iterdir()) == []
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (hook.spool / "new").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((hook.spool / "new").stat().st_mode) == 0o700


def test_another_spool_can_be_named(hook: Hook, tmp_path: Path) -> None:
    """Tests and recordings take this way."""
    for name in ("tmp", "new"):
        (tmp_path / "other" / name).mkdir(parents=True)
    hook.run(b"x", SKILLSTRATA_SPOOL=str(tmp_path / "other"))

    assert hook.new() == []
    assert len(list((tmp_path / "other" / "new").iterdir())) == 1


def test_the_command_in_the_settings_runs_the_script(hook: Hook) -> None:
    """A data directory with a quote and a space in its name included."""
    (event, *_) = hook.settings.read_text().split('"command": "')[1:]
    command = event.split('",\n')[0].replace('\\"', '"')
    hook.start([hook.shell, "-c", command], b"x", {})
    assert hook.new() == [b"x"]

    shutil.rmtree(hook.data_dir)
    hook.start([hook.shell, "-c", command], b"x", {})
    assert not hook.data_dir.exists()


@pytest.mark.parametrize("missing", ["", "new", "tmp"])
def test_a_missing_spool_disturbs_nobody(hook: Hook, missing: str) -> None:
    """A data directory may be deleted while agents run; `run` checks status and silence."""
    shutil.rmtree(hook.spool / missing)
    hook.run(LARGE)

    assert missing == "new" or not (hook.spool / "new").exists() or hook.new() == []
    assert (hook.spool / "dropped").exists() is bool(missing)


def test_two_lost_events_are_two_lines(hook: Hook) -> None:
    """`status` shows how many."""
    shutil.rmtree(hook.spool / "tmp")
    hook.run()
    hook.run()

    assert (hook.spool / "dropped").read_bytes() == b"\n\n"


def test_without_home_or_programs_on_path_it_is_still_silent(hook: Hook) -> None:
    """Clients start hooks with whatever environment they have."""
    hook.run(PATH=BUILTIN_ONLY)

    assert hook.new() == []


def _in_namespace(hook: Hook, *mounts: str) -> None:
    argv = ["bwrap", "--dev-bind", "/", "/", *mounts, hook.shell, hook.path]
    hook.start(argv, LARGE, {})


@pytest.mark.sandbox
def test_a_read_only_spool_disturbs_nobody(hook: Hook) -> None:
    """`run` checks status and silence; the twin shows that the same call works where it may write."""
    _in_namespace(hook, "--ro-bind", str(hook.spool), str(hook.spool))
    assert hook.new() == []

    _in_namespace(hook)
    assert hook.new() == [LARGE]


@pytest.mark.sandbox
def test_a_full_disk_disturbs_nobody_and_commits_no_stump(hook: Hook, tmp_path: Path) -> None:
    """A half-written event must stay in tmp; the mark of the loss is left where there is room for it."""
    script = (
        f"cd '{tmp_path}/full' && mkdir tmp new && SKILLSTRATA_SPOOL=$PWD {hook.shell} \"$0\"; code=$?; "
        f"ls new tmp | wc -w >'{tmp_path}/seen'; ls new >>'{tmp_path}/seen'; ls dropped >>'{tmp_path}/seen'; exit $code"
    )
    (tmp_path / "full").mkdir()
    mounts = ["--size", "300000", "--tmpfs", str(tmp_path / "full")]
    argv = ["bwrap", "--dev-bind", "/", "/", *mounts, hook.shell, "-c", script, hook.path]
    hook.start(argv, LARGE, {})

    count, *names = (tmp_path / "seen").read_text().split()
    assert int(count) == 3  # "new:", "tmp:" and the stump in tmp
    assert names == ["dropped"]


def test_events_written_at_once_are_all_there_and_whole(hook: Hook) -> None:
    """Calls of one batch end at the same moment; appending to one file lost a third of them."""
    payloads = {f"{n}".encode() * 200_000 for n in range(10, 26)}
    running = [
        subprocess.Popen([hook.shell, hook.path], stdin=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
        for _ in payloads
    ]
    for process, payload in zip(running, payloads, strict=True):
        assert process.stdin is not None
        process.stdin.write(payload[:100_000])
    for process, payload in zip(running, payloads, strict=True):
        process.communicate(payload[100_000:], timeout=20)

    assert set(hook.new()) == payloads
    assert len(hook.new()) == len(payloads)


def test_a_killed_hook_leaves_nothing_in_new(hook: Hook) -> None:
    """A client that ends kills its hooks."""
    with subprocess.Popen(
        [hook.shell, hook.path], stdin=subprocess.PIPE, env={"PATH": os.environ["PATH"]}, process_group=0
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"half")
        process.stdin.flush()
        os.killpg(process.pid, signal.SIGKILL)

    assert hook.new() == []
