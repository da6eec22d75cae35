"""Executions for the tests of what is nominated, and what is said of each.

In     a program's text, its words, what differs from a script that ended well
Out    Execution; the state and the reason, ("", "nominated") where it is worth proving
"""

from dataclasses import replace

from skillstrata.distill.nominate import nominate
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution

CONVERTER = (
    "import re, sys\nhtml = open('/w/in.html').read()\ntext = re.sub('<[^>]+>', '', html)\n"
    "open('/w/out.md', 'w').write(text)\nprint('wrote', len(text), 'characters')\n"
)


def ran(body: str | None, /, *argv: str, **changes: object) -> Execution:
    """Give one run of a Python script, with some of its fields as they are said here."""
    run = Execution(
        id="x1",
        agent="claude",
        session="s",
        tool_use_id="t1",
        at_s=1.0,
        language="python",
        body_kind=BodyKind.SCRIPT,
        body=body,
        argv=argv,
        cwd="/w",
        outcome=Outcome.OK,
        event_ids=("e1",),
        script_path="/w/x.py",
        stdout="some text\n",
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def judged(run: Execution) -> tuple[str, str]:
    """Give the state and the reason."""
    verdict = nominate(run).verdict
    return ("", "nominated") if verdict is None else (verdict.state.value, verdict.reason)
