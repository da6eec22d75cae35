"""The Python API: what an agent of one's own needs of skills, and nothing that it does not ask for."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import skillstrata
from skillstrata import SkillRuntime
from skillstrata.app.skill_calls import SkillNotForModel
from skillstrata.records.catalogues import ListingForm, ListingMode
from skillstrata.records.errors import StrataError
from skillstrata.records.skill_changes import SkillChange
from skillstrata.records.skill_faults import ElevationGrant, ElevationRecord, ElevationRequest
from skillstrata.runtime.version_pins import ResourceChanged
from tests.skill_sources import page, put

NEEDS_UNMET = "runtime.skill_unavailable"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of skills."""
    for name, words in (("tides", "Computes tides of a port."), ("report", "Writes harbour reports.")):
        put(tmp_path / "skills", name, page(words, body=f"{name} of $ARGUMENTS\n"))
    put(tmp_path / "skills", "deploy", page("Deploys.", disable_model_invocation="true"))
    (tmp_path / "skills" / "tides" / "table.md").write_text("The table.\n", encoding="utf-8")
    return tmp_path / "skills"


@pytest.fixture
def runtime(root: Path) -> Iterator[SkillRuntime]:
    """The runtime over it, watched."""
    with SkillRuntime([root], data_dir=root.parent / "data", settings={"skills.watch_interval_s": "0.2"}) as made:
        yield made


def test_the_program_itself_is_imported_without_the_api() -> None:
    """`import skillstrata` costs nothing; the API comes at first use."""
    program = "import sys, skillstrata; assert not [m for m in sys.modules if m.startswith('skillstrata.')]"
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, env=dict(os.environ))

    assert done.returncode == 0, done.stderr
    with pytest.raises(AttributeError):
        _ = skillstrata.no_such_name  # pyright: ignore[reportAttributeAccessIssue]


def test_an_agent_lists_chooses_calls_and_reads(runtime: SkillRuntime) -> None:
    """The whole way of one request."""
    listing = runtime.catalogue(form=ListingForm.XML, request="tides")
    found = runtime.route("compute the tides of the port")
    activation = runtime.call(found.found[0].skill.name, "Sund")

    assert "<available_skills>" in listing.text
    assert "deploy" not in listing.text
    assert activation.body.strip() == "tides of Sund"
    assert activation.resources == ("table.md",)
    assert runtime.read("tides", "table.md") == b"The table.\n"
    assert [held.name for held in runtime.active.skills] == ["tides"]


def test_what_only_people_may_call_is_theirs(runtime: SkillRuntime) -> None:
    """A model is refused; a person is not."""
    with pytest.raises(SkillNotForModel):
        runtime.call("deploy")

    assert runtime.call("deploy", by_model=False).name == "deploy"


def test_the_settings_can_hide_a_skill_from_models(root: Path) -> None:
    """As a user says it in the table skills.listing."""
    said = {"skills.listing": '{tides = "manual"}'}
    runtime = SkillRuntime([root], data_dir=root.parent / "data", settings=said)
    modes = {entry.name: entry.mode for entry in runtime.catalogue().entries}

    assert modes["tides"] is ListingMode.MANUAL
    assert [found.skill.name for found in runtime.route("tides of a port").found if found.skill.name == "tides"] == []
    with pytest.raises(SkillNotForModel):
        runtime.call("tides")
    with pytest.raises(SkillNotForModel):
        runtime.read("tides", "table.md")


def test_the_same_text_twice_is_a_note_and_after_a_compaction_it_is_there_again(runtime: SkillRuntime) -> None:
    """A context holds nothing twice, and the agent says when it was compacted."""
    first, again = runtime.call("tides", "Sund"), runtime.call("tides", "Sund")
    kept = runtime.compacted()
    runtime.unload("tides")
    anew = runtime.call("tides", "Sund")

    assert (first.repeated, again.repeated, anew.repeated) == (False, True, False)
    assert [held.text for held in kept.skills] == [first.text]
    assert anew.text == first.text


def test_a_change_is_told_and_seen_with_the_next_listing(runtime: SkillRuntime, root: Path) -> None:
    """Versions stay for a conversation until it asks for the list again."""
    came = threading.Event()
    changes: list[SkillChange] = []

    def hear(change: SkillChange) -> None:
        changes.append(change)
        came.set()

    runtime.catalogue()
    end = runtime.subscribe(hear)
    put(root, "tides", page("Computes tides of a port.", body="new $ARGUMENTS\n"))
    assert came.wait(30)
    end()
    before = runtime.call("tides", "Sund").body.strip()
    runtime.catalogue()

    assert changes[0].changed == ("extra/tides",)
    assert (before, runtime.call("tides", "Sund").body.strip()) == ("tides of Sund", "new Sund")


def test_a_version_that_fails_too_often_is_taken_back_and_so_is_one_by_hand(runtime: SkillRuntime, root: Path) -> None:
    """The host tells how work ended; a person can say it at once."""
    came = threading.Event()
    runtime.catalogue()
    end = runtime.subscribe(lambda _change: came.set())
    put(root, "tides", page("Computes tides of a port.", body="bad\n"))
    assert came.wait(30)
    end()
    runtime.catalogue()
    changes = [runtime.ended("tides", ok=False) for _ in range(5)]
    runtime.catalogue()

    assert changes[:4] == [None] * 4
    assert changes[4] is not None
    assert changes[4].rolled_back == ("extra/tides",)
    assert runtime.call("tides", "Sund").body.strip() == "tides of Sund"
    with pytest.raises(StrataError) as nothing:
        runtime.rollback("report")
    assert nothing.value.code == "runtime.nothing_to_roll_back"


def test_the_agent_that_reported_failures_is_given_the_good_version_at_once(runtime: SkillRuntime, root: Path) -> None:
    """Without another listing: the version was refused, so nobody is to have it."""
    runtime.catalogue()
    _edited(runtime, root, "bad\n")
    runtime.catalogue()
    given = runtime.call("tides", "Sund").body.strip()
    changes = [runtime.ended("tides", ok=False) for _ in range(5)]

    assert given.startswith("bad")
    assert changes[4] is not None
    assert runtime.call("tides", "Sund").body.strip() == "tides of Sund"


def test_failures_of_a_version_that_was_replaced_do_not_take_the_new_one_back(
    runtime: SkillRuntime, root: Path
) -> None:
    """The agent was given the old text, and says nothing of the new one, whatever is listed meanwhile."""
    runtime.catalogue()
    runtime.call("tides", "Sund")
    _edited(runtime, root, "new $ARGUMENTS\n")
    runtime.catalogue()

    assert [runtime.ended("tides", ok=False) for _ in range(9)] == [None] * 9
    assert runtime.call("tides", "Sund").body.strip() == "new Sund"


def test_each_copy_of_a_skill_has_its_own_files(tmp_path: Path) -> None:
    """The same SKILL.md with other files beside it: an id leads to its own folder, and one of them is listed."""
    for at in ("one", "two"):
        put(tmp_path / at, "guide", page("Guides."))
        (tmp_path / at / "guide" / "notes.md").write_text(f"of {at}\n", encoding="utf-8")
    runtime = SkillRuntime([tmp_path / "one", tmp_path / "two"], data_dir=tmp_path / "data")

    assert runtime.read("guide", "notes.md") == b"of one\n"
    assert runtime.read("extra:2/guide", "notes.md") == b"of two\n"
    assert runtime.catalogue().text.count("guide") == 1


def test_an_agent_never_gets_the_text_of_one_version_and_the_files_of_another(root: Path) -> None:
    """What changed with the skill is refused until the list was asked for again; what did not change is given."""
    (root / "tides" / "same.md").write_text("Same.\n", encoding="utf-8")
    runtime = SkillRuntime([root], data_dir=root.parent / "data")
    runtime.catalogue()
    _until_later(root)
    (root / "tides" / "table.md").write_text("Another table.\n", encoding="utf-8")
    put(root, "tides", page("Computes tides of a port.", body="For another table.\n"))
    while not runtime.look().changed:
        _until_later(root)

    with pytest.raises(ResourceChanged) as refused:
        runtime.read("tides", "table.md")
    assert "list" in refused.value.hint
    assert runtime.read("tides", "same.md") == b"Same.\n"
    assert b"$ARGUMENTS" in runtime.read("tides", "SKILL.md")
    runtime.catalogue()
    assert runtime.read("tides", "table.md") == b"Another table.\n"
    assert b"For another table." in runtime.read("tides", "SKILL.md")


def test_a_change_of_a_file_beside_a_skill_that_was_called_is_told(root: Path) -> None:
    """The text that the agent has may speak of it; of a skill that nobody called nothing is known to anybody."""
    runtime = SkillRuntime([root], data_dir=root.parent / "data")
    (root / "report" / "notes.md").write_text("Notes.\n", encoding="utf-8")
    runtime.catalogue()
    runtime.call("tides", "Sund")
    heard: list[SkillChange] = []
    runtime.subscribe(heard.append)
    _until_later(root)
    (root / "tides" / "table.md").write_text("The tablf.\n", encoding="utf-8")
    (root / "report" / "notes.md").write_text("Notet.\n", encoding="utf-8")

    assert runtime.look().changed == ("extra/tides",)
    assert [change.changed for change in heard] == [("extra/tides",)]
    assert runtime.look().is_empty
    assert runtime.read("tides", "table.md") == b"The tablf.\n"
    (root / "tides" / "table.md").unlink()
    assert runtime.look().changed == ("extra/tides",)


def test_a_program_that_watches_is_told_of_files_too(runtime: SkillRuntime, root: Path) -> None:
    """Without asking for a look."""
    runtime.call("tides", "Sund")
    came = threading.Event()
    runtime.subscribe(lambda change: came.set() if change.changed == ("extra/tides",) else None)
    (root / "tides" / "new.md").write_text("New.\n", encoding="utf-8")

    assert came.wait(30)


def _until_later(root: Path) -> None:
    """Wait until the clock of the file system has moved on: it steps by some milliseconds."""
    mark = root.parent / "mark"
    mark.touch()
    first = mark.stat().st_ctime_ns
    while mark.stat().st_ctime_ns == first:
        mark.touch()


def _edited(runtime: SkillRuntime, root: Path, body: str) -> None:
    """Change a skill, and wait until that was seen."""
    came = threading.Event()
    end = runtime.subscribe(lambda _change: came.set())
    put(root, "tides", page("Computes tides of a port.", body=body))
    assert came.wait(30)
    end()


def test_a_context_that_runs_over_is_relieved_and_a_person_asked_where_that_is_not_enough(
    runtime: SkillRuntime,
) -> None:
    """Row three of the matrix: over 95 % shorter, still over 90 % a person."""
    roomy, full, over = runtime.relieve(100), runtime.relieve(14_300), runtime.relieve(14_990)

    assert roomy.steps == ()
    assert full.steps or full.after <= 0.95
    assert (over.needs_human, over.after > 0.9) == (True, True)
    assert "context_overflow" in {alert.metric for alert in runtime.alerts()}


def test_a_refused_tool_stays_refused_unless_a_policy_grants_it_for_a_time(root: Path) -> None:
    """Row four: every answer is written down, and what is forbidden is never granted."""
    written: list[ElevationRecord] = []

    def policy(request: ElevationRequest) -> ElevationGrant | None:
        at = time.time()
        return ElevationGrant(request.skill_id, request.tool, at, at + 5.0, "rule 7")

    plain = SkillRuntime([root], data_dir=root.parent / "data")
    ruled = SkillRuntime([root], data_dir=root.parent / "data", policy=(policy, written.append))

    assert plain.refused("tides", "Bash").action == "refused"
    assert not plain.holds("tides", "Bash", "")
    assert ruled.refused("tides", "Bash", "ls", seconds=30).action == "elevated"
    assert ruled.holds("tides", "Bash", "ls")
    assert not ruled.holds("tides", "Bash", "ls /etc")
    assert ruled.refused("report", "Bash", "rm -rf /").action == "refused"
    assert [record.granted for record in written] == [True, False]
    assert {metric.name: metric.value for metric in ruled.measured()}["elevations"] == 1


@pytest.mark.parametrize("where", ["setting", "loader"])
def test_a_person_must_look_where_a_critical_skill_was_refused_a_tool(root: Path, where: str) -> None:
    """Row four's threshold, said by a setting or by the loader's file; another skill asks nobody."""
    loader = root.parent / "loader.yaml"
    loader.write_text("skill_permissions:\n  report: {critical: true}\n", encoding="utf-8")
    said = {"skills.critical": "tides, extra/report"} if where == "setting" else {"skills.loader": str(loader)}
    runtime = SkillRuntime([root], data_dir=root.parent / "data", settings=said)

    assert runtime.refused("report", "Bash", "ls").needs_human
    assert not runtime.refused("deploy", "Bash", "ls").needs_human
    assert [alert.metric for alert in runtime.alerts()].count("permission_conflict") == 1
    if where == "setting":
        plain = {"skills.loader": str(loader), "skills.critical": "tides"}
        both = SkillRuntime([root], data_dir=root.parent / "data", settings=plain)
        assert not both.refused("report", "Bash", "ls").needs_human


def test_a_person_is_only_told_what_a_model_needs_to_know(runtime: SkillRuntime, root: Path) -> None:
    """A skill whose needs are not met says what is missing."""
    put(root, "lame", page("Needs more.", requires="{skills: [no-such-skill]}"))
    fresh = SkillRuntime([root], data_dir=root.parent / "data")
    with pytest.raises(StrataError) as refused:
        fresh.call("lame")

    assert refused.value.code == NEEDS_UNMET
    assert "no-such-skill" in refused.value.message
    assert [skill.name for skill in fresh.registry.skills] == ["deploy", "lame", "report", "tides"]


def _values(runtime: SkillRuntime) -> dict[str, float]:
    return {one.name: one.value for one in runtime.measured()}


def test_refusals_are_a_share_of_all_calls_and_limits_are_counted(runtime: SkillRuntime) -> None:
    """With refusals alone the rate would be none or all."""
    for _ in range(3):
        runtime.used("tides")
    runtime.refused("tides", "Bash", "ls")
    runtime.limit_hit("tides")
    values = _values(runtime)

    assert (values["tool_calls"], values["denials"], values["denial_rate"], values["limits_hit"]) == (4, 1, 0.25, 1)
    with pytest.raises(StrataError):
        runtime.used("nobody")
    with pytest.raises(StrataError):
        runtime.limit_hit("nobody")


def test_routing_is_right_where_the_proposed_skill_is_called(runtime: SkillRuntime) -> None:
    """A call without a request before it says nothing, and one request counts once."""
    runtime.route("compute the tides of the port")
    runtime.call("tides")
    runtime.call("report")
    assert _values(runtime)["routing_accuracy"] == 1.0

    runtime.route("compute the tides of the port")
    runtime.call("report")
    assert _values(runtime)["routing_accuracy"] == 0.5


def test_active_skills_and_the_use_of_the_budget_follow_every_call(runtime: SkillRuntime) -> None:
    """Listing, calling, unloading: each changes what the context holds."""
    before = _values(runtime)
    runtime.catalogue()
    listed = _values(runtime)
    runtime.call("tides", "Sund")
    called = _values(runtime)
    runtime.unload("tides")
    after = _values(runtime)

    assert (before["active"], before["budget_use"]) == (0, 0.0)
    assert [one["active"] for one in (listed, called, after)] == [0, 1, 0]
    assert 0 < listed["budget_use"] < called["budget_use"]
    assert after["budget_use"] == listed["budget_use"]


def test_a_skill_for_some_files_is_listed_once_such_a_file_is_touched(root: Path) -> None:
    """Absolute or below the project, and for the rest of the conversation; its host hears of the patterns."""
    put(root, "styles", page("Keeps style sheets tidy.", paths="src/*.css"))
    runtime = SkillRuntime([root], data_dir=root.parent / "data", project=root.parent)
    texts = [
        "styles" in runtime.catalogue(touched=files).text
        for files in ((), ("src/app.py", "/elsewhere/src/a.css"), (root.parent / "src" / "a.css",), ())
    ]

    assert texts == [False, False, True, True]
    assert "styles" in runtime.relieve(0).catalogue.text
    assert runtime.call("styles").host.paths == ("src/*.css",)


def test_vectors_are_asked_where_the_settings_want_them(root: Path) -> None:
    """The same requests, the same skills; other scores."""
    scores: list[tuple[float, ...]] = []
    for kind in ("none", "hashed"):
        data = root.parent / kind
        runtime = SkillRuntime([root], data_dir=data, settings={"skills.vectors": kind})
        found = runtime.route("compute the tide of a harbour")
        scores.append(tuple(one.score for one in found.route.candidates))
        assert found.found[0].skill.name == "tides"

    assert scores[0] != scores[1]
    with pytest.raises(StrataError, match=r"skills\.vectors"):
        SkillRuntime([root], settings={"skills.vectors": "qdrant"})
