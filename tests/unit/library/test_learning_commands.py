"""Steps of command lines: what is kept of them, and that no value is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.learning_commands import Step, Vocabulary, line_of, steps_of, targets_in

FOLDER = "/home/ann/work/shop"


def _texts(command: str, private: frozenset[str] = frozenset()) -> list[str]:
    return [step.text for step in steps_of(command, FOLDER, private)]


@pytest.mark.parametrize(
    ("command", "steps"),
    [
        ("cd /srv/x && uv run pytest -q tests/test_a.py 2>&1 | tail -3", ["uv run pytest -q FILE.py"]),
        ("npm run lint:fix && npm test -- --watch=false", ["npm run lint:fix", "npm test -- --watch=VALUE"]),
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
    ("command", "step"),
    [
        ("mongodump -phunter2 -umjones", "mongodump -p VALUE -u VALUE"),
        ("ansible-playbook -i hosts -ujsmith site.yml", "ansible-playbook -i VALUE -u VALUE FILE.yml"),
        ("ansible acmecorp -m ping", "ansible VALUE -m VALUE"),
        ("just login swordfish", "just login VALUE"),
        ("make deploy acmecorp bigbank", "make deploy VALUE"),
        ("docker login -uadmin -pSwordfish", "docker login -u VALUE -p VALUE"),
        ("yarn workspace acmecorp build", "yarn workspace VALUE"),
    ],
)
def test_what_may_be_a_password_or_a_name_is_a_value(command: str, step: str) -> None:
    """It follows an option without a space, or a target as its argument."""
    assert _texts(command) == [step]


@pytest.mark.parametrize(
    ("command", "step"),
    [
        ("go test -race -count=1 ./...", "go test -race -count=VALUE ./..."),
        ("terraform apply -auto-approve", "terraform apply -auto-approve"),
        ("pytest -vv -x", "pytest -vv -x"),
        ("make clean build", "make clean build"),
        ("npm run test -- --run", "npm run test -- --run"),
        ("npx vitest run", "npx vitest run"),
        ("bunx biome check .", "bunx biome check ."),
        ("kubectl -nacme apply -f x.yml", "kubectl -n VALUE apply -f FILE.yml"),
        ("git --no-pager commit -m x", "git --no-pager commit -m VALUE"),
        ("poetry run invoke release megacorp", "poetry run invoke release VALUE"),
        ("sshpass -p hunter2 kubectl apply -f a.yml", "kubectl apply -f FILE.yml"),
        ("uv run env A=1 pytest -q", "uv run pytest -q"),
        ("env -u HOME A=1 make test", "make test"),
    ],
)
def test_known_options_and_targets_are_kept(command: str, step: str) -> None:
    """The twin: they say what was done."""
    assert _texts(command) == [step]


def test_a_further_target_is_kept_where_it_is_a_first_word_elsewhere() -> None:
    """Nobody else can say that `frobnicate` is a target; the words of a message cannot."""
    seen = Vocabulary(targets=targets_in("cd a && make frobnicate -j4"))
    said = Vocabulary(targets=targets_in("git commit -m 'we; make frobnicate happy'"))

    assert line_of("make prep frobnicate", "", seen).steps[0].core == "make prep frobnicate"
    assert line_of("make prep frobnicate", "", said).steps[0].core == "make prep"


@pytest.mark.parametrize(
    "command",
    ["sed -i 's/a/b/' src/a.py", "cat > src/a.py <<'EOF'\nx = 1\nEOF", "cat <<EOF > a.py\nx\nEOF", "echo x >> a.py",
     "echo x | tee a.py", "git checkout src/a.py", "git stash", "cp a b", "mv a b", "touch a.py", "kill 12",
     "python3 -c 'print(1)'", "cd ../other", "export A=1", "for f in *; do sed -i s/a/b/ $f; done", "echo 'not closed",
     "find . -name '*.pyc' -delete"],
)  # fmt: skip
def test_a_line_that_may_have_changed_something_says_so(command: str) -> None:
    """A command that works after it may work because of it."""
    assert line_of(command, FOLDER).changes


@pytest.mark.parametrize(
    "command",
    ["ls -la", "cat a.py | grep x", "git status", "git diff > /tmp/d.txt", "sed -n 1,9p a.py", f"cd {FOLDER}",
     "pytest -q 2>&1 | tail -3", "pytest > out.log 2> /dev/null", "find . -name '*.py'", "echo x | tee /dev/null", ""],
)  # fmt: skip
def test_a_line_that_only_shows_something_does_not(command: str) -> None:
    """The twin: people and agents look around all the time."""
    assert not line_of(command, FOLDER).changes


def test_within_a_line_a_step_knows_of_the_change_before_it() -> None:
    """The line's end says nothing of its middle."""
    line = line_of("pytest -q; sed -i s/a/b/ a.py; pytest -x", FOLDER)

    assert [step.after_change for step in line.steps] == [False, True]
    assert not line.changes


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


@pytest.mark.parametrize(
    ("command", "is_whole"),
    [("kubectl -n acme apply -f x.yml", False), ("rollup everything", False), ("npm --prefix web test", False),
     ("kubectl -nacme apply -f x.yml", True), ("make -j4", True), ("scripts/x.sh prod", True), ("pytest a", True),
     ("rollup -c", True)],
)  # fmt: skip
def test_a_step_says_whether_its_own_word_is_still_told(command: str, is_whole: bool) -> None:
    """What is written down is to be run: `kubectl -n VALUE -f FILE.yml` runs nothing."""
    assert [step.is_whole for step in steps_of(command)] == [is_whole]


def test_a_wrapper_that_starts_a_copying_program_is_no_step() -> None:
    """Its password would be one of the words of a draft."""
    assert _texts("sshpass -phunter2 rsync -a a b") == []
