import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.records.activations import ActivationPlaces
from skillstrata.runtime.arguments import rule_with_places, with_arguments

PLACES = ActivationPlaces(skill_dir="/s", project_dir="/p", session_id="id7", effort="high")


def put(body: str, args: str = "", names: tuple[str, ...] = ()) -> str:
    """Fill a body."""
    return with_arguments(body, args, names=names, places=PLACES)


@pytest.mark.parametrize(
    ("body", "args", "filled"),
    [
        ("Fix $ARGUMENTS.", "issue 7", "Fix issue 7."),
        ("Fix $ARGUMENTS.", "", "Fix ."),
        ("$ARGUMENTS[0] then $ARGUMENTS[1]", "a b", "a then b"),
        ("$0 then $1", "a b", "a then b"),
        ("$0", "'a b' c", "a b"),
        ("$0 and $5", "a", "a and $5"),
        ("Costs $5", "", "Costs $5"),
        ("$1st", "a b", "$1st\n\nARGUMENTS: a b\n"),
        (r"\$0 and $0", "a", "$0 and a"),
        (r"\$ARGUMENTS $0", "a", "$ARGUMENTS a"),
        (r"\\$0", "a", r"\\a"),
        ("$ARGUMENTSX", "a", "$ARGUMENTSX\n\nARGUMENTS: a\n"),
        ("Fix it.", "issue 7", "Fix it.\n\nARGUMENTS: issue 7\n"),
        ("Fix it.", "", "Fix it."),
        ("$0", "it's", "it's"),
        ("$0", "$1 b", "$1"),
        ("$99999", "a", "$99999\n\nARGUMENTS: a\n"),
    ],
)
def test_arguments_go_where_claude_code_puts_them(body: str, args: str, filled: str) -> None:
    """A skill that was written for it must read the same here."""
    assert put(body, args) == filled


@pytest.mark.parametrize(
    ("body", "filled"),
    [
        ("$issue on $branch", "7 on main"),
        ("$issue-$branch", "7-main"),
        ("$issues", "$issues\n\nARGUMENTS: 7 main\n"),
        ("$other $issue", "$other 7"),
        ("$issue[0] $branch", "$issue[0] main"),
    ],
)
def test_declared_names_stand_for_words(body: str, filled: str) -> None:
    """By their order; only whole names."""
    assert put(body, "7 main", ("issue", "branch")) == filled


def test_a_name_without_its_word_becomes_nothing() -> None:
    """Unlike a number, which stays as it is."""
    assert put("[$issue][$branch][$1]", "7", ("issue", "branch")) == "[7][][$1]"


def test_the_longer_of_two_names_is_meant() -> None:
    """`$file-name` is not `$file` with an ending."""
    assert put("$file-name", "a b", ("file", "file-name")) == "b"


@pytest.mark.parametrize(
    ("body", "filled"),
    [
        ("${CLAUDE_SKILL_DIR}/run.sh", "/s/run.sh"),
        ("${CLAUDE_PROJECT_DIR} ${CLAUDE_SESSION_ID} ${CLAUDE_EFFORT}", "/p id7 high"),
        ("${CLAUDE_PLUGIN_ROOT}", "${CLAUDE_PLUGIN_ROOT}"),
        ("${CLAUDE_OTHER} ${HOME}", "${CLAUDE_OTHER} ${HOME}"),
        (r"\${CLAUDE_SKILL_DIR}", r"\/s"),
    ],
)
def test_places_are_filled_where_they_mean_something(body: str, filled: str) -> None:
    """What has no meaning here stays, and a backslash does not protect it."""
    assert put(body) == filled


@given(st.text(st.sampled_from("$01AB{}_\\ CLAUDE'\""), max_size=30))
def test_what_was_typed_is_not_looked_through(args: str) -> None:
    """Placeholders in the user's words are the user's words; nothing is put in twice."""
    assert put("<$ARGUMENTS>", args) == f"<{args}>"


def test_places_are_filled_in_rules_of_tools() -> None:
    """`Bash(${CLAUDE_SKILL_DIR}/run.sh *)` must name the real script; the session is none of a rule's business."""
    assert rule_with_places("Bash(${CLAUDE_SKILL_DIR}/x *)", PLACES) == "Bash(/s/x *)"
    assert rule_with_places("Bash(${CLAUDE_SESSION_ID})", PLACES) == "Bash(${CLAUDE_SESSION_ID})"
