"""All skills of a user, open: found, named, ordered; kept up to date for as long as somebody watches.

In     the App, which places to look at
Out    RuntimeSession: the registry, lookups, the bytes of versions in use, changes, metrics, answers to faults
Never  makes or changes a file
Why    the one place where sources, precedence, needs and swaps are joined, for the command line and for servers
"""

import gc
import hashlib
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from skillstrata.app.elevating import elevation_in
from skillstrata.app.folder_eyes import FolderEyes
from skillstrata.app.look_faults import Hear, LookFaults
from skillstrata.app.server_skills import server_file
from skillstrata.app.session_rules import builder_of, rules_of
from skillstrata.app.skill_settings import SkillSettings, with_loader
from skillstrata.app.wiring import App
from skillstrata.ports.elevation import Elevation, ElevationAudit
from skillstrata.ports.file_watch import FileWatch
from skillstrata.ports.kept_texts import KeptTexts
from skillstrata.ports.remote_approvals import RemoteApprovals
from skillstrata.ports.remote_skill_source import RemoteSkillSource
from skillstrata.ports.skill_files import SkillFiles
from skillstrata.ports.skill_host import PlaceQuestion
from skillstrata.ports.skill_ledger import SkillLedger
from skillstrata.ports.skill_places import SkillPlaces
from skillstrata.ports.vectors import Vectors
from skillstrata.records.catalogues import BudgetProfile, Relief
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.loader_settings import LoaderSettings
from skillstrata.records.skill_changes import SkillChange
from skillstrata.records.skill_faults import ContextUse
from skillstrata.records.skill_metrics import NOTHING, Alert, Metric, Tally, joined
from skillstrata.records.skills import Registry, Skill, SkillSource
from skillstrata.runtime.catalogue import PLAIN, ListingChoices
from skillstrata.runtime.context_relief import context_relief
from skillstrata.runtime.dependency_graph import Resolution
from skillstrata.runtime.metrics import SkillMetrics, alerts_of, metrics_of
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.registry import Finder
from skillstrata.runtime.remote_approval import with_approvals
from skillstrata.runtime.remote_skills import remote_scans, remote_skills
from skillstrata.runtime.rollback import RollbackMatrix
from skillstrata.runtime.sources import MAX_FILE_BYTES, MAX_WORKERS, Scan, SkillScanner, SourceScan
from skillstrata.runtime.swapping import LiveSkills, SwapRules

SETTLE_S = 0.03
_AGAIN_S = 0.05
_SERVERS_S = 20.0
_WALK_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class SkillQuery:
    """Which places to look at: `sources` are folders that were named; with `usual`, all others too.

    `project` is the folder worked in, None for the present one.
    """

    sources: tuple[Path, ...] = ()
    usual: bool = True
    project: Path | None = None


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a session is made of."""

    scanner: SkillScanner
    places: SkillPlaces
    files: SkillFiles
    live: LiveSkills
    settings: SkillSettings
    loader: LoaderSettings
    keep: KeptTexts | None
    matrix: RollbackMatrix
    watch: Callable[[tuple[Path, ...]], FileWatch]
    remote: RemoteSkillSource | None
    approvals: RemoteApprovals
    ledger: SkillLedger | None
    vectors: Callable[[], Vectors | None]


class RuntimeSession:
    """The skills of one query. Lookups and looks may come from any thread; one thread watches."""

    def __init__(self, parts: _Parts) -> None:
        """Look for the first time.

        Raises:
            DependencyCycle: Skills need each other in a circle, and the settings let that fail.
        """
        self._parts = parts
        self.live = parts.live
        self.matrix = parts.matrix
        ledger = parts.ledger
        self.metrics = SkillMetrics(None if ledger is None else ledger.counted)
        self._kept_odd: tuple[Diagnostic, ...] | None = None
        self.settings = parts.settings
        self.loader = parts.loader
        self.remote = parts.remote
        self.scan = Scan()
        self._nested = parts.places.nested()
        self._walked_at = time.monotonic()
        self._remote: tuple[SourceScan, ...] = ()
        self._faults = LookFaults()
        # Who is told of a change within a look may look again.
        self._looking = threading.RLock()
        self.look_at_servers()
        self.live.subscribe(self._count_rollbacks)
        with _uncollected():
            self._take(self._scanned(0.0))

    @property
    def registry(self) -> Registry:
        """Give the registry in use."""
        return self.live.registry

    @property
    def finder(self) -> Finder:
        """Look skills up in the registry in use."""
        return self.live.finder

    @property
    def resolution(self) -> Resolution:
        """Give how the needs of the registry in use were resolved."""
        return self.live.built.resolution

    @property
    def sources(self) -> tuple[SkillSource, ...]:
        """Give every place that was looked at."""
        return tuple(one.source for one in self.scan.sources)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Give everything that is odd: about places and files, among skills, and about skills that can be used."""
        registry = self.registry
        return (*registry.diagnostics, *(odd for skill in registry.skills for odd in skill.diagnostics))

    def vectors(self) -> Vectors | None:
        """Give a new store of meanings, as the settings choose it; None where routing does without."""
        return self._parts.vectors()

    def text(self, skill: Skill) -> bytes:
        """Give the bytes of a version in use, whatever has become of its file.

        Raises:
            FileUnreadable: They were not kept, and the file cannot be read or is another version.
        """
        kept = self._parts.keep.get(skill.digest) if self._parts.keep is not None else None
        if kept is not None:
            return kept
        if skill.source.kind == "mcp":
            data = server_file(self.remote, skill)
        else:
            data = self._parts.files.read(skill.path, max_bytes=MAX_FILE_BYTES)
        if hashlib.sha256(data).hexdigest() != skill.digest:
            raise FileUnreadable(f"{skill.path} changed since it was looked at", hint="look again", reason="unstable")
        return data

    def look(self) -> SkillChange:
        """Look at every source once more; what changed is swapped in as a whole.

        Raises:
            SwapRefused: What is there now cannot be used; what was there before stays in use.
        """
        with self._looking:
            scan = self._scanned(SETTLE_S)
            if scan is self.scan and not self.live.is_waiting:
                return SkillChange(self.registry.generation, 0.0)
            return self._take(scan)

    def look_at_servers(self) -> None:
        """Ask the servers again what they offer; it is taken over at the next look. A fault is an alert."""
        self._faults.guard("servers", self._ask_servers)

    def watch(self, should_stop: Callable[[], bool], *, refused: Hear | None = None) -> None:
        """Keep the skills up to date until somebody asks to stop; subscribers of `live` hear of changes.

        Where the loader's configuration switches swaps off, it only waits. A look that fails is an alert, and another
        one follows. `refused` hears of swaps that were refused, and of each such fault once.
        """
        eyes = FolderEyes(self._parts.watch)
        if not self.loader.hot_swap:
            while not should_stop():
                eyes.wait((), _AGAIN_S, should_stop)
            return
        try:
            while not should_stop():
                if not self._faults.guard("watch", lambda: self._look_next(eyes, should_stop), refused):
                    # Without folders: what is watched is opened anew afterwards.
                    eyes.wait((), self.settings.watch_interval_s, should_stop)
        finally:
            eyes.close()

    def relieve(
        self,
        profile: BudgetProfile,
        used_elsewhere: int,
        *,
        active: int = 0,
        choices: ListingChoices = PLAIN,
        registry: Registry | None = None,
    ) -> Relief:
        """Give the listing; where the context is over 95 % full, the shortened one, which is answered as a fault.

        Args:
            profile: The budget of the listing.
            used_elsewhere: What bodies and system texts take of the budget's total, in its unit.
            active: How many skills have their text in the context.
            choices: What the listing depends on.
            registry: The skills as they are shown, where that is not as they are.
        """
        relief = context_relief(registry or self.registry, profile, used_elsewhere, choices)
        total = max(1, profile.budget.total)
        after = ContextUse(round(relief.after * total), total)
        # The listing is shortened in one go; the matrix holds it against its thresholds.
        self.matrix.context_used(ContextUse(round(relief.before * total), total), lambda: after, lambda _use: after)
        self.metrics.context(active=active, budget_use=relief.after)
        return relief

    def measured(self, elsewhere: Tally = NOTHING) -> tuple[Metric, ...]:
        """Give every measurement with its threshold; with what was counted `elsewhere`, added."""
        return metrics_of(joined(self.metrics.tally, elsewhere), self.loader.thresholds)

    def alerts(self, elsewhere: Tally = NOTHING) -> tuple[Alert, ...]:
        """Give every threshold that is not kept and every fault that a person must look at."""
        return (*alerts_of(self.measured(elsewhere), self.matrix.answers), *self._faults.alerts())

    def close(self) -> None:
        """Let others know that nothing of this session is in a context any more."""
        if self._parts.ledger is not None:
            self._parts.ledger.closed()

    def _ask_servers(self) -> None:
        remote = self._parts.remote
        if remote is not None:
            self._remote = remote_scans(remote_skills(remote.skills(), remote, parse_skill))

    def _look_next(self, eyes: FolderEyes, should_stop: Callable[[], bool]) -> None:
        due = self.scan.is_unsettled or self.live.is_waiting
        eyes.wait(self._roots(), _AGAIN_S if due else self.settings.watch_interval_s, should_stop)
        self._walk_if_due()
        self.look()

    def _scanned(self, settle_s: float) -> Scan:
        sources, odd = self._parts.places.sources()
        odd = (*odd, *self.loader.odd)
        local = self._parts.scanner.scan((*sources, *self._nested), _local(self.scan), settle_s=settle_s)
        if self._remote:
            # Somebody may have said yes or no since the last look, in another process.
            self._remote = with_approvals(self._remote, self._parts.approvals.held())
            odd = (*odd, *self._parts.approvals.problems())
        extra = [*self._remote]
        if odd:
            extra.append(SourceScan(SkillSource("plugin", "places", ""), (), (), odd))
        whole = (*local.sources, *extra)
        return self.scan if whole == self.scan.sources else Scan(whole, local.elapsed_s)

    def _take(self, scan: Scan) -> SkillChange:
        before = {id(found) for found in self.scan.files}
        fresh = [found for found in scan.files if id(found) not in before]
        self.scan = scan
        for found in fresh:
            if found.skill is not None:
                self.matrix.skill_loaded()
            elif not found.unsettled:
                self.matrix.load_failed(found.stamp.path, next((d.message for d in found.diagnostics), "unreadable"))
        change = self.live.apply(scan)
        self._measure(scan)
        self._keep_odd()
        return change

    def _keep_odd(self) -> None:
        ledger = self._parts.ledger
        if ledger is not None:
            odd = self.diagnostics
            if odd != self._kept_odd:
                self._kept_odd = odd
                ledger.keep(odd)

    def _measure(self, scan: Scan) -> None:
        found, registry = self.resolution, self.registry
        self.matrix.resolution_took(found.elapsed_s, timed_out=found.timed_out)
        failures = sum(file.skill is None and not file.unsettled for file in scan.files)
        self.metrics.scanned(discovery_s=scan.elapsed_s, files=len(scan.files), failures=failures)
        self.metrics.resolved(
            resolution_ms=found.elapsed_s * 1000,
            skills=len(registry.skills),
            cycles=len(found.cycles),
            unresolved=sum(lack.hard for lack in found.missing),
            conflicts=len(registry.conflicts),
        )
        self.metrics.swapped(quarantined=len(self.live.quarantined))

    def _count_rollbacks(self, change: SkillChange) -> None:
        if change.rolled_back:
            self.metrics.swapped(quarantined=len(self.live.quarantined), rolled_back=len(change.rolled_back))

    def _roots(self) -> tuple[Path, ...]:
        unwatched = {place.path for place in self.loader.places if not place.watched}
        return tuple(Path(one.root) for one in self.sources if one.kind != "mcp" and one.root not in unwatched)

    def _walk_if_due(self) -> None:
        if time.monotonic() - self._walked_at >= _WALK_EVERY_S:
            self._nested = self._parts.places.nested()
            self._walked_at = time.monotonic()


def open_skills(
    app: App,
    query: SkillQuery,
    *,
    stays: bool = False,
    remote: RemoteSkillSource | None = None,
    elevation: tuple[Elevation, ElevationAudit] | None = None,
) -> RuntimeSession:
    """Find every skill of a query.

    Args:
        app: The product.
        query: Which places to look at.
        stays: The session is watched, so that the texts of versions in use are kept.
        remote: Servers that offer skills; not given: those of the settings, each waited for.
        elevation: Policy's answer to skills that were refused a tool, and where it is written down; not given:
            the consents that a person gives by `policy approve`, and the audit log.

    Raises:
        LoaderConfigInvalid: The loader's configuration cannot be read.
        DependencyCycle: Skills need each other in a circle, and the settings let that fail.
    """
    host, settings = app.skill_host, app.settings.skills
    loader = LoaderSettings() if settings.loader is None else host.loader(settings.loader)
    if settings.loader is not None:
        settings = with_loader(settings, loader)
    if remote is None and query.usual:
        remote = host.servers(settings.servers, wait_s=_SERVERS_S)
    project = (query.project or Path.cwd()).absolute()
    question = PlaceQuestion(project, query.sources, query.usual, settings.trust_project, loader.places)
    keep = host.kept_texts() if stays else None
    elevate, audit = elevation or elevation_in(app, project)
    return RuntimeSession(
        _Parts(
            scanner=SkillScanner(
                host.files, parse_skill, keep=keep, workers=loader.max_workers or MAX_WORKERS, now_s=app.clock.now_s
            ),
            places=host.places(question),
            files=host.files,
            live=LiveSkills(
                builder_of(host, settings, loader, project),
                rules=SwapRules(settings.version_overlap_s, settings.max_rollbacks),
                now_s=app.clock.now_s,
                keep=keep,
            ),
            settings=settings,
            loader=loader,
            keep=keep,
            matrix=RollbackMatrix(app.clock.now_s, rules=rules_of(settings, loader), elevate=elevate, audit=audit),
            watch=lambda folders: host.watch(folders, look_s=settings.watch_interval_s),
            remote=remote,
            approvals=host.approvals(),
            ledger=host.ledger() if stays else None,
            vectors=lambda: host.vectors(settings.vectors),
        )
    )


@contextmanager
def _uncollected() -> Generator[None]:
    """Make thousands of records without looking again and again for garbage among them: a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _local(scan: Scan) -> Scan:
    """Leave out what no folder holds."""
    return Scan(tuple(one for one in scan.sources if one.source.kind != "mcp" and one.source.label != "places"))
