import threading
from pathlib import Path

import pytest

from skillstrata.records.sandbox_runs import MIB, Limits
from skillstrata.records.tool_calls import CallBounds, Caller, ToolCall
from tests.distilled_tools import LIMITS, distilled_tools


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
