"""`skillstrata import` on histories that are damaged, enormous, circular, or change while they are read."""

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.surfaces.cli.main import main
from tests.contracts.histories import HISTORIES
from tests.told_sessions import ToldSession

MOST_MB = 300
# Between the tests and what is measured: a process begins with the most memory that its parent ever had, so the parent
# must be small and have no other child.
MEASURED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss, end="")
sys.exit(os.waitstatus_to_exitcode(status))
"""
Use = Callable[..., tuple[int, Any]]
in_lines = st.sampled_from([name for name, history in HISTORIES.items() if history.in_lines])
JUNK = (b"", b"\x00" * 40, b"\xff\xfe{", b"[" * 5000, b'{"type":', b"null", b'"\\ud800"', b'{"type":[{}]}', b"\r")


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Import paths into the data directory `data`; give the code and the JSON."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def run(*paths: Path, data: str = "data") -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["--data-dir", str(tmp_path / data), "import", *map(str, paths), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def _imported(folder: Path, *paths: Path) -> tuple[Any, float]:
    """Do the same in a process of its own; give its JSON and the most megabytes that this very process had."""
    words = ["-m", "skillstrata", "--data-dir", str(folder / "data"), "import", "--json", *map(str, paths)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    shown, _, most = done.stdout.rpartition("\n")
    return json.loads(shown), int(most) / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _session(name: str = "s1", calls: int = 6) -> ToldSession:
    told = ToldSession(name)
    told.prompt("list them")
    for number in range(calls):
        told.bash(f"ls {number}", f"{number}.csv\n")
        told.noise()
    return told


def _balances(report: dict[str, Any]) -> bool:
    calls = report["calls"]
    return calls["found"] == calls["new"] + calls["duplicate"] + calls["quarantined"] + calls["forgotten"]


def _damaged(data: bytes, dice: random.Random) -> bytes:
    """Cut, mix, or garble the lines of a file."""
    lines = data.split(b"\n")
    match dice.randrange(6):
        case 0:
            return data[: dice.randrange(len(data))]
        case 1:
            dice.shuffle(lines)
        case 2:
            lines.insert(dice.randrange(len(lines)), dice.choice(JUNK))
        case 3:
            lines = [_other_types(line, dice) for line in lines]
        case 4:
            return data.replace(b"\n", b"\r\n")
        case _:
            at = dice.randrange(len(data))
            return data[:at] + dice.randbytes(dice.randrange(1, 30)) + data[at:]
    return b"\n".join(lines)


def _other_types(line: bytes, dice: random.Random) -> bytes:
    """Give some values of a line another type than they have."""

    def swapped(value: object) -> object:
        if dice.random() < 0.08:
            return dice.choice([None, 7, "text", [], {}, True, [[1]], {"type": "text"}, -1.5e300, ""])
        if isinstance(value, dict):
            return {key: swapped(one) for key, one in value.items()}
        return [swapped(one) for one in value] if isinstance(value, list) else value

    try:
        return json.dumps(swapped(json.loads(line))).encode()
    except (ValueError, RecursionError):
        return line


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(agent=in_lines, seed=st.integers(0, 2**32))
def test_damage_is_listed_and_counts_balance(use: Use, tmp_path: Path, agent: str, seed: int) -> None:
    """No bytes end the import; each fault has its file, line and reason; a second import of the same finds no more."""
    dice = random.Random(seed)  # noqa: S311 - chance that a seed repeats, no secret
    folder = tmp_path / str(seed) / agent
    folder.mkdir(parents=True, exist_ok=True)
    data = HISTORIES[agent].text
    for _ in range(dice.randrange(1, 4)):
        data = _damaged(data, dice) or b"\n"
    (folder / "history").write_bytes(data)
    (folder / "whole").write_bytes(_session(f"whole{seed}").save(folder / "whole").read_bytes())
    code, report = use(folder)
    again = use(folder)[1]

    assert code == 0
    assert _balances(report)
    assert report["calls"]["found"] >= 6
    assert all(fault["file"].startswith(str(folder)) and fault["reason"] for fault in report["diagnostics"])
    assert [fault for fault in report["diagnostics"] if "fault of the program" in fault["reason"]] == []
    assert (again["calls"]["new"], again["events"]["new"]) == (0, 0)


def test_a_damaged_line_costs_that_line_only(use: Use, tmp_path: Path) -> None:
    """Twin of the fuzz: which calls are left is known exactly."""
    lines = _session().lines
    # The answer of the first call and the question of the second are lost; their other halves stand alone.
    broken = [*lines[:2], b"{broken\n", lines[3], b'{"type": "assist\n', *lines[5:]]
    (tmp_path / "s.jsonl").write_bytes(b"".join(broken))
    report = use(tmp_path / "s.jsonl")[1]

    assert [(f["line"], f["file"]) for f in report["diagnostics"]][:2] == [
        (n, str(tmp_path / "s.jsonl")) for n in (3, 5)
    ]
    # The second call is known by its result alone: it is counted, and cannot be stored.
    assert report["calls"] | {"found": 6, "new": 5, "quarantined": 1} == report["calls"]
    assert _balances(report)


def test_a_result_alone_in_a_whole_file_is_no_lost_call(use: Use, tmp_path: Path) -> None:
    """Twin: a history that begins in the middle holds the ends of calls that stand elsewhere."""
    lines = _session().lines
    (tmp_path / "s.jsonl").write_bytes(b"".join([*lines[:1], *lines[2:]]))
    report = use(tmp_path / "s.jsonl")[1]

    assert report["calls"] | {"found": 5, "new": 5, "quarantined": 0} == report["calls"]
    assert {"what": "a result without its call", "count": 1} in report["left_out"]


def test_a_line_of_a_hundred_megabytes_costs_a_line_and_no_memory(tmp_path: Path) -> None:
    """Constant memory, whatever stands in a file; measured in the process that imports."""
    lines = _session().lines
    with (tmp_path / "s.jsonl").open("wb") as file:
        file.writelines(lines[:3])
        file.write(b'{"type":"user","sessionId":"s1","message":{"role":"user","content":"')
        for _ in range(100):
            file.write(b"lorem ipsum " * (1_000_000 // 12))
        file.write(b'"}}\n')
        file.writelines(lines[3:])
    report, most = _imported(tmp_path, tmp_path / "s.jsonl")

    assert report["calls"]["found"] == report["calls"]["new"] == 6
    assert [(fault["line"], "it was skipped" in fault["reason"]) for fault in report["diagnostics"]] == [(4, True)]
    assert most < MOST_MB, f"{most:.0f} MB"


@pytest.mark.parametrize(("half", "new", "quarantined"), [(1, 2, 1), (2, 3, 0)], ids=["question", "answer"])
def test_the_call_of_a_line_that_is_too_long_is_in_one_bucket(
    use: Use, tmp_path: Path, half: int, new: int, quarantined: int
) -> None:
    """Its other half tells of it: asked for, its outcome is unknown; answered, nothing is there to be stored."""
    lines = _session(calls=3).lines
    long = json.loads(lines[half])
    block = long["message"]["content"][0]
    block["input" if half == 1 else "content"] = {"command": "x" * 17_000_000} if half == 1 else "x" * 17_000_000
    lines[half] = json.dumps(long).encode() + b"\n"
    (tmp_path / "s.jsonl").write_bytes(b"".join(lines))
    report = use(tmp_path / "s.jsonl")[1]
    again = use(tmp_path / "s.jsonl")[1]

    assert report["calls"] | {"found": 3, "new": new, "quarantined": quarantined} == report["calls"]
    assert [fault["line"] for fault in report["diagnostics"]] == [half + 1]
    assert report["events"]["quarantined"] == 1
    assert (again["unchanged"], again["calls"]["found"]) == (1, 0)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Sixty megabytes of calls, each with a large output; the same bound."""
    told = ToldSession("s1")
    with (tmp_path / "s.jsonl").open("wb") as file:
        for number in range(300):
            told.records.clear()
            told.bash(f"cat {number}", f"{number} lorem ipsum\n" * 6000)
            file.writelines(told.lines)
    report, most = _imported(tmp_path, tmp_path / "s.jsonl")

    assert report["calls"]["new"] == 300
    assert most < MOST_MB, f"{most:.0f} MB"


def test_the_measure_is_of_the_process_alone(tmp_path: Path) -> None:
    """What the tests themselves hold, or once held, is no memory of the import; what the import takes is."""
    held = bytearray(MOST_MB * 1_000_000)
    held[:: os.sysconf("SC_PAGESIZE")] = b"x" * len(range(0, len(held), os.sysconf("SC_PAGESIZE")))
    _, most = _imported(tmp_path, _session().save(tmp_path / "s.jsonl"))

    assert len(held) > 0
    assert 10 < most < MOST_MB / 2


@pytest.mark.parametrize("deep", [b"[" * 200_000, b'{"a":' * 100_000], ids=["arrays", "objects"])
def test_deep_nesting_is_a_fault(use: Use, tmp_path: Path, deep: bytes) -> None:
    """A parser that recurses would end the program."""
    closed = deep + (b"]" * 200_000 if deep[:1] == b"[" else b"1" + b"}" * 100_000)
    (tmp_path / "s.jsonl").write_bytes(b"".join([*_session().lines, deep + b"\n", closed + b"\n"]))
    report = use(tmp_path / "s.jsonl")[1]

    assert len(report["diagnostics"]) >= 1
    assert report["calls"]["new"] == 6


def test_what_cannot_be_read_is_named_and_the_rest_is_imported(use: Use, tmp_path: Path) -> None:
    """Pipes, links in a circle, broken links, folders where a file should be: a line of the report each."""
    told = tmp_path / "h"
    _session().save(told / "good.jsonl")
    os.mkfifo(told / "pipe.jsonl")
    (told / "loop").symlink_to(told)
    (told / "broken.jsonl").symlink_to(told / "nowhere")
    (told / "folder.jsonl").mkdir()
    code, report = use(told)

    assert (code, report["calls"]["new"]) == (0, 6)
    assert {Path(f["file"]).name for f in report["diagnostics"]} == {"pipe.jsonl", "loop", "broken.jsonl"}


@pytest.fixture
def writer() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Do something again and again in the background until the test is over."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def start(work: Callable[[], None]) -> None:
        def again() -> None:
            while not over.is_set():
                work()

        threads.append(threading.Thread(target=again))
        threads[-1].start()

    yield start
    over.set()
    for thread in threads:
        thread.join(timeout=10)


def test_a_folder_that_changes_during_the_import_loses_nothing(
    use: Use, tmp_path: Path, writer: Callable[[Callable[[], None]], None]
) -> None:
    """Agents write while we read: files grow, come and go. What was cut or missed comes with the next import."""
    told = tmp_path / "h"
    growing = _session("growing", calls=0)
    growing.save(told / "growing.jsonl")
    for number in range(30):
        _session(f"s{number}", calls=3).save(told / f"{number}.jsonl")

    def change() -> None:
        start = len(growing.records)
        growing.bash("date")
        with (told / "growing.jsonl").open("ab") as file:
            for line in growing.lines[start:]:
                file.write(line[:20])
                file.flush()
                file.write(line[20:])
        passing = told / "passing"
        passing.mkdir(exist_ok=True)
        (passing / "x.jsonl").write_bytes(growing.lines[0])
        (passing / "x.jsonl").unlink()
        passing.rmdir()

    writer(change)
    reports = [use(told)[1] for _ in range(3)]
    assert all(_balances(report) for report in reports)
    assert sum(report["calls"]["new"] for report in reports) >= 90


def test_after_the_changes_everything_is_there_once(
    use: Use, tmp_path: Path, writer: Callable[[Callable[[], None]], None]
) -> None:
    """The end of the story above: the import after the last change has every call, with its result, once."""
    growing = _session("growing", calls=0)
    path = growing.save(tmp_path / "h" / "growing.jsonl")
    done = threading.Event()

    def grow() -> None:
        if len(growing.calls) >= 40:
            done.set()
            return
        start = len(growing.records)
        growing.bash("date", "today")
        with path.open("ab", buffering=0) as file:
            for line in growing.lines[start:]:
                file.write(line[:50])
                file.write(line[50:])

    writer(grow)
    new = 0
    while not done.is_set():
        new += use(tmp_path / "h")[1]["calls"]["new"]
    last = use(tmp_path / "h")[1]
    whole = use(tmp_path / "h", data="fresh")[1]

    assert new + last["calls"]["new"] == whole["calls"]["new"] == 40
    assert last["diagnostics"] == whole["diagnostics"] == []
