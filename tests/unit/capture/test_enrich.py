"""What is seen of a call, from the call alone."""

import pytest

from skillstrata.capture.enrich import enriched
from skillstrata.records.events import Event, EventKind, FileChange, FileSnapshot, Outcome, ShellCall

DIGEST = "0" * 64


def call(
    command: str = "", *, files: tuple[FileSnapshot, ...] = (), change: str = "", outcome: Outcome = Outcome.OK
) -> Event:
    """Make a call in /home/dev."""
    return Event(
        id="e",
        agent="a",
        session="s",
        kind=EventKind.CALL,
        at_s=0.0,
        tool="Bash" if command else "Write",
        cwd="/home/dev",
        outcome=outcome,
        shell=ShellCall(command) if command else None,
        change=FileChange(change, content="x") if change else None,
        files=files,
    )


@pytest.mark.parametrize(
    ("event", "signals"),
    [
        (call("ls"), ()),
        (call("python3 - <<'EOF'\nprint(1)\nEOF"), ("heredoc",)),
        (call("cat <<-END >x"), ("heredoc",)),
        (call("echo $((1 << 2))"), ()),
        (call("python3.12 -u -c 'print(1)'"), ("inline",)),
        (call("cd x && node -e '1'"), ("inline",)),
        (call("grep -c python -e x"), ()),
        (call(change="out.txt"), ("wrote_file",)),
        (call(change="in.csv", files=(FileSnapshot("/home/dev/in.csv", DIGEST),)), ("wrote_file",)),
        (call("cat in.csv", files=(FileSnapshot("/home/dev/in.csv", DIGEST),)), ("read_file",)),
        (call("cat /data/in.csv", files=(FileSnapshot("/data/in.csv", DIGEST),)), ("read_file", "outside_folder")),
        (call("cat in.csv", files=(FileSnapshot("/home/dev/in.csv", None, reason="missing"),)), ("input_vanished",)),
        (call("false", outcome=Outcome.FAILED), ("failed",)),
    ],
)
def test_a_call_has_the_signals_that_hold(event: Event, signals: tuple[str, ...]) -> None:
    """Cheap hints for later stages; what cannot be seen is not claimed."""
    assert enriched(event).signals == signals


def test_what_is_no_call_has_none_and_enriching_again_changes_nothing() -> None:
    """Prompts pass through; the same event gives the same for ever."""
    prompt = Event(id="p", agent="a", session="s", kind=EventKind.PROMPT, at_s=0.0, prompt="python3 -c 1")
    once = enriched(call("python3 -c 1"))

    assert enriched(prompt) == prompt
    assert enriched(once) == once != call("python3 -c 1")
