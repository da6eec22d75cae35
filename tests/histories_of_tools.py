"""A made-up history of a whole library: sessions that write programs, find tools, call them, or write them again.

history = tool_history(home)        # 300 sessions of 3 projects in 64 days; what is learned from work stands in most
for session in history: session.payloads, session.deeds

Payloads are what the hook is given. Deeds are what the product itself is asked at that moment: a start, a search,
a call.
"""

import re
import uuid
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tests.histories_of_work import DAY_S, WorkSession, work_history
from tests.programs import (
    CSV_TABLE,
    CSV_TO_JSON,
    HTML_PAGE,
    HTML_TO_MD,
    JSON_RECORDS,
    JSON_TO_CSV,
    LOG,
    LOG_ERRORS,
)
from tests.sayings_of_work import ATLAS, LEDGER, SHOP

SESSIONS, DAYS = 300, 64.0
LEARNED_DAY = 30.0
"""On this day somebody looks at the drafts and takes all of them."""
UNUSED_DAYS = 25
CSV_JSON, LOG_LINES, JSON_CSV, HTML_MD = "csv-to-json", "filter-text", "json-to-csv", "html-to-markdown"
USED = ("pnpm", "round", "sub-agent")
"""What is planted, learned and then used; the rest of what is learned is not."""

# One field more in the second record: the program writes a table of the first one's fields, and fails.
RAGGED_RECORDS = '[{"name": "Marten", "tons": 4821}, {"name": "Otter", "tons": 1730, "flag": "SE"}]\n'
# A cell outside of any row: the program counts on a row.
LOOSE_PAGE = "<html><body><h1>Tides</h1><table><td>Norrvik</td><td>14</td></table></body></html>\n"
OTHER_RECORDS = '[{"quay": "north", "cranes": 4}, {"quay": "south", "cranes": 2}]\n'
OTHER_TABLE = "quay,cranes\nnorth,4\nsouth,2\n"
OTHER_PAGE = "<html><body><h1>Cranes</h1><p>Four stand at the north quay.</p></body></html>\n"

What = Literal["start", "search", "call", "run"]


@dataclass(frozen=True, slots=True)
class Deed:
    """What a session asks of the product: `at_s` is from the beginning of the history.

    A start is told the tools of its project; `words` are a search's; a call, or a run by a person, names a tool and
    gives it a file of this name and text.
    """

    what: What
    at_s: float
    words: str = ""
    tool: str = ""
    name: str = ""
    text: str = ""


@dataclass(slots=True)
class ToolSession(WorkSession):
    """A session that has to do with tools."""

    deeds: list[Deed] = field(default_factory=list[Deed])

    def starts(self) -> None:
        """The client starts, and is told which tools fit."""
        self.deeds.append(Deed("start", self.now_s))

    def writes(self, body: str, script: str, source: str, content: str) -> None:
        """The agent writes a program for a file of the project, and runs it."""
        self.write(source, content)
        self.write(script, body.replace("{dir}", self.folder))
        self.bash(f"python3 {script}", out="done\n" if "print(" in body else "")

    def searches(self, words: str) -> None:
        """The agent looks for a tool."""
        self.deeds.append(Deed("search", self.now_s - 1.0, words=words))
        self.asks("mcp__skillstrata__skills_search", {"query": words})

    def calls(self, tool: str, name: str, text: str, *, error: str = "") -> None:
        """The agent calls a tool on a file; `error` where its record says that it failed."""
        self.deeds.append(Deed("call", self.now_s - 1.0, tool=tool, name=name, text=text))
        sent = {"name": tool, "arguments": {"input": f"{self.folder}/{name}"}, "out_dir": self.folder}
        self.asks("mcp__skillstrata__skills_call", sent, error=error)

    def runs(self, tool: str, name: str, text: str) -> None:
        """A person runs a tool in a terminal, which no hook sees."""
        self.deeds.append(Deed("run", self.now_s, tool=tool, name=name, text=text))


def tool_history(home: str, *, seed: int = 11, sessions: int = SESSIONS) -> tuple[WorkSession, ...]:
    """Give the sessions in order of time; those about work are what `work_history` makes of the seed."""
    about_tools = _about_tools(home)
    work = work_history(seed=seed, sessions=sessions - len(about_tools), days=DAYS, home=home, converts=False)
    return tuple(sorted((*work.sessions, *about_tools), key=lambda session: session.starts_s))


def _about_tools(home: str) -> list[ToolSession]:
    made: list[ToolSession] = []

    def on(day: float, project: str, prompt: str) -> ToolSession:
        """Begin a session."""
        name = str(uuid.UUID(int=(len(made) + 1) << 96 | 0x4000_8000_0000_0000_0001))
        session = ToolSession(name, project, day * DAY_S, home=home)
        session.prompt(prompt)
        made.append(session)
        return session

    _written_everywhere(on)
    _written_and_left(on)
    _missed_and_mended(on)
    _worn_out(on)
    _used_by_name(on)
    return made


class _On(Protocol):
    """How a session is begun."""

    def __call__(self, day: float, project: str, prompt: str) -> ToolSession: ...


def _written_everywhere(on: _On) -> None:
    """One program in three projects, under other names; then one tool that everybody calls."""
    on(0.2, SHOP, "turn ports.csv into JSON").writes(CSV_TO_JSON, "convert.py", "ports.csv", CSV_TABLE)
    towns = CSV_TO_JSON.replace("ports", "towns").replace("rows", "towns")
    on(0.9, LEDGER, "I need the towns as JSON").writes(towns, "tools/to_json.py", "towns.csv", CSV_TABLE)
    quays = CSV_TO_JSON.replace("ports", "quays").replace("rows", "records").replace("f:", "handle:")
    quays = quays.replace("(f)", "(handle)").replace(", f,", ", handle,")
    on(1.6, ATLAS, "make quays.json out of quays.csv").writes(quays, "make_json.py", "quays.csv", CSV_TABLE)
    for day, project in ((8.2, SHOP), (10.2, LEDGER), (12.2, ATLAS), (35.2, SHOP), (50.2, LEDGER)):
        session = on(day, project, "the table as JSON, please")
        session.starts()
        session.searches("convert csv to json")
        session.calls(CSV_JSON, "in/cranes.csv", OTHER_TABLE)


def _written_and_left(on: _On) -> None:
    """Written twice, and nobody asks for it again."""
    on(4.2, LEDGER, "which lines of gate.log are errors?").writes(LOG_ERRORS, "errors.py", "gate.log", LOG)
    again = LOG_ERRORS.replace("line", "row").replace("gate.log", "door.log")
    on(5.4, LEDGER, "show me the errors of door.log").writes(again, "show.py", "door.log", LOG)


def _missed_and_mended(on: _On) -> None:
    """It fails on some files and is put back; it is written again for each of the reasons there are; it rises again."""
    on(7.2, SHOP, "fleet.json as a table").writes(JSON_TO_CSV, "to_csv.py", "fleet.json", JSON_RECORDS)
    on(12.4, SHOP, "the cranes as a table").calls(JSON_CSV, "in/cranes.json", OTHER_RECORDS)
    first = on(14.2, ATLAS, "ships.json as a table")
    for number in range(2):
        first.calls(JSON_CSV, f"in/ships{number}.json", RAGGED_RECORDS, error="call.program_failed")
    failed = on(16.2, LEDGER, "boats.json as a table")
    failed.calls(JSON_CSV, "in/boats.json", RAGGED_RECORDS, error="call.program_failed")
    _again(failed, "boats")
    _again(on(18.2, SHOP, "a table of tugs.json"), "tugs")
    lost = on(20.2, LEDGER, "yachts.json for the spreadsheet")
    lost.searches("harbourmaster roster")
    _again(lost, "yachts")
    found = on(22.2, SHOP, "a table of ferries.json")
    found.searches("convert json to csv")
    _again(found, "ferries")
    by_hand = on(24.4, ATLAS, "I do it myself")
    for number in range(9):
        by_hand.runs(JSON_CSV, f"in/cranes{number}.json", OTHER_RECORDS)
    for day, project in ((27.2, SHOP), (29.2, LEDGER), (32.2, ATLAS), (46.2, ATLAS)):
        on(day, project, "the cranes as a table").calls(JSON_CSV, "in/cranes.json", OTHER_RECORDS)


def _again(session: ToolSession, name: str) -> None:
    body = re.sub(r"\brows\b", name, JSON_TO_CSV.replace("fleet", name))
    body = re.sub(r"\bw\b(?=[.]| =)", "out", body)
    session.writes(body, f"{name}.py", f"{name}.json", JSON_RECORDS)


def _worn_out(on: _On) -> None:
    """It does well for one session; then the pages change, and it fails until agents may no longer call it."""
    on(9.1, ATLAS, "page.html as Markdown").writes(HTML_TO_MD, "to_md.py", "docs/page.html", HTML_PAGE)
    many = on(11.2, SHOP, "three pages as Markdown")
    for number in range(3):
        many.calls(HTML_MD, f"in/page{number}.html", OTHER_PAGE)
    for day, project in ((24.6, SHOP), (26.6, LEDGER), (28.6, ATLAS), (30.6, ATLAS), (31.6, SHOP)):
        session = on(day, project, "tides.html as Markdown")
        session.calls(HTML_MD, "in/tides.html", LOOSE_PAGE, error="call.program_failed")
    on(45.4, LEDGER, "this one I know to work").runs(HTML_MD, "in/cranes.html", OTHER_PAGE)


def _used_by_name(on: _On) -> None:
    """What was learned is called: a skill by its tool, a command by a slash, an agent as a sub-agent."""
    for day in (36.3, 44.3, 52.3):
        on(day, SHOP, "install what is needed").asks("Skill", {"skill": "{{pnpm}}"})
        on(day + 0.1, SHOP, "/{{round}} before the release")
        asked = {"subagent_type": "{{sub-agent}}", "description": "check", "prompt": "Check the code."}
        on(day + 0.2, ATLAS, "let somebody check").asks("Task", asked)
