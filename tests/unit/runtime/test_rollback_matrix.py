"""The four rows of the rollback matrix: signal, automatic answer, when a person is asked."""

from dataclasses import replace

import pytest

from skillstrata.records.skill_faults import (
    ContextUse,
    ElevationGrant,
    ElevationRecord,
    ElevationRequest,
    Fault,
)
from skillstrata.runtime.rollback import MatrixRules, RollbackMatrix
from tests.skill_sources import Clock

PUSH = ElevationRequest("user/deploy", "shell_exec", "git push", 30.0)


def _granting(seconds: float, clock: Clock, tool: str = "shell_exec") -> RollbackMatrix:
    records: list[ElevationRecord] = []

    def grant(request: ElevationRequest) -> ElevationGrant | None:
        return ElevationGrant(request.skill_id, tool, clock.now, clock.now + seconds, "rule 7")

    return RollbackMatrix(clock, elevate=grant, audit=records.append)


def test_row_1_a_skill_that_cannot_be_loaded_is_left_out_and_three_in_a_row_ask_for_a_person() -> None:
    """技能加载失败: skip the skill, log it; by hand after 3 skills in a row."""
    matrix = RollbackMatrix(Clock())
    answers = [matrix.load_failed(f"{n}/SKILL.md", "no frontmatter") for n in range(2)]
    matrix.skill_loaded()
    answers += [matrix.load_failed(f"{n}/SKILL.md", "no frontmatter") for n in range(3)]

    assert [one.needs_human for one in answers] == [False, False, False, False, True]
    assert {(one.fault, one.action) for one in answers} == {(Fault.LOAD_FAILURE, "skipped")}
    assert answers[0].signal == "0/SKILL.md: no frontmatter"
    assert matrix.answers == tuple(answers)


def test_row_2_a_resolution_that_takes_too_long_is_done_without_and_three_in_a_day_ask_for_a_person() -> None:
    """依赖解析超时: over 5 s, no-dependency mode; by hand after 3 within a day."""
    clock = Clock()
    matrix = RollbackMatrix(clock)

    assert matrix.resolution_took(5.0) is None
    first, second = matrix.resolution_took(5.1), matrix.resolution_took(0.1, timed_out=True)
    clock.now += 86_400
    later = [matrix.resolution_took(9.0) for _ in range(3)]

    assert first is not None
    assert second is not None
    assert (first.fault, first.action, first.needs_human) == (Fault.RESOLUTION_TIMEOUT, "no_dependencies", False)
    assert not second.needs_human
    assert [one is not None and one.needs_human for one in later] == [False, False, True]


def test_row_3_a_full_context_is_compressed_then_the_least_used_go_and_a_person_is_asked_if_that_is_too_little() -> (
    None
):
    """上下文溢出: over 95 %, compress and drop the least used; by hand if it is still over 90 %."""
    matrix = RollbackMatrix(Clock())
    asked: list[str] = []

    def compress(used: int) -> ContextUse:
        asked.append("compress")
        return ContextUse(used, 100)

    def drop(used: int, *names: str) -> ContextUse:
        asked.append("drop")
        return ContextUse(used, 100, names)

    assert matrix.context_used(ContextUse(95, 100), lambda: compress(1), lambda _use: drop(1)) is None
    assert asked == []
    enough = matrix.context_used(ContextUse(96, 100), lambda: compress(90), lambda _use: drop(1))
    assert asked == ["compress"]
    dropped = matrix.context_used(ContextUse(99, 100), lambda: compress(91), lambda _use: drop(80, "user/old"))
    assert asked == ["compress", "compress", "drop"]
    full = matrix.context_used(ContextUse(99, 100), lambda: compress(97), lambda _use: drop(91, "user/old"))

    assert enough is not None
    assert dropped is not None
    assert full is not None
    assert [one.needs_human for one in (enough, dropped, full)] == [False, False, True]
    assert {one.action for one in (enough, dropped, full)} == {"compressed"}
    assert "left out: user/old" in dropped.why


def test_row_4_a_refused_tool_stays_refused_unless_policy_says_otherwise() -> None:
    """权限冲突: nothing is elevated by itself; by hand where the skill is critical."""
    matrix = RollbackMatrix(Clock(), rules=MatrixRules(critical=("user/deploy",)))
    plain = matrix.tool_refused(ElevationRequest("user/other", "shell_exec", "git push", 30.0))
    critical = matrix.tool_refused(PUSH)

    assert (plain.action, plain.needs_human) == ("refused", False)
    assert (critical.action, critical.needs_human) == ("refused", True)
    assert not matrix.holds("user/deploy", "shell_exec", "git push")


def test_row_4_a_grant_of_policy_holds_for_its_skill_and_tool_until_its_end() -> None:
    """临时提升权限: with an end, and for exactly what was asked."""
    clock = Clock()
    matrix = _granting(30.0, clock)
    answer = matrix.tool_refused(PUSH)

    assert answer.action == "elevated"
    assert matrix.holds("user/deploy", "shell_exec", "git push")
    assert not matrix.holds("user/deploy", "file_write", "git push")
    assert not matrix.holds("user/other", "shell_exec", "git push")
    clock.now += 30.0
    assert not matrix.holds("user/deploy", "shell_exec", "git push")


def test_row_4_every_request_is_written_down_before_anything_acts_on_it() -> None:
    """记录审计: refusals too; what cannot be written down is no grant."""
    clock = Clock()
    records: list[ElevationRecord] = []

    def grant(request: ElevationRequest) -> ElevationGrant | None:
        return ElevationGrant(request.skill_id, request.tool, clock.now, clock.now + 10, "rule 7")

    def unwritable(_record: ElevationRecord) -> None:
        raise OSError("no space")

    RollbackMatrix(clock, audit=records.append).tool_refused(PUSH)
    RollbackMatrix(clock, elevate=grant, audit=records.append).tool_refused(PUSH)
    lost = RollbackMatrix(clock, elevate=grant, audit=unwritable)

    assert [(one.granted, one.expires_at_s) for one in records] == [(False, 0.0), (True, clock.now + 10)]
    assert lost.tool_refused(PUSH).action == "refused"
    assert not lost.holds("user/deploy", "shell_exec", "git push")


def test_row_4_what_is_forbidden_is_never_granted() -> None:
    """Whatever policy would say, and however it is spaced or written."""
    clock = Clock()
    matrix = _granting(10.0, clock)
    wipe = ElevationRequest("user/deploy", "shell_exec", "sudo RM   -rf /", 10.0)

    assert matrix.tool_refused(wipe).action == "refused"
    assert "never granted" in matrix.answers[-1].why
    assert matrix.tool_refused(PUSH).action == "elevated"


def test_row_4_a_grant_for_one_operation_is_none_for_another() -> None:
    """Who was allowed to list a folder was not allowed to empty it; a grant of policy may also name the operation."""
    clock = Clock()
    matrix = _granting(10.0, clock)

    def other(request: ElevationRequest) -> ElevationGrant | None:
        return ElevationGrant(request.skill_id, request.tool, clock.now, clock.now + 5, "rule 7", "git pull")

    assert matrix.tool_refused(replace(PUSH, operation="ls")).action == "elevated"
    assert matrix.holds("user/deploy", "shell_exec", "ls")
    assert not matrix.holds("user/deploy", "shell_exec", "ls; git push")
    assert not matrix.holds("user/deploy", "shell_exec", "")
    careless = RollbackMatrix(clock, elevate=other)
    assert careless.tool_refused(PUSH).action == "refused"
    assert careless.tool_refused(replace(PUSH, operation="git pull")).action == "elevated"


@pytest.mark.parametrize("operation", ["rm -fr /", "rm -r -f /", "rm --recursive --force /", ""])
def test_row_4_no_spelling_of_what_is_forbidden_is_granted(operation: str) -> None:
    """Nor an operation that nobody named; the same tool is granted for something harmless."""
    matrix = _granting(10.0, Clock())

    assert matrix.tool_refused(replace(PUSH, operation=operation)).action == "refused"
    assert not matrix.holds("user/deploy", "shell_exec", operation)
    assert matrix.tool_refused(replace(PUSH, operation="rm notes.txt")).action == "elevated"


def test_row_4_without_forbidden_operations_none_need_be_named() -> None:
    """The twin: what cannot be forbidden need not be told apart."""
    clock = Clock()
    rules = MatrixRules(forbidden=())
    matrix = RollbackMatrix(
        clock, rules=rules, elevate=lambda r: ElevationGrant(r.skill_id, r.tool, clock.now, clock.now + 5, "rule 7")
    )

    assert matrix.tool_refused(replace(PUSH, operation="")).action == "elevated"
    assert matrix.holds("user/deploy", "shell_exec", "")


@pytest.mark.parametrize("named", ["deploy", "user/deploy", "Deploy"])
def test_row_4_a_critical_skill_is_named_by_its_name_or_id(named: str) -> None:
    """As a person writes it; another skill asks nobody."""
    matrix = RollbackMatrix(Clock(), rules=MatrixRules(critical=(named,)))

    assert matrix.tool_refused(PUSH).needs_human
    assert not matrix.tool_refused(replace(PUSH, skill_id="user/other")).needs_human


def test_row_4_a_critical_skill_of_a_plugin_is_named_with_it() -> None:
    """`frontend:review` is not everybody's review."""
    matrix = RollbackMatrix(Clock(), rules=MatrixRules(critical=("frontend:review",)))

    assert matrix.tool_refused(replace(PUSH, skill_id="plugin:frontend/review")).needs_human
    assert not matrix.tool_refused(replace(PUSH, skill_id="user/review")).needs_human


def test_row_4_a_grant_without_a_near_end_or_for_something_else_is_none() -> None:
    """A careless policy must not turn a minute into for ever."""
    clock = Clock()

    assert _granting(31.0, clock).tool_refused(PUSH).action == "refused"
    assert _granting(0.0, clock).tool_refused(PUSH).action == "refused"
    assert _granting(10.0, clock, tool="file_write").tool_refused(PUSH).action == "refused"
    long = ElevationRequest("user/deploy", "shell_exec", "git push", 3600.0)
    assert _granting(61.0, clock).tool_refused(long).action == "refused"
    assert _granting(60.0, clock).tool_refused(long).action == "elevated"


def test_the_end_that_a_grant_lacks_is_the_one_that_was_asked_for() -> None:
    """It told of 60 s where ten were asked for; where more is asked than may be, it is the longest there is."""
    clock, ten = Clock(), ElevationRequest("user/deploy", "shell_exec", "git push", 10.0)

    assert "no end within 10 s" in _granting(31.0, clock).tool_refused(ten).why
    assert "no end within 60 s" in _granting(61.0, clock).tool_refused(replace(ten, seconds=3600.0)).why
