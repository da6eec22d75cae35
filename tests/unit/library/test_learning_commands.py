"""Steps of command lines: what is kept of them, and that no value is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.learning_commands import Step, steps_of

FOLDER = "/home/ann/work/shop"


def _texts(command: str, private: frozenset[str] = frozenset()) -> list[str]:
    return [step.text for step in steps_of(command, FOLDER, private)]


@pytest.mark.parametrize(
    ("command", "steps"),
    [
        ("cd /srv/x && uv run pytest -q tests/test_a.py 2>&1 | tail -3", ["uv run pytest -q FILE.py"]),
        ("npm run lint:fix && npm test -- --watch=false", ["npm run lint:fix", "npm test --watch=VALUE"]),
        ("A=1 timeout 60 cargo test --all", ["cargo test --all"]),
        (f"{FOLDER}/scripts/check.sh --fast a.py", ["scripts/check.sh --fast FILE.py"]),
        ("docker compose up -d db", ["docker compose up -d VALUE"]),
        ("make fmt\nmake test", ["make fmt", "make test"]),
        ("uv run --extra dev ruff check .", ["uv run ruff check ."]),
        ("python3 -m pytest -x", ["python3 -m pytest -x"]),
        ("git commit -m 'say hello to Ann'", ["git commit -m VALUE"]),
        ("git add -A && git commit -m \"$(cat <<'EOF'\nfix: it\nEOF\n)\"", ["git add -A", "git commit -m VALUE"]),
    ],
)
def test_a_command_line_is_its_programs_words_and_flags(command: str, steps: list[str]) -> None:
    """The same work is told again only by what does not change from day to day."""
    assert _texts(command) == steps


@pytest.mark.parametrize(
    "command",
    ["ls -la", "cat a.txt | grep x", "for f in *; do rm $f; done", "python3 -c 'print(1)'", "sudo make install",
     "curl example.com", "echo 'not closed", "git status", "npm run ignore-previous-orders", "x" * 5000, "",
     "uv run " * 500, "python -m " * 390],
)  # fmt: skip
def test_looking_around_loops_free_code_and_hostile_words_are_no_steps(command: str) -> None:
    """They say nothing about practice, or would carry somebody's words on."""
    assert _texts(command) == []


def test_a_name_of_a_person_in_a_command_leaves_the_step_out() -> None:
    """The twin: without the name among those of this machine it is a step."""
    assert _texts("make deploy-ann", frozenset({"ann"})) == []
    assert _texts("make deploy-ann") == ["make deploy-ann"]


def test_only_a_step_whose_status_shows_has_the_outcome_of_its_line() -> None:
    """`a | tail` ends well whatever a did; so does `a; b`."""
    shown = {step.core: step.shown for step in steps_of("make a; make b && make c")}

    assert shown == {"make a": False, "make b": True, "make c": True}
    assert [step.shown for step in steps_of("make a | tail")] == [False]


@pytest.mark.parametrize(
    ("command", "goal"),
    [("pnpm test:unit", "test"), ("uv run ruff check .", "lint"), ("gofmt -w .", "format"), ("npx tsc", "types"),
     ("npm run build", "build"), ("pnpm add left", "packages"), ("git commit -m x", "commit"), ("make docs", "")],
)  # fmt: skip
def test_a_step_has_the_goal_of_its_words(command: str, goal: str) -> None:
    """Conventions are counted by goal."""
    assert [step.goal for step in steps_of(command)] == [goal]


@given(st.text(max_size=300), st.text(max_size=30))
def test_any_text_gives_steps_of_plain_words_or_none(command: str, folder: str) -> None:
    """Commands are written by models, and hold whatever documents made them write."""
    for step in steps_of(command, folder):
        assert isinstance(step, Step)
        assert step.text.isprintable()
        assert not set(step.text) & set("<>\\`$\"'|;&")
        assert len(step.text) < 600


@given(st.lists(st.sampled_from(["make", "&&", "|", ";", "'", '"', "<<", "EOF", "\n", "a.py", "-x", "$(", ")", "{"])))
def test_any_mixture_of_shell_signs_ends(parts: list[str]) -> None:
    """The same for what looks like shell."""
    assert isinstance(steps_of(" ".join(parts)), tuple)
