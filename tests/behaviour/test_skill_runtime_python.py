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
    assert not plain.holds("tides", "Bash")
    assert ruled.refused("tides", "Bash", "ls", seconds=30).action == "elevated"
    assert ruled.holds("tides", "Bash")
    assert ruled.refused("report", "Bash", "rm -rf /").action == "refused"
    assert [record.granted for record in written] == [True, False]
    assert {metric.name: metric.value for metric in ruled.measured()}["elevations"] == 1


def test_a_person_is_only_told_what_a_model_needs_to_know(runtime: SkillRuntime, root: Path) -> None:
    """A skill whose needs are not met says what is missing."""
    put(root, "lame", page("Needs more.", requires="{skills: [no-such-skill]}"))
    fresh = SkillRuntime([root], data_dir=root.parent / "data")
    with pytest.raises(StrataError) as refused:
        fresh.call("lame")

    assert refused.value.code == NEEDS_UNMET
    assert "no-such-skill" in refused.value.message
    assert [skill.name for skill in fresh.registry.skills] == ["deploy", "lame", "report", "tides"]
