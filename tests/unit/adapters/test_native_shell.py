import threading
from pathlib import Path

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.native_backend import NativeParts, native_backend
from skillstrata.adapters.native_tools import NativeBackend
from skillstrata.library import planted
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.sandbox_runs import MIB, Check, Limits, SandboxJob, SandboxResult
from skillstrata.records.tool_calls import CallBounds, Caller, ToolCall, ToolResult

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def backend() -> NativeBackend:
    """The native tools."""
    return native_backend(NativeParts(planted=planted, sandbox=BubblewrapSandbox))


def _bash(backend: NativeBackend, cwd: Path, **arguments: Json) -> ToolResult:
    return backend.call(ToolCall("native/bash", dict(arguments), Caller("cli", str(cwd)), 20.0), threading.Event())


def _printed(result: ToolResult) -> Json:
    assert isinstance(result.output, dict), result.fault
    return result.output["stdout"]


def test_words_of_argv_are_words(backend: NativeBackend, tmp_path: Path) -> None:
    """No shell reads them."""
    argv: Json = ["printf", "%s|", "$HOME", "a b", "; id", "`id`", "-n"]

    assert _printed(_bash(backend, tmp_path, argv=argv)) == "$HOME|a b|; id|`id`|-n|"


def test_values_of_a_script_arrive_in_variables(backend: NativeBackend, tmp_path: Path) -> None:
    """As they are, whatever is in them; nothing else of ours is in its environment."""
    values: JsonObject = {"WHAT": "$(id); `id` \"'"}
    result = _bash(backend, tmp_path, script='printf %s "$WHAT"; env | grep -c SKILLSTRATA || true', env=values)

    assert _printed(result) == "$(id); `id` \"'0\n"


def test_files_are_seen_and_cannot_be_changed(backend: NativeBackend, tmp_path: Path) -> None:
    """Only those that are named; the folder is empty else, and what is made there is gone."""
    (tmp_path / "in.txt").write_text("input")
    (tmp_path / "other.txt").write_text("other")
    script = "cat in.txt; ls; echo x >in.txt || true; touch made"
    result = _bash(backend, tmp_path, script=script, files=["in.txt"])

    assert _printed(result) == "inputin.txt\n"
    assert (tmp_path / "in.txt").read_text() == "input"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.txt", "other.txt"]


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd"])
def test_files_from_elsewhere_are_not_given(backend: NativeBackend, tmp_path: Path, path: str) -> None:
    """The rule is that of read_file."""
    result = _bash(backend, tmp_path, argv=["true"], files=[path])

    assert result.fault is not None
    assert result.fault.type == "denied"


def test_a_status_other_than_zero_is_an_error_unless_it_is_asked_for(backend: NativeBackend, tmp_path: Path) -> None:
    """With the end of what it printed."""
    failed = _bash(backend, tmp_path, script="echo why >&2; exit 3")
    told = _bash(backend, tmp_path, script="echo why >&2; exit 3", check=False)

    assert failed.fault is not None
    assert (failed.fault.type, "status 3: why" in failed.fault.message) == ("tool_error", True)
    assert told.output == {"exit_code": 3, "stdout": "", "stderr": "why\n"}


@pytest.mark.parametrize(
    "arguments", [{}, {"argv": ["true"], "script": "true"}, {"script": "true", "env": {"A=B": "x"}}]
)
def test_what_is_no_command_is_refused(backend: NativeBackend, tmp_path: Path, arguments: JsonObject) -> None:
    """One of the two, and names that are names."""
    result = _bash(backend, tmp_path, **arguments)

    assert result.fault is not None
    assert (result.fault.type, result.sent) == ("invalid_arguments", False)


def test_there_is_no_network(backend: NativeBackend, tmp_path: Path) -> None:
    """Not even this machine's own."""
    result = _bash(backend, tmp_path, script="exec 3<>/dev/tcp/127.0.0.1/80 && echo open || echo closed", check=False)

    assert _printed(result) == "closed\n"


def test_more_than_fits_is_refused_and_not_cut(backend: NativeBackend, tmp_path: Path) -> None:
    """A later step would take the part for the whole."""
    result = _bash(backend, tmp_path, script="head -c 950000 /dev/zero | tr '\\0' x")

    assert result.fault is not None
    assert result.fault.type == "limit"


class _None:
    tier = "isolated"

    def run(self, job: SandboxJob) -> SandboxResult:
        raise SandboxUnavailable(f"no sandbox for {job.argv[0]}", hint="install bubblewrap")

    def checks(self) -> tuple[Check, ...]:
        return ()


def test_without_a_sandbox_nothing_runs(tmp_path: Path) -> None:
    """And the next step is told."""
    result = _bash(native_backend(NativeParts(planted=planted, sandbox=_None)), tmp_path, argv=["true"])

    assert result.fault is not None
    assert (result.fault.type, result.fault.hint, result.sent) == ("unavailable", "install bubblewrap", False)


@pytest.mark.parametrize(("memory", "kind"), [(64 * MIB, "limit"), (512 * MIB, "")])
def test_policys_limits_bind_what_runs(backend: NativeBackend, tmp_path: Path, memory: int, kind: str) -> None:
    """A skill that policy gives little gets little; the twin runs the same with more."""
    script = "x=$(head -c 120000000 /dev/zero | tr '\\0' y); echo ${#x}"
    bounds = CallBounds(Limits(memory_bytes=memory))
    call = ToolCall("native/bash", {"script": script}, Caller("cli", str(tmp_path)), 20.0, bounds=bounds)
    result = backend.call(call, threading.Event())

    assert ("" if result.fault is None else result.fault.type) in ({kind} if not kind else {kind, "tool_error"})


@pytest.mark.parametrize(("disk", "kind"), [(MIB, "limit"), (30 * MIB, "")])
def test_policys_limit_of_the_disk_binds_the_folder_of_work(
    backend: NativeBackend, tmp_path: Path, disk: int, kind: str
) -> None:
    """Many files count as one does; the twin has room for them."""
    script = "for n in 1 2 3 4 5; do head -c 800000 /dev/zero >f$n; done; echo done"
    bounds = CallBounds(Limits(output_bytes=disk))
    call = ToolCall("native/bash", {"script": script}, Caller("cli", str(tmp_path)), 20.0, bounds=bounds)
    result = backend.call(call, threading.Event())

    assert (result.fault.type if result.fault else "") == kind


def test_policys_limits_never_raise_our_own(tmp_path: Path) -> None:
    """They only lower: what a layer leaves beyond ours is not given."""
    seen: list[Limits] = []

    class Told(_None):
        def run(self, job: SandboxJob) -> SandboxResult:
            seen.append(job.limits)
            return super().run(job)

    backend = native_backend(NativeParts(planted=planted, sandbox=Told))
    for limits in (Limits(cpu_s=3_000, memory_bytes=4_096 * MIB), Limits(cpu_s=2, output_bytes=5 * MIB), None):
        call = ToolCall("native/bash", {"argv": ["true"]}, Caller("cli", str(tmp_path)), bounds=CallBounds(limits))
        backend.call(call, threading.Event())
    own = Limits()

    assert [(one.cpu_s, one.memory_bytes, one.output_bytes) for one in seen] == [
        (own.cpu_s, own.memory_bytes, own.output_bytes),
        (2, own.memory_bytes, 5 * MIB),
        (own.cpu_s, own.memory_bytes, own.output_bytes),
    ]
