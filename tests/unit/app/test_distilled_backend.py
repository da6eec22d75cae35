import threading
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.distilled_backend import DistilledTools
from skillstrata.app.exposure import refuse_call
from skillstrata.app.reports import CallReport, CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.records.sandbox_runs import MIB, Limits
from skillstrata.records.tool_calls import CallBounds, Caller, ToolCall
from tests.distilled_tools import LIMITS, distilled_tools
from tests.fakes.sample_tools import a_tool, an_entry, rendered


def _call(cwd: Path, bounds: CallBounds, path: str = "a.txt", *, timeout_s: float = 60.0) -> ToolCall:
    return ToolCall("distilled/say", {"input": path}, Caller("cli", str(cwd)), timeout_s, bounds=bounds)


@pytest.mark.parametrize(
    ("left", "wanted"),
    [
        (None, {"wall_s": 40}),
        (
            Limits(cpu_s=2, memory_bytes=300 * MIB, output_bytes=5 * MIB),
            {"wall_s": 40, "cpu_s": 2, "memory_bytes": 300 * MIB, "output_bytes": 5 * MIB},
        ),
        (
            Limits(cpu_s=3_000, memory_bytes=9_000 * MIB, output_bytes=9_000 * MIB),
            {
                "wall_s": 40,
                "cpu_s": LIMITS.cpu_s,
                "memory_bytes": LIMITS.memory_bytes,
                "output_bytes": LIMITS.output_bytes,
            },
        ),
    ],
)
def test_policys_limits_bind_the_program_and_never_raise_its_own(
    tmp_path: Path, left: Limits | None, wanted: dict[str, int]
) -> None:
    """The contract's limits are the most; a skill that policy gives less gets less."""
    backend, calls = distilled_tools(tmp_path)

    assert backend.call(_call(tmp_path, CallBounds(left)), threading.Event()).ok
    assert dict(calls.came[0].limits) == wanted


def test_a_file_is_in_a_folder_that_every_layer_leaves(tmp_path: Path) -> None:
    """A step reads no more through a program than through read_file, links followed."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "out.txt")
    (tmp_path / "out.txt").write_text("x")
    backend, calls = distilled_tools(tmp_path)
    bounds = CallBounds(roots=((str(tmp_path),), (str(tmp_path / "in"),)))
    for path in ("out.txt", "in/link.txt"):
        refused = backend.call(_call(tmp_path, bounds, path), threading.Event())
        assert refused.fault is not None
        assert (refused.fault.type, refused.sent) == ("denied", False)

    assert calls.came == []
    assert backend.call(_call(tmp_path, bounds, "in/a.txt"), threading.Event()).ok


@pytest.mark.parametrize(("level", "fault"), [("searchable", "unavailable"), ("listed", "")])
def test_a_step_may_call_what_agents_may_call(tmp_path: Path, level: str, fault: str) -> None:
    """A step of a composed tool is an agent's call like any other, and its refusal has a code and a next step."""
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    app.library.deposit("say", rendered(replace(a_tool("say"), visibility=level)), an_entry())

    def run(of: App, request: CallRequest) -> CallReport:
        refuse_call(of.library.tool(request.name), request.surface)
        return CallReport(True, "say", "html", 1, text="said")

    call = ToolCall("distilled/say", {"input": "a.html"}, Caller("mcp", str(tmp_path)))
    found = DistilledTools(app, run).call(call, threading.Event()).fault

    assert (found.type if found else "") == fault
    assert found is None or (found.code, "skillstrata expose say" in found.hint) == ("library.not_offered", True)


def test_outputs_go_where_the_call_says_within_what_policy_leaves(tmp_path: Path) -> None:
    """A folder outside is refused before anything runs; without one there is a fresh folder."""
    backend, calls = distilled_tools(tmp_path)
    (tmp_path / "in").mkdir()
    bounds = CallBounds(roots=((str(tmp_path / "in"),),))
    call = _call(tmp_path, bounds, "in/a.txt")
    inside = backend.call(replace(call, out_dir=str(tmp_path / "in" / "made")), threading.Event())
    outside = backend.call(replace(call, out_dir=str(tmp_path / "out")), threading.Event())
    fresh = backend.call(call, threading.Event())

    assert (inside.ok, fresh.ok) == (True, True)
    assert outside.fault is not None
    assert (outside.fault.type, outside.sent) == ("denied", False)
    assert calls.came[0].out_dir == str(tmp_path / "in" / "made")
    assert calls.came[1].out_dir.startswith(str(tmp_path / "data" / "outputs"))


@pytest.mark.parametrize("place", ["data", "data/skills/say", "way/skills", "in/../data", "data/outputs/.."])
def test_no_output_lies_among_what_this_program_keeps(tmp_path: Path, place: str) -> None:
    """With one call an agent would write its own policy; the folder for outputs is the twin."""
    backend, calls = distilled_tools(tmp_path)
    (tmp_path / "data" / "outputs").mkdir(parents=True)
    (tmp_path / "in").mkdir()
    (tmp_path / "way").symlink_to("data")
    call = _call(tmp_path, CallBounds())
    refused = backend.call(replace(call, out_dir=str(tmp_path / place)), threading.Event())

    assert refused.fault is not None
    assert (refused.fault.type, refused.fault.code, refused.sent) == ("denied", "call.output_planted", False)
    assert calls.came == []
    for allowed in ("data/outputs/mine", "way/outputs", "in"):
        assert backend.call(replace(call, out_dir=str(tmp_path / allowed)), threading.Event()).ok


def test_a_fault_inside_reaches_who_waits_and_does_not_hang(tmp_path: Path) -> None:
    """The call runs in a thread of its own: lost there, the fault would look like a program without an end."""
    backend, calls = distilled_tools(tmp_path)

    def broken(_app: App, _request: CallRequest) -> CallReport:
        raise ValueError("inside")

    broken_one = DistilledTools(backend._app, broken)
    with pytest.raises(ValueError, match="inside"):
        broken_one.call(_call(tmp_path, CallBounds()), threading.Event())
    assert backend.call(_call(tmp_path, CallBounds()), threading.Event()).ok
    assert len(calls.came) == 1
