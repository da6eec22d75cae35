"""What every store of answers promises; the implementation is the file."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.adapters.review_file import ReviewFile
from skillstrata.ports.review_log import ReviewLog
from skillstrata.records.failures import StoreFull
from skillstrata.records.reviews import Answer, Phase, QueueDecision


@pytest.fixture
def log(tmp_path: Path) -> ReviewLog:
    """Give an empty one."""
    return ReviewFile(tmp_path / "review")


def _said(id_: str, at_s: float = 1.0, phase: Phase = Phase.DONE) -> QueueDecision:
    return QueueDecision(id_, f"draft:{id_}", Answer.ACCEPT, at_s, phase)


def test_an_answer_is_given_back_and_replaced_by_its_id(log: ReviewLog) -> None:
    """Each step of carrying it out is one more `save`; oldest first."""
    assert log.decisions() == ()
    log.save(_said("b", 2.0))
    log.save(_said("a", 1.0, Phase.BEGUN))
    log.save(_said("a", 1.0))

    assert log.decisions() == (_said("a", 1.0), _said("b", 2.0))
    log.drop(frozenset({"a", "nosuch"}))
    assert log.decisions() == (_said("b", 2.0),)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.sampled_from(Answer), st.sampled_from(Phase))
def test_any_answer_comes_back_as_it_was(tmp_path: Path, text: str, said: Answer, phase: Phase) -> None:
    """Paths and names have any character."""
    log = ReviewFile(tmp_path / "any")
    one = QueueDecision(
        "x", f"import:{text}", said, 1.5, phase, "merge", "skill", text, text, text, text, "d", "c", ("s",)
    )
    log.save(one)

    assert log.decisions() == (one,)


def test_what_cannot_be_read_is_kept_aside_and_goes_with_what_is_dropped(tmp_path: Path) -> None:
    """An answer given now must not wait for a repair; a forgotten session must not live on in it."""
    log = ReviewFile(tmp_path)
    (tmp_path / "decisions.json").write_bytes(b"[{")
    assert log.decisions() == ()
    log.save(_said("a"))

    assert log.decisions() == (_said("a"),)
    assert (tmp_path / "decisions.damaged").read_bytes() == b"[{"
    log.drop(frozenset())
    assert not (tmp_path / "decisions.damaged").exists()
    assert log.decisions() == (_said("a"),)


def test_the_oldest_go_but_none_that_is_open(tmp_path: Path) -> None:
    """What was begun must be ended, however long ago that was."""
    log = ReviewFile(tmp_path)
    rows = [_said("open", 0.0, Phase.BEGUN), *(_said(f"n{n}", float(n + 1)) for n in range(2005))]
    rows_json = [
        {"id": r.id, "item": r.item, "answer": r.answer.value, "at_s": r.at_s, "phase": r.phase.value} for r in rows
    ]
    (tmp_path / "decisions.json").write_text(json.dumps(rows_json), encoding="utf-8")
    log.save(_said("last", 9999.0))
    kept = log.decisions()

    assert (len(kept), kept[0].id, kept[-1].id) == (2001, "open", "last")
    assert kept[1].id == "n6"


def test_savers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """Two people, or a person and a verb that imports."""
    threads = [
        threading.Thread(target=lambda n=n: [ReviewFile(tmp_path).save(_said(f"{n}-{i}")) for i in range(5)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ReviewFile(tmp_path).decisions()) == 20


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """And what was there can still be read."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(StoreFull):
        ReviewFile(tmp_path / "taken").save(_said("a"))
    log = ReviewFile(tmp_path / "free")
    log.save(_said("a"))

    assert log.decisions() == (replace(_said("a")),)
