"""Set candidates open again whose missing dependency is here by now.

In     the App; candidates that were set aside before they ran
Out    ids that were set open
Never  tries again what failed while it ran: that would be judged anew in every pass
Why    a tool whose program was installed yesterday should be there today, without anybody asking for it
"""

from skillstrata.app.wiring import App
from skillstrata.distill import Workshop, dependencies_met
from skillstrata.records.candidates import Candidate, State

_BEFORE_A_RUN = ("probe", "environment")


def free_what_can_run(app: App, workshop: Workshop) -> tuple[str, ...]:
    """Reopen every candidate of the shelf `dependency` that can run now; gives their ids."""
    shelved = (c for c in app.catalog.candidates(State.SHELVED) if _waits_for_a_dependency(c))
    ready = tuple(c.id for c in shelved if dependencies_met(app.catalog.execution(c.id), workshop))
    if ready:
        app.catalog.reopen(ready)
    return ready


def _waits_for_a_dependency(candidate: Candidate) -> bool:
    last = candidate.stages[-1].stage if candidate.stages else ""
    return candidate.reason == "dependency" and last in _BEFORE_A_RUN
