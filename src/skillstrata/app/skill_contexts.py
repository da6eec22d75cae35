"""One agent's conversation: the versions it was shown, and the skills whose text is in its context.

In     calls of one agent
Out    the same, with what is in the context kept in mind: nothing twice, few at once
Why    only the agent knows when its context was compacted, so this is for agents of one's own, not for a server
"""

import threading
import uuid
from collections.abc import Iterable
from dataclasses import replace

from skillstrata.app.skill_listing import PLAIN, ListingQuestion, below, relieved
from skillstrata.app.use_cases.serving_skills import ServedSkills, SkillSearch
from skillstrata.records.activations import Activation, ActiveLimits, ActiveSkills
from skillstrata.records.catalogues import Catalogue, Relief
from skillstrata.records.skill_changes import SkillChange
from skillstrata.records.skill_faults import ElevationRequest, FaultAnswer
from skillstrata.records.skills import Skill
from skillstrata.runtime.activation import admit, reinjected, unload

_MOST_TOUCHED = 1_000


class AgentContext:
    """The context of one conversation. Every method may be called from any thread."""

    def __init__(self, served: ServedSkills, session: str = "") -> None:
        """Start with an empty context; `session` is its name in the routing log, "" for one that is made up."""
        self._served = served
        self._client = session or f"agent-{uuid.uuid4().hex[:12]}"
        self._lock = threading.Lock()
        self.active = ActiveSkills()
        self._listed = (0, 0)
        self._touched: dict[str, None] = {}

    def listing(self, question: ListingQuestion = PLAIN) -> Catalogue:
        """List the skills; from now on their versions are those that are listed. Files stay touched."""
        self.touch(question.touched)
        made = self._served.listing(self._client, replace(question, touched=tuple(self._touched)))
        self._listed = (made.used, made.budget.total)
        self._measure()
        return made

    def touch(self, files: Iterable[str]) -> None:
        """Note files that are worked on, for skills with `paths`."""
        with self._lock:
            for file in files:
                self._touched.pop(file, None)
                self._touched[file] = None
            for file in list(self._touched)[:-_MOST_TOUCHED]:
                del self._touched[file]

    def search(self, request: str, *, limit: int) -> SkillSearch:
        """Propose skills for a request."""
        return self._served.search(self._client, request, limit=limit)

    def call(self, name: str, args: str, *, by_model: bool) -> Activation:
        """Take a skill's text into the context; what is called longest ago may have to go."""
        made = self._served.call(self._client, name, args, by_model=by_model).activation
        with self._lock:
            self.active, told = admit(self.active, made, self._limits())
        self._measure()
        return told

    def read(self, name: str, path: str) -> bytes:
        """Give a file that comes with a skill."""
        return self._served.read(self._client, name, path)

    def unload(self, name: str) -> None:
        """Note that a skill's text is no longer in the context."""
        skill = self.find(name)
        with self._lock:
            self.active = unload(self.active, skill.id)
        self._measure()

    def compacted(self) -> ActiveSkills:
        """Give what goes into the context again after it was compacted, and take that for what is there."""
        with self._lock:
            self.active = kept = reinjected(self.active)
        self._measure()
        return kept

    def relieve(self, used_elsewhere: int) -> Relief:
        """Give the listing beside so much of other text and the texts of active skills."""
        touched = below(self._served.project, tuple(self._touched))
        question = ListingQuestion(session=self._client, touched=touched)
        used = used_elsewhere + self.active.chars
        return relieved(self._served.app, self._served.session, used, question, active=len(self.active.skills))

    def ended(self, name: str, *, ok: bool) -> SkillChange | None:
        """Note how work with a skill ended."""
        return self._served.ended(self._client, self.find(name).id, ok=ok)

    def rollback(self, name: str) -> SkillChange:
        """Take a skill back, for this agent too."""
        change = self._served.session.live.rollback(name)
        self._served.session.live.refresh(self._client)
        return change

    def refused(self, request: ElevationRequest) -> FaultAnswer:
        """Answer a tool that was refused, and count that."""
        session = self._served.session
        answer = session.matrix.tool_refused(request)
        session.metrics.tool_called(denied=True, elevated=answer.action == "elevated")
        return answer

    def used(self, name: str) -> None:
        """Count a tool that a skill was given."""
        self.find(name)
        self._served.session.metrics.tool_called()

    def limit_hit(self, name: str) -> None:
        """Count a skill that ran into a limit of time, memory or disk."""
        self.find(name)
        self._served.session.metrics.limit_hit()

    def find(self, name: str) -> Skill:
        """Give the skill that a name means in this conversation."""
        return self._served.view(self._client).find(name)

    def _limits(self) -> ActiveLimits:
        shares = self._served.session.loader.context
        return replace(ActiveLimits(), chars=int(shares.total_chars * shares.active))

    def _measure(self) -> None:
        session = self._served.session
        used, total = self._listed
        total = total or session.loader.context.total_chars
        session.metrics.context(active=len(self.active.skills), budget_use=(used + self.active.chars) / total)
