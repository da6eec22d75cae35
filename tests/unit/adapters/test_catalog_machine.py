"""Any sequence of calls leaves a balanced catalog that says what the model says."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.records.candidates import Candidate, Source, State
from skillstrata.records.events import Event, EventKind, Outcome
from skillstrata.records.executions import BodyKind, Execution, NoiseEvent
from skillstrata.records.failures import CandidateUnknown
from tests.fakes.memory_catalog import MemoryCatalog

EMPTY = Path(__file__).parents[2] / "fixtures" / "catalog" / "v1_empty.db"
SESSIONS = ("s1", "s2")
# Events of both sessions in one pool: a reading may name an event of another session, or one that is not there yet.
EVENTS = st.sampled_from([(f"e{n}", SESSIONS[n % 2], float(n % 3)) for n in range(8)])
EXECUTION_IDS = st.sampled_from(["x1", "x2", "x3", "x4"])


def _execution(id_: str, session: str, event_ids: list[str]) -> Execution:
    return Execution(
        id_,
        "a",
        session,
        f"u{id_}",
        float(len(id_)),
        "python",
        BodyKind.INLINE,
        "1",
        (),
        "/",
        Outcome.OK,
        (*event_ids,),
    )


class CatalogMachine(RuleBasedStateMachine):
    """The stored catalog and the model take the same calls."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "catalog.db"
        shutil.copy(EMPTY, path)
        self.stored = SqliteCatalog(path)
        self.model = MemoryCatalog()

    def teardown(self) -> None:
        self.stored.close()
        self.folder.cleanup()

    @rule(chosen=st.lists(EVENTS, max_size=5))
    def add_events(self, chosen: list[tuple[str, str, float]]) -> None:
        events = tuple(Event(id_, "a", session, EventKind.CALL, at_s) for id_, session, at_s in chosen)
        self.stored.add_events(events)
        self.model.add_events(events)

    @rule(
        session=st.sampled_from(SESSIONS),
        found=st.dictionaries(EXECUTION_IDS, st.lists(EVENTS, max_size=3), max_size=3),
        quiet=st.lists(EVENTS, max_size=4),
    )
    def read_session(
        self,
        session: str,
        found: dict[str, list[tuple[str, str, float]]],
        quiet: list[tuple[str, str, float]],
    ) -> None:
        executions = tuple(_execution(id_, session, [e[0] for e in events]) for id_, events in found.items())
        noise = tuple(NoiseEvent(id_, "read only") for id_, _, _ in quiet)
        self.stored.save_reconstruction(session, executions, noise)
        self.model.save_reconstruction(session, executions, noise)

    @rule(id_=EXECUTION_IDS, state=st.sampled_from(list(State)))
    def judge(self, id_: str, state: State) -> None:
        candidate = Candidate(id_, state, Source("a", "s1", f"u{id_}"), reason="r", language="python")
        assert self._saved(self.stored, candidate) == self._saved(self.model, candidate)

    @staticmethod
    def _saved(catalog: SqliteCatalog | MemoryCatalog, candidate: Candidate) -> bool:
        try:
            catalog.save_candidate(candidate)
        except CandidateUnknown:
            return False
        return True

    @rule(ids=st.lists(EXECUTION_IDS, max_size=4))
    def reopen(self, ids: list[str]) -> None:
        assert self.stored.reopen((*ids,)) == self.model.reopen((*ids,))

    @invariant()
    def balanced_and_equal(self) -> None:
        sums = self.stored.accounting()
        assert sums.balanced
        assert sums == self.model.accounting()
        assert self.stored.candidates() == self.model.candidates()
        assert self.stored.open_executions() == self.model.open_executions()
        assert self.stored.open_sessions() == self.model.open_sessions()


TestCatalogMachine = CatalogMachine.TestCase
TestCatalogMachine.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
