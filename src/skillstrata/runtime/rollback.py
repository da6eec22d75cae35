"""The four faults of a running set of skills: the signal, the automatic answer, when a person is asked.

    fault                 signal                     answer                                    a person from
    load failure          a file cannot be read      the skill is left out, it is logged       3 skills in a row
    resolution timeout    it took more than 5 s      skills are offered without their needs    3 in a day
    context overflow      more than 95 % used        compress, then drop the least used        still over 90 %
    permission conflict   a tool was refused         a bounded grant, if policy allows one     a critical skill

Never  gives a permission by itself: policy grants it, for a time, and only after it was written down
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from skillstrata.ports.elevation import Elevation, ElevationAudit
from skillstrata.records.skill_faults import (
    ContextUse,
    ElevationGrant,
    ElevationRecord,
    ElevationRequest,
    Fault,
    FaultAnswer,
)
from skillstrata.records.skills import folded_name
from skillstrata.runtime.forbidden_operations import why_forbidden

_DAY_S = 86_400.0

Compress = Callable[[], ContextUse]
"""Makes the listing of skills shorter and tells how full the context is then."""
DropLeastUsed = Callable[[ContextUse], ContextUse]
"""Leaves the least used skills out until it fits, and tells how full the context is then, and which ones went."""


@dataclass(frozen=True, slots=True)
class MatrixRules:
    """The thresholds of the matrix; `critical` are names or ids of skills.

    What `forbidden` names is so for every skill, what stands in `forbidden_of` for the skill that is named there.
    """

    failures_in_a_row: int = 3
    timeout_s: float = 5.0
    timeouts_a_day: int = 3
    overflow: float = 0.95
    still_full: float = 0.90
    longest_grant_s: float = 60.0
    forbidden: tuple[str, ...] = ("rm -rf", "format C:")
    critical: tuple[str, ...] = ()
    forbidden_of: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def forbidden_to(self, skill_id: str) -> tuple[str, ...]:
        """Give every operation that is forbidden to a skill."""
        own = (one for name, named in self.forbidden_of if is_called(skill_id, name) for one in named)
        return (*self.forbidden, *own)


def refuse(_request: ElevationRequest) -> ElevationGrant | None:
    """Grant nothing: what holds where no policy says otherwise."""
    return None


def _unwritten(_record: ElevationRecord) -> None:
    return None


class RollbackMatrix:
    """Answers faults, and remembers them as far as thresholds need."""

    def __init__(
        self,
        now_s: Callable[[], float],
        *,
        rules: MatrixRules | None = None,
        elevate: Elevation = refuse,
        audit: ElevationAudit = _unwritten,
    ) -> None:
        """Keep the thresholds and whom to ask; without `elevate` every request is refused."""
        self._now_s = now_s
        self._rules = rules or MatrixRules()
        self._elevate = elevate
        self._audit = audit
        self._failed_in_a_row = 0
        self._timeouts: deque[float] = deque()
        self._grants: list[ElevationGrant] = []
        self._answers: deque[FaultAnswer] = deque(maxlen=1000)

    @property
    def answers(self) -> tuple[FaultAnswer, ...]:
        """Give what was answered, oldest first."""
        return tuple(self._answers)

    def skill_loaded(self) -> None:
        """Note that a skill was loaded: failures are no longer in a row."""
        self._failed_in_a_row = 0

    def load_failed(self, path: str, reason: str) -> FaultAnswer:
        """Answer a skill that cannot be read: it is left out."""
        self._failed_in_a_row += 1
        many = self._failed_in_a_row >= self._rules.failures_in_a_row
        why = f"{self._failed_in_a_row} skills in a row could not be loaded" if many else "the skill is left out"
        return self._answer(Fault.LOAD_FAILURE, f"{path}: {reason}", "skipped", why, needs_human=many)

    def resolution_took(self, elapsed_s: float, *, timed_out: bool = False) -> FaultAnswer | None:
        """Answer a resolution of needs that took too long: skills are offered without them."""
        if not timed_out and elapsed_s <= self._rules.timeout_s:
            return None
        now = self._now_s()
        self._timeouts.append(now)
        while self._timeouts and now - self._timeouts[0] >= _DAY_S:
            self._timeouts.popleft()
        many = len(self._timeouts) >= self._rules.timeouts_a_day
        why = f"{len(self._timeouts)} times within a day" if many else "skills are offered without their needs"
        signal = f"resolution took {elapsed_s * 1000:,.0f} ms, more than {self._rules.timeout_s * 1000:g} ms"
        return self._answer(Fault.RESOLUTION_TIMEOUT, signal, "no_dependencies", why, needs_human=many)

    def context_used(self, use: ContextUse, compress: Compress, drop: DropLeastUsed) -> FaultAnswer | None:
        """Answer a context that is too full: compress the listing, then leave out what is used least."""
        if use.share <= self._rules.overflow:
            return None
        after = compress()
        compressed = after.share
        if after.share > self._rules.still_full:
            after = drop(after)
        signal = f"{use.share:.0%} of the context is used, more than {self._rules.overflow:.0%}"
        full = after.share > self._rules.still_full
        went = f"; left out: {', '.join(after.dropped)}" if after.dropped else ""
        why = f"{compressed:.0%} after compressing, {after.share:.0%} in the end{went}"
        return self._answer(Fault.CONTEXT_OVERFLOW, signal, "compressed", why, needs_human=full)

    def tool_refused(self, request: ElevationRequest) -> FaultAnswer:
        """Answer a refused tool: a grant with an end, where policy gives one; otherwise the refusal stands."""
        signal = f"{request.skill_id} was refused {request.tool}"
        grant, why = self._granted(request)
        critical = _is_among(request.skill_id, self._rules.critical)
        if grant is None:
            why = f"{why}; the skill is critical" if critical else why
            return self._answer(Fault.PERMISSION_CONFLICT, signal, "refused", why, needs_human=critical)
        self._grants.append(grant)
        return self._answer(Fault.PERMISSION_CONFLICT, signal, "elevated", why, needs_human=critical)

    def holds(self, skill_id: str, tool: str, operation: str) -> bool:
        """Say whether a skill has a grant for exactly this operation of a tool, which has not ended."""
        now = self._now_s()
        self._grants = [grant for grant in self._grants if grant.expires_at_s > now]
        wanted = (skill_id, tool, operation)
        held = any((grant.skill_id, grant.tool, grant.operation) == wanted for grant in self._grants)
        return held and not why_forbidden(tool, operation, self._rules.forbidden_to(skill_id))

    def _granted(self, request: ElevationRequest) -> tuple[ElevationGrant | None, str]:
        now, longest = self._now_s(), min(request.seconds, self._rules.longest_grant_s)
        why = why_forbidden(request.tool, request.operation, self._rules.forbidden_to(request.skill_id))
        grant = None if why else self._elevate(request)
        if grant is None:
            why = why or "policy grants nothing"
        elif not _is_for(grant, request):
            grant, why = None, "the grant is for something else"
        elif not now < grant.expires_at_s <= now + longest:
            grant, why = None, f"the grant has no end within {longest:g} s"
        else:
            why = f"granted by {grant.rule} for {grant.expires_at_s - now:g} s"
            grant = replace(grant, operation=request.operation)
        ends = grant.expires_at_s if grant is not None else 0.0
        written = False
        # Whatever keeps it from being written down: then it is no grant.
        with suppress(Exception):
            self._audit(ElevationRecord(request, grant is not None, why, now, ends))
            written = True
        return (grant, why) if written else (None, f"{why}, but it could not be written down")

    def _answer(self, fault: Fault, signal: str, action: str, why: str, *, needs_human: bool) -> FaultAnswer:
        answer = FaultAnswer(fault, signal, action, needs_human, why, self._now_s())
        self._answers.append(answer)
        return answer


def _is_for(grant: ElevationGrant, request: ElevationRequest) -> bool:
    """Say whether a grant is for what was asked; one that names no operation is for the one that was asked about."""
    same = (grant.skill_id, grant.tool) == (request.skill_id, request.tool)
    return same and grant.operation in {"", request.operation}


def _is_among(skill_id: str, names: tuple[str, ...]) -> bool:
    return any(is_called(skill_id, name) for name in names)


def is_called(skill_id: str, name: str) -> bool:
    """Say whether a name is a skill's id, its name, or its name within its plugin."""
    label, _, slug = skill_id.rpartition("/")
    prefix = label.partition(":")[2]
    return folded_name(name) in {folded_name(one) for one in (skill_id, slug, f"{prefix}:{slug}" if prefix else slug)}
