"""Three hundred sessions of three projects, lived through by the product: what becomes of a library in 64 days.

    hook payloads -> distil -> library -> search, call, run -> gate -> learn draft, apply -> tend, day after day

In     tests/histories_of_tools.py; `python -m demo.history [FOLDER]` from the repository's root
Out    FOLDER/home with three projects and what was learned in them, FOLDER/data with the library
Never  writes a result by itself: each is what the product did at that moment of the history
Why    what a library comes to shows only after weeks; the history has a clock of its own, which ends now
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from skillstrata.app.project_labels import project_label
from skillstrata.app.reports import CallRequest
from skillstrata.app.settings import Settings, load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.finding import ToolFinder
from skillstrata.app.use_cases.learning import draft
from skillstrata.app.use_cases.learning_lifecycle import WhereAndHow, apply
from skillstrata.app.use_cases.running import run
from skillstrata.app.use_cases.tending import tend
from skillstrata.app.wiring import App, open_app
from skillstrata.app.wiring_library import warm_starts
from skillstrata.records.errors import StrataError
from tests.histories_of_tools import (
    DAYS,
    LEARNED_DAY,
    SESSIONS,
    UNUSED_DAYS,
    USED,
    Deed,
    ToolSession,
    tool_history,
)
from tests.histories_of_work import DAY_S, PLANTED, PROJECTS, WorkSession, hand_over

EVERY_DAYS = 2.0
OWN_SKILL = "---\nname: house-style\ndescription: How we write.\n---\nShort sentences.\n"
PERSON = "ann"
_KEPT = "history.json"


@dataclass
class Calendar:
    """A clock that the history sets, and that goes on by a thousandth of a second each time it is looked at."""

    at_s: float

    def now_s(self) -> float:
        """Give the moment of the history."""
        self.at_s += 0.001
        return self.at_s


@dataclass(frozen=True)
class Answer:
    """What a session asked of the product on a day, and what it was told."""

    day: float
    asked: str
    told: str


@dataclass
class Lived:
    """A library that lived through the history.

    `names` are those of what was planted, learned and then used; `decided` is what became of each draft; `late_drafts`
    counts those that a look on the last day found.
    """

    folder: Path
    begins_s: float
    calendar: Calendar
    names: dict[str, str] = field(default_factory=dict[str, str])
    decided: dict[str, str] = field(default_factory=dict[str, str])
    answers: list[Answer] = field(default_factory=list[Answer])
    late_drafts: int = -1

    @property
    def home(self) -> Path:
        """Give the home folder of who works."""
        return self.folder / "home"

    @property
    def data_dir(self) -> Path:
        """Give the data directory."""
        return self.folder / "data"

    def project(self, name: str) -> Path:
        """Give a project's folder."""
        return self.home / "work" / name

    def settings(self, **environ: str) -> Settings:
        """Give the settings of whoever works there."""
        said = {"HOME": str(self.home), "PATH": os.environ["PATH"], "USER": PERSON, **environ}
        return load_settings(data_dir=self.data_dir, config=None, environ=said)

    def save(self) -> None:
        """Write down what this object knows."""
        answers = [(one.day, one.asked, one.told) for one in self.answers]
        said = (self.begins_s, self.calendar.at_s, self.names, self.decided, answers, self.late_drafts)
        (self.folder / _KEPT).write_text(json.dumps(said), encoding="utf-8")

    def app(self, **environ: str) -> App:
        """Give the App at this moment of the history."""
        app = open_app(self.settings(**environ))
        app.clock = self.calendar
        return app


def read(folder: Path) -> Lived:
    """Give the library that `lived_in` left in a folder."""
    begins_s, at_s, names, decided, answers, late = json.loads((folder / _KEPT).read_text(encoding="utf-8"))
    return Lived(folder, begins_s, Calendar(at_s), names, decided, [Answer(*one) for one in answers], late)


def main(words: Sequence[str]) -> int:
    """Make the library and say where it is."""
    started = time.monotonic()
    folder = Path(words[0]) if words else Path(tempfile.mkdtemp(prefix="skillstrata-history-"))
    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} is not empty: name a folder that is new", file=sys.stderr)
        return 2
    lived = lived_in(folder.resolve())
    print(f"{SESSIONS} sessions in {time.monotonic() - started:.0f} s; to look around:")
    print(f"  export HOME={lived.home} SKILLSTRATA_DATA_DIR={lived.data_dir} SKILLSTRATA_DAEMON=0")
    print(f"  cd {lived.project(PROJECTS[0])}")
    print("  skillstrata health")
    return 0


def lived_in(folder: Path, *, seed: int = 11, sessions: int = SESSIONS) -> Lived:
    """Live through the history in a folder, which is made; gives the library at its end, which is now."""
    begins_s = time.time() - DAYS * DAY_S
    lived = Lived(folder, begins_s, Calendar(begins_s))
    for name in PROJECTS:
        lived.project(name).mkdir(parents=True, exist_ok=True)
    own = lived.home / ".claude" / "skills" / "house-style" / "SKILL.md"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(OWN_SKILL, encoding="utf-8")
    lived.data_dir.mkdir(parents=True, exist_ok=True)
    (lived.data_dir / "config.toml").write_text(f"[reuse]\nunused_days = {UNUSED_DAYS}\n", encoding="utf-8")
    open_ones = list(tool_history(str(lived.home / "work"), seed=seed, sessions=sessions))
    app = lived.app()
    app.agent_config(scope="user", project=lived.home, program=("skillstrata",)).install()
    for step in range(1, round(DAYS / EVERY_DAYS) + 1):
        until_day = step * EVERY_DAYS
        now = [one for one in open_ones if one.starts_s < until_day * DAY_S]
        open_ones = open_ones[len(now) :]
        _passed(lived, now, until_day)
    lived.late_drafts = draft(lived.app()).new
    lived.save()
    return lived


def _passed(lived: Lived, sessions: Sequence[WorkSession], until_day: float) -> None:
    """Let some days pass: what sessions asked happens, then what the background process does at night."""
    for session in (one for one in sessions if isinstance(one, ToolSession)):
        for deed in session.deeds:
            lived.calendar.at_s = lived.begins_s + deed.at_s
            asked = f"{deed.what} {deed.words or deed.tool}".strip()
            lived.answers.append(Answer(deed.at_s / DAY_S, asked, _done(lived, session, deed)))
    hand_over(sessions, lived.data_dir / "spool", begins_s=lived.begins_s, names=lived.names)
    lived.calendar.at_s = lived.begins_s + until_day * DAY_S
    distill(lived.app(), install=False, progress=lambda *_: None)
    if until_day == LEARNED_DAY:
        learned(lived)
    tend(lived.app())


def learned(lived: Lived) -> None:
    """Take every draft there is, each in its own project, as `learn apply` does."""
    app = lived.app()
    draft(app)
    by_label = {project_label(app.project_of(lived.project(name))): lived.project(name) for name in PROJECTS}
    for row in draft(app).rows:
        found = row.found.draft
        report = apply(app, Path(row.path), WhereAndHow(by_label[row.found.projects[0]]))
        lived.decided[found.name] = report.decision.type.value
        for one in PLANTED:
            if one.name in USED and all(word in found.content for word in one.says):
                lived.names[one.name] = found.name


def _done(lived: Lived, session: ToolSession, deed: Deed) -> str:
    """Ask the product what a session asked it; gives its answer in a word."""
    folder = lived.project(session.project)
    app = lived.app(CLAUDE_CODE_SESSION_ID=session.id, CLAUDE_PROJECT_DIR=str(folder))
    match deed.what:
        case "start":
            return _told(lived, session)
        case "search":
            return " ".join(hit.tool.name for hit in ToolFinder(app).search(deed.words, limit=5, kind=None).hits)
        case _:
            source = folder / deed.name
            source.parent.mkdir(exist_ok=True)
            source.write_text(deed.text, encoding="utf-8")
            given, out = (("input", str(source)),), str(folder / "out")
            surface = "mcp" if deed.what == "call" else "cli"
            return _called(app, CallRequest(deed.tool, given, out, force=True, surface=surface))


def _called(app: App, request: CallRequest) -> str:
    try:
        report = run(app, request)
    except StrataError as refused:
        return refused.code
    return "ok" if report.ok else report.error.code if report.error else "failed"


def _told(lived: Lived, session: ToolSession) -> str:
    """Let the hook of a start run, as the client does; gives the tools that it named."""
    script = str(lived.data_dir / "hooks" / "warm-start.sh")
    payload = {"session_id": session.id, "hook_event_name": "SessionStart", "source": "startup"}
    done = subprocess.run(
        ["sh", "-c", '[ ! -r "$1" ] || . "$1"', "sh", script],
        input=json.dumps(payload),
        cwd=lived.project(session.project),
        env={"PATH": os.environ["PATH"], "HOME": str(lived.home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    shown = [one for one in warm_starts(lived.app()).shown() if one.session == session.id]
    return " ".join(name for one in shown for name in one.names) if done.stdout else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
