"""Servers that hang, die, lie or change: what they cost, and what they cannot reach."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.mcp_backend import McpBackend
from skillstrata.adapters.mcp_transports import DEPTH
from skillstrata.adapters.tool_pins_file import ToolPinsFile
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability, Effects
from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import Caller, ToolCall, ToolFault, ToolResult
from skillstrata.records.tool_servers import ToolServer
from tests.tool_server import TRICK

PROGRAM = str(Path(__file__).parents[2] / "tool_server.py")
Make = Callable[..., McpBackend]


def a_server(mode: str, label: str = "", log: Path | None = None) -> ToolServer:
    """A server of tests.tool_server in one of its modes."""
    words = (PROGRAM, mode, *([str(log)] if log else []))
    return ToolServer(label or mode, "test", "user", command=sys.executable, args=words)


@pytest.fixture
def make(tmp_path: Path) -> Generator[Make]:
    """Make backends over servers; all are closed afterwards."""
    made: list[McpBackend] = []

    def backend(*servers: ToolServer, wait_s: float = 20.0, environ: dict[str, str] | None = None) -> McpBackend:
        variables = {**os.environ, **(environ or {})}
        one = McpBackend(lambda: servers, ToolPinsFile(tmp_path / "pins.json"), variables, wait_s=wait_s)
        made.append(one)
        return one

    yield backend
    for one in made:
        one.close()


def called(backend: McpBackend, path: str, timeout_s: float = 20.0, **arguments: Json) -> ToolResult:
    """Call a tool."""
    return backend.call(ToolCall(path, arguments, Caller("cli", "/"), timeout_s), threading.Event())


def fault(result: ToolResult) -> ToolFault:
    """The fault there has to be."""
    assert result.fault is not None, result.output
    return result.fault


def by_name(backend: McpBackend) -> dict[str, Capability]:
    """Every node by its name."""
    return {node.name: node for node in backend.capabilities()}


def until(holds: Callable[[], bool]) -> bool:
    """Wait for something that another thread brings about."""
    end, pause = time.monotonic() + 20, threading.Event()
    while not holds() and time.monotonic() < end:
        pause.wait(0.02)
    return holds()


@pytest.mark.parametrize(
    ("tool", "output"),
    [
        ("echo", {"text": "{{input.x}}"}),
        ("say", {"text": "{{input.x}}"}),
        ("say_json", {"n": [1, 2]}),
        ("wrong", {"text": 17}),
        ("trick", {"text": TRICK}),
    ],
)
def test_an_answer_becomes_one_constant_form(make: Make, tool: str, output: Json) -> None:
    """composition.md: structured, else the JSON of one text where there is an output schema, else {"text": …}.

    What stands in it stays data: a template, an instruction; whether it fits the schema is the gate's question.
    """
    assert called(make(a_server("honest")), f"mcp/honest/{tool}", text="{{input.x}}").output == output


@pytest.mark.parametrize(
    ("tool", "kind", "sent"),
    [
        ("fail", "tool_error", True),
        ("nonsense", "invalid_output", True),
        ("huge", "limit", True),
        ("big", "limit", True),
        ("die", "transport", True),
        ("absent", "unavailable", False),
    ],
)
def test_what_goes_wrong_is_a_fault_with_its_kind(make: Make, tool: str, kind: str, *, sent: bool) -> None:
    """The engine decides by the kind, and by whether the call left, what may be tried again."""
    result = called(make(a_server("honest")), f"mcp/honest/{tool}")

    assert (fault(result).type, result.sent) == (kind, sent)
    assert "\x1b" not in fault(result).message


def test_fifty_megabytes_cost_the_one_call_only(make: Make) -> None:
    """An answer over the limit is let go while it comes in; the connection lives on."""
    backend = make(a_server("honest"))

    assert fault(called(backend, "mcp/honest/huge")).type == "limit"
    assert called(backend, "mcp/honest/say", text="still here").output == {"text": "still here"}


def test_a_server_that_died_is_started_again_and_the_call_is_not(make: Make, tmp_path: Path) -> None:
    """The outcome of a lost call is unknown: to make it twice could do its work twice."""
    log = tmp_path / "log"
    backend = make(a_server("honest", log=log))

    assert fault(called(backend, "mcp/honest/die")).type == "transport"
    assert called(backend, "mcp/honest/say", text="back").output == {"text": "back"}
    lines = log.read_text().splitlines()
    assert lines.count("call die") == 1
    assert sum(line.startswith("start") for line in lines) == 2


def test_a_call_out_of_time_is_cancelled_at_the_server(make: Make, tmp_path: Path) -> None:
    """Nobody waits for its answer; the session stays good."""
    log = tmp_path / "log"
    backend = make(a_server("honest", log=log))

    assert fault(called(backend, "mcp/honest/hang", timeout_s=0.3)).type == "timeout"
    assert until(lambda: "cancelled" in log.read_text())
    assert called(backend, "mcp/honest/say", text="x").ok


def test_a_definition_that_changes_fails_closed_until_it_is_pinned_anew(make: Make, tmp_path: Path) -> None:
    """CVE-2025-54136: a trusted server swapped its tools. A person has to look again."""
    backend = make(a_server("honest"))
    before = by_name(backend)["mcp:honest/echo"]
    called(backend, "mcp/honest/change")

    assert fault(called(backend, "mcp/honest/echo", text="a")).type == "unavailable"
    node = by_name(backend)["mcp:honest/echo"]
    assert (node.available, node.definition, node.description) == (False, before.definition, before.description)
    assert "changed its definition" in node.reason
    assert backend.states()[0].changed == ("echo",)
    assert called(backend, "mcp/honest/say", text="a").ok

    assert node.state == "changed"
    assert "tools accept mcp:honest/echo" in node.reason
    both = backend.definitions("mcp/honest/echo")
    assert both.held is not None
    assert both.offered is not None
    assert both.held.digest == before.definition != both.offered.digest
    ToolPinsFile(tmp_path / "pins.json").repin(both.offered)
    after = by_name(backend)["mcp:honest/echo"]
    assert after.available
    assert after.definition != before.definition
    assert called(backend, "mcp/honest/echo", text="a").ok


def test_a_changed_definition_is_noticed_after_a_restart(make: Make) -> None:
    """The pins outlive the process; a server may wait for it."""
    first = make(a_server("honest", "x"))
    first.capabilities()
    first.close()
    second = make(a_server("two-pages", "x"))
    nodes = by_name(second)

    assert nodes["mcp:x/first"].available
    assert not nodes["mcp:x/echo"].available
    assert "no longer offers" in nodes["mcp:x/echo"].reason
    assert (nodes["mcp:x/echo"].state, nodes["mcp:x/first"].state) == ("gone", "")
    assert second.definitions("mcp/x/echo").offered is None


def test_damaged_pins_stop_every_tool(make: Make, tmp_path: Path) -> None:
    """What cannot be vouched for is not called; twin: the same tool works before."""
    backend = make(a_server("honest"))
    assert called(backend, "mcp/honest/say", text="x").ok
    (tmp_path / "pins.json").write_text("{")

    assert fault(called(backend, "mcp/honest/say", text="x")).type == "unavailable"
    assert not any(node.available for node in backend.capabilities())


def test_a_server_that_hangs_or_is_dead_holds_nobody_up(make: Make) -> None:
    """One silent server must not take the tools of all others away."""
    backend = make(a_server("hang-start"), a_server("dead"), a_server("honest"), wait_s=3.0)
    began = time.monotonic()

    assert by_name(backend)["mcp:honest/say"].available
    assert time.monotonic() - began < 15
    states = {state.label: state for state in backend.states()}
    assert (states["hang-start"].state, states["dead"].state) == ("starting", "down")
    assert "cannot find [31mthe database" in states["dead"].reason


def test_a_server_that_is_down_is_listed_from_its_pins(make: Make) -> None:
    """A skill that uses it can be compiled; a call says why it cannot be made."""
    first = make(a_server("honest", "x"))
    first.capabilities()
    first.close()
    backend = make(a_server("dead", "x"))
    node = by_name(backend)["mcp:x/say"]

    assert not node.available
    assert "is down" in node.reason
    assert node.state == "down"
    assert json.loads(node.input_schema)["required"] == ["text"]
    assert fault(called(backend, "mcp/x/say", timeout_s=1.0, text="x")).type in {"unavailable", "timeout"}


def test_noise_on_stdout_is_no_answer(make: Make) -> None:
    """Many programs print a greeting; some print what looks like a message."""
    assert called(make(a_server("noise")), "mcp/noise/say", text="x").output == {"text": "x"}


@pytest.mark.parametrize(("mode", "tools"), [("many", 2_000), ("endless", 100), ("one-cursor", 1), ("two-pages", 2)])
def test_lists_of_any_length_end(make: Make, mode: str, tools: int) -> None:
    """Every page is read; a server that never stops is stopped, and it is told that something is missing."""
    backend = make(a_server(mode))

    assert len(backend.capabilities()) == tools
    assert bool(backend.states()[0].reason) == (mode != "two-pages")


def test_names_stay_as_they_are_and_cannot_pretend(make: Make) -> None:
    """A slash or colon is part of a name; what is not seen as itself is no name."""
    backend = make(a_server("names"), a_server("names", "names/a"))
    names = set(by_name(backend))

    assert {"mcp:names/a/b:c", "mcp:names/搜索", "mcp:names%2Fa/a/b:c"} <= names
    assert len(names) == 6
    assert called(backend, "mcp/names/a/b:c").output == {"text": "called a/b:c"}
    assert called(backend, "mcp/names%2Fa/搜索").output == {"text": "called 搜索"}


def test_schemas_that_cannot_be_used_cost_their_own_tool(make: Make) -> None:
    """Not a schema, a remote reference, a bomb: each is said, and nothing is fetched."""
    found = {node.name.rpartition("/")[2]: node for node in make(a_server("bad-schema")).capabilities()}

    assert [name for name, node in found.items() if node.available] == ["good"]
    assert "not a JSON Schema" in found["no_type"].reason
    assert "outputSchema" in found["bad_output"].reason
    assert "Retrieval is disabled" in found["remote"].reason
    assert "nested deeper" in found["deep"].reason
    assert "bytes" in found["large"].reason
    assert "bytes" in found["vast"].reason


def test_a_list_that_is_none_costs_its_server_only(make: Make) -> None:
    """The client takes a page whole or not at all: the reason names the field."""
    backend = make(a_server("bad-page"), a_server("honest"))

    assert called(backend, "mcp/honest/say", text="x").ok
    assert "tools.0.inputSchema" in backend.states()[0].reason


def test_what_a_server_says_may_raise_an_approval_and_never_lower_it(make: Make) -> None:
    """Annotations are claims of a stranger; the twin trusts them, for effects alone."""
    plain = by_name(make(a_server("honest")))
    trusted = by_name(make(replace(a_server("honest"), annotations_trusted=True)))

    levels = {name: plain[f"mcp:honest/{name}"].approval for name in ("say", "safe", "send", "wipe")}
    assert levels == {
        "say": Approval.PLAN_CONFIRM,
        "safe": Approval.PLAN_CONFIRM,
        "send": Approval.DATA_EXPORT,
        "wipe": Approval.EXEC_ESCALATION,
    }
    assert plain["mcp:honest/safe"].effects == Effects()
    assert trusted["mcp:honest/safe"].effects == Effects(read_only=True, destructive=False, open_world=False)
    assert trusted["mcp:honest/safe"].approval is Approval.PLAN_CONFIRM


def test_words_of_a_server_are_made_harmless(make: Make) -> None:
    """A title that reverses the line, or moves a terminal's cursor, could show another tool than it is."""
    node = by_name(make(a_server("honest")))["mcp:honest/trick"]

    assert node.title == "Trick[31m"
    assert node.description == TRICK


def test_a_short_name_means_one_tool_or_none(make: Make) -> None:
    """The seed's step says `web_search`: with one server that has it, that is it."""
    one = by_name(make(a_server("honest")))
    two = by_name(make(a_server("honest", "a"), a_server("honest", "b")))

    assert "web_search" in one["mcp:honest/web_search"].aliases
    assert "mcp__honest__web_search" in one["mcp:honest/web_search"].aliases
    assert two["mcp:a/web_search"].aliases == ("mcp__a__web_search",)


def test_what_may_not_be_started_is_not(make: Make, tmp_path: Path) -> None:
    """A project's server before somebody trusts it, and a broken entry; the twin is started."""
    log = tmp_path / "log"
    backend = make(replace(a_server("honest", log=log), trusted=False))

    assert backend.capabilities() == ()
    assert backend.states()[0].state == "untrusted"
    assert not log.exists()
    assert make(a_server("honest", log=log)).capabilities()
    assert log.exists()


def test_a_program_gets_its_variables_and_not_ours(make: Make, tmp_path: Path) -> None:
    """The environment of whoever runs us holds keys that are no server's business."""
    log = tmp_path / "log"
    make(a_server("honest", log=log), environ={"PLANTED_SECRET": "hunter2"}).capabilities()

    assert log.read_text().startswith("start depth=1 secret=None")


def test_servers_of_servers_end_somewhere(make: Make) -> None:
    """A server may start an agent, and that one us again: at the third of us no server is started."""
    assert make(a_server("honest"), environ={DEPTH: "1"}).capabilities()
    assert make(a_server("honest"), environ={DEPTH: "2"}).capabilities() == ()


def test_nothing_is_started_before_the_first_question(make: Make, tmp_path: Path) -> None:
    """To list what is known must cost a server nothing."""
    log = tmp_path / "log"
    backend = make(a_server("honest", log=log))
    backend.known()
    backend.states()
    assert not log.exists()

    backend.capabilities()
    assert log.exists()


def test_listeners_hear_of_a_change(make: Make) -> None:
    """Whoever shows tools to an agent has to tell it."""
    backend = make(a_server("honest"))
    backend.capabilities()
    heard = threading.Event()
    end = backend.subscribe(heard.set)
    called(backend, "mcp/honest/change")

    assert heard.wait(20)
    end()


def test_calls_of_many_threads_run_beside_each_other(make: Make) -> None:
    """One that hangs does not stop the others; eight at once are let through."""
    backend = make(a_server("honest"))
    backend.capabilities()
    slow = threading.Thread(target=called, args=(backend, "mcp/honest/hang", 5.0))
    slow.start()
    results: list[ToolResult] = []
    threads = [
        threading.Thread(target=lambda: results.append(called(backend, "mcp/honest/say", text="x"))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert [result.ok for result in results] == [True] * 16
    assert slow.is_alive()
    backend.close()
    slow.join(20)
