"""Skills for programs that stay: agents behind a server, and people's own agents.

In     the App, which places to look at; a client's requests
Out    listings, texts, files, proposals; changes to whoever subscribed
Never  gives a model what only people may call; changes a client's versions before it asked for the list again
Why    one class behind the MCP server and the Python API, so that both do the same
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from skillstrata.app.called_files import CalledFiles
from skillstrata.app.callers import session_of
from skillstrata.app.runtime_session import RuntimeSession, SkillQuery, open_skills
from skillstrata.app.skill_calls import SkillCall, SkillNotForModel, call, read_resource
from skillstrata.app.skill_listing import PLAIN, ListingQuestion, below, listing_of
from skillstrata.app.skill_reports import LoadedSkill
from skillstrata.app.skill_routing import LogWish, called, followed, noted, told
from skillstrata.app.skill_trials import registry_for, variant_for
from skillstrata.app.wiring import App
from skillstrata.ports.elevation import Elevation, ElevationAudit
from skillstrata.ports.remote_skill_source import RemoteSkillSource
from skillstrata.records.catalogues import Catalogue, ListingMode
from skillstrata.records.errors import StrataError
from skillstrata.records.routes import Route, RouteOutcome
from skillstrata.records.skill_changes import SkillChange
from skillstrata.records.skills import Skill, folded_name
from skillstrata.runtime.registry import Finder
from skillstrata.runtime.resource_paths import safe_path
from skillstrata.runtime.routing_index import RoutingIndex
from skillstrata.runtime.version_pins import ResourceChanged

_END_S = 10.0
_SERVERS_S = 3.0
_FILES_EVERY_S = 0.5
_PAGE = "skill.md"


@dataclass(slots=True)
class _Client:
    """What is remembered of a client: by number in the log, its last proposals, and the last call of each skill.

    `versions` are the digests of the skills that it called last, by id; `asked` says that `proposed`, "" for nothing,
    was proposed to it and it called none since.
    """

    route: str = ""
    asked: bool = False
    proposed: str = ""
    calls: dict[str, str] = field(default_factory=dict[str, str])
    versions: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class SkillPolicy:
    """Who answers a skill that was refused a tool, and where that is written down."""

    elevate: Elevation
    audit: ElevationAudit


@dataclass(frozen=True, slots=True)
class FoundSkill:
    """One skill that may fit a request."""

    skill: Skill
    score: float
    uses: int = 0


@dataclass(frozen=True, slots=True)
class SkillSearch:
    """What was proposed for a request, best first."""

    route: Route
    found: tuple[FoundSkill, ...] = field(default=())


class ServedSkills:
    """The skills of one query, kept up to date. Every method may be called from any thread."""

    def __init__(
        self,
        app: App,
        query: SkillQuery,
        *,
        remote: RemoteSkillSource | None = None,
        policy: SkillPolicy | None = None,
    ) -> None:
        """Open nothing yet: that happens at the first question."""
        self.app = app
        self._query = query
        self._remote = remote
        self._policy = policy
        self.project = (query.project or Path.cwd()).absolute()
        self._opening = threading.Lock()
        self._indexing = threading.Lock()
        self._session: RuntimeSession | None = None
        self._index = RoutingIndex(app.skill_host.vectors(app.settings.skills.vectors))
        self._clients: dict[str, _Client] = {}
        self._subscribers: list[Callable[[SkillChange], None]] = []
        self._stop = threading.Event()
        self._watching: threading.Thread | None = None
        self._seen = 0
        self._files = CalledFiles(app.skill_resources)
        self._files_at = 0.0

    @property
    def session(self) -> RuntimeSession:
        """Give the open session; the first caller looks at every source.

        Raises:
            LoaderConfigInvalid: The loader's configuration cannot be read.
            DependencyCycle: Skills need each other in a circle, and the settings let that fail.
        """
        with self._opening:
            if self._session is None:
                policy = self._policy
                elevation = None if policy is None else (policy.elevate, policy.audit)
                self._seen = self._remote.stamp() if self._remote is not None else 0
                made = open_skills(self.app, self._query, stays=True, remote=self._remote, elevation=elevation)
                made.live.subscribe(self._tell)
                self._session = made
            return self._session

    def subscribe(self, tell: Callable[[SkillChange], None]) -> Callable[[], None]:
        """Tell every change from now on, from another thread; gives what ends that."""
        self._subscribers.append(tell)

        def end() -> None:
            with suppress(ValueError):
                self._subscribers.remove(tell)

        return end

    def watch(self) -> None:
        """Keep the skills up to date from now on, in a thread of its own; asking twice changes nothing."""
        if self._remote is not None:
            # Who watches takes over what comes later.
            self._remote.hurry(_SERVERS_S)
        session = self.session
        with self._opening:
            if self._watching is not None:
                return
            self._stop = stop = threading.Event()
            # It ends with the process: a look that hangs must not keep it alive.
            self._watching = threading.Thread(
                target=session.watch, args=(lambda: self._is_over(stop, session),), name="skills", daemon=True
            )
            self._watching.start()

    def look(self) -> SkillChange:
        """Look at every source now, whether the skills are watched or not.

        Raises:
            SwapRefused: What is there now cannot be used; what was there before stays in use.
        """
        session = self.session
        change = session.look()
        with self._opening:
            # The thread that watches looks at them by itself.
            ids = self._files.changed() if self._watching is None else ()
        if ids:
            session.live.announce(ids)
        return replace(change, changed=tuple(sorted({*change.changed, *ids})))

    def close(self) -> None:
        """End the watch, and the connections to servers. What was opened stays, and may be watched again."""
        with self._opening:
            thread, self._watching = self._watching, None
            self._stop.set()
        if thread is not None:
            thread.join(_END_S)
        if self._session is not None:
            self._session.close()
        if self._remote is not None:
            self._remote.close()

    def leave(self, client: str) -> None:
        """Forget a client and let go the versions that it holds on to."""
        self._clients.pop(client, None)
        if self._session is not None:
            self._session.live.leave(client)

    def view(self, client: str) -> Finder:
        """Give the skills that a client holds on to."""
        return self.session.live.view(client)

    def listing(self, client: str, question: ListingQuestion = PLAIN) -> Catalogue:
        """List the skills; from now on the client has the versions that are listed."""
        self.session.live.refresh(client)
        touched = below(self.project, question.touched)
        made = listing_of(self.app, self.session, replace(question, session=client, touched=touched))
        metrics, total = self.session.metrics, made.budget.total
        metrics.context(active=metrics.tally.active, budget_use=made.used / total if total else 0.0)
        return made

    def offered(self, client: str, *, again: bool = False) -> tuple[Skill, ...]:
        """Give every skill that a model may call, by id; `again` gives the client the versions of now."""
        finder = self.session.live.refresh(client) if again else self.view(client)
        means = {skill_id for _, skill_id in finder.registry.names}
        hidden = self._hidden()
        return tuple(
            skill
            for skill in finder.registry.skills
            if skill.id in means
            and skill.frontmatter.model_may_invoke
            and not finder.reason(skill.id)
            and not _names(skill) & hidden
        )

    def search(self, client: str, request: str, *, limit: int) -> SkillSearch:
        """Propose skills for a request, and note that."""
        offered = {skill.id: skill for skill in self.offered(client)}
        with self._indexing:
            route = followed(self.session, self._index).route(request, limit=limit)
        self._note(client, request, route)
        known = self._clients.setdefault(client, _Client())
        known.asked, known.proposed = True, route.proposed
        shown = {skill.id: skill for skill in registry_for(self.session, client).skills} if self._is_trying else {}
        offered |= {one: shown[one] for one in offered if one in shown}
        rows = [FoundSkill(offered[one.skill_id], one.score) for one in route.candidates if one.skill_id in offered]
        return SkillSearch(route, () if route.abstained else tuple(rows))

    def call(self, client: str, name: str, args: str = "", *, by_model: bool = True) -> LoadedSkill:
        """Give the text of a skill, with its arguments put in, in the version that the client holds on to.

        Raises:
            SkillNotFound: No skill has this name.
            SkillNotApproved: It comes from a server, and nobody approved it as it is now.
            SkillUnavailable: Something that it needs is missing.
            SkillNotForModel: A model calls what only people may.
            FileUnreadable: Its file cannot be read.
            RemoteSkillMismatch: A server gives other bytes than it promised.
        """
        finder = self._allowed(client, name, by_model=by_model)
        asked = SkillCall(name, args, session_id=client, by_model=by_model)
        loaded = call(self.app, self.session, asked, project=self.project, finder=finder)
        self._chosen(client, loaded.activation.skill_id)
        self._clients.setdefault(client, _Client()).versions[loaded.activation.skill_id] = finder.find(name).digest
        self._files.note(finder.find(name))
        return loaded

    def read(self, client: str, name: str, path: str, *, by_model: bool = True) -> bytes:
        """Give the bytes of one file that comes with a skill.

        Raises:
            SkillNotFound: No skill has this name.
            SkillNotForModel: A model reads what only people may call.
            ResourceRefused: The path leads out of the skill's folder.
            FileUnreadable: It is missing, behind a link, no plain file, or over the cap.
            RemoteSkillMismatch: A server gives other bytes than it promised.
            ResourceChanged: It changed since the client was listed an earlier version of the skill.
        """
        finder = self._allowed(client, name, by_model=by_model)
        self._refuse_mixed(client, finder.find(name), path)
        self._files.note(finder.find(name))
        return read_resource(self.app, self.session, name, path, finder=finder)

    def ended(self, client: str, skill_id: str, *, ok: bool) -> SkillChange | None:
        """Note how work with a skill ended, in the log too; a version that fails too often is taken back."""
        known = self._clients.setdefault(client, _Client())
        record = known.calls.pop(skill_id, "")
        if record:
            with suppress(StrataError, OSError):
                outcome = RouteOutcome.SUCCEEDED if ok else RouteOutcome.FAILED
                told(self.app, record, chosen=skill_id, outcome=outcome)
        digest = known.versions.get(skill_id) or self.view(client).find(skill_id).digest
        return self.session.live.outcome(skill_id, digest, ok=ok)

    def _refuse_mixed(self, client: str, skill: Skill, path: str) -> None:
        """Keep the text of one version and the files of another apart."""
        now, wanted = self.session.finder.get(skill.id), safe_path(path)
        is_now = now is not None and now.digest == skill.digest
        if is_now or skill.source.kind == "mcp" or wanted.lower() == _PAGE:
            return
        changed_ns = self.app.skill_resources.changed_ns(str(Path(skill.path).parent), wanted)
        if changed_ns / 1e9 > self.session.live.since_s(client):
            raise ResourceChanged(
                f"{wanted} of {skill.name} is of a later version than the text that was listed",
                hint="ask for the list of skills again, then call the skill",
            )

    @property
    def _is_trying(self) -> bool:
        return bool(self.session.settings.trials)

    def _allowed(self, client: str, name: str, *, by_model: bool) -> Finder:
        finder = self.view(client)
        skill = finder.find(name)
        if by_model and (not skill.frontmatter.model_may_invoke or _names(skill) & self._hidden()):
            raise SkillNotForModel(f"{skill.name} is called by people only", hint="ask the user to call it")
        return finder

    def _hidden(self) -> frozenset[str]:
        said = self.session.settings.listing
        return frozenset(folded_name(name) for name, mode in said if mode == ListingMode.MANUAL)

    def _note(self, client: str, request: str, route: Route) -> None:
        # A log that cannot be written must not keep an agent from its skills.
        with suppress(StrataError, OSError):
            record = noted(self.app, request, route, self._wish(client))
            self._clients.setdefault(client, _Client()).route = record.id

    def _chosen(self, client: str, skill_id: str) -> None:
        known = self._clients.setdefault(client, _Client())
        if known.asked:
            known.asked = False
            self.session.metrics.routed(right=known.proposed == skill_id)
        route, known.route = known.route, ""
        with suppress(StrataError, OSError):
            if route:
                told(self.app, route, chosen=skill_id)
            else:
                route = called(self.app, skill_id, self._wish(client)).id
            known.calls[skill_id] = route

    def _wish(self, client: str) -> LogWish:
        return LogWish(session=session_of(self.app, client), variant=variant_for(self.session, client))

    def _tell(self, change: SkillChange) -> None:
        for tell in list(self._subscribers):
            with suppress(Exception):
                tell(change)

    def _is_over(self, stop: threading.Event, session: RuntimeSession) -> bool:
        # Asked by the thread that looks, several times a second: so only one thread ever looks.
        if self._remote is not None and not stop.is_set():
            stamp = self._remote.stamp()
            if stamp != self._seen:
                self._seen = stamp
                session.look_at_servers()
        if time.monotonic() - self._files_at >= _FILES_EVERY_S:
            self._files_at = time.monotonic()
            ids = self._files.changed()
            if ids:
                session.live.announce(ids)
        return stop.is_set()


def _names(skill: Skill) -> frozenset[str]:
    return frozenset({folded_name(skill.name), folded_name(skill.id)})
