"""Say what an agent is told when it starts in a project, and why."""

from dataclasses import dataclass
from pathlib import Path

from skillstrata.app.warm_preparing import prepare, starts_of, work_in
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import warm_starts
from skillstrata.records.exchanges import WarmStart


@dataclass(frozen=True, slots=True)
class WarmStartReport:
    """`told` is what the hook says there now (None: nothing), `fresh` what it would say after the next pass.

    Switched off, `told` is what was prepared before: the hook says it until somebody renews.
    """

    project: str
    enabled: bool
    told: WarmStart | None
    fresh: WarmStart
    times_shown: int


def look(app: App, folder: Path) -> WarmStartReport:
    """Say what is told in a folder, with the reason for each line.

    Args:
        app: The App.
        folder: Where an agent would start.
    """
    store = warm_starts(app)
    project = app.project_of(folder)
    makes = starts_of(app)
    fresh = makes.of(str(project), work_in(app, folder))
    if not fresh.text:
        fresh = makes.general()
    told = store.prepared(str(folder))
    shown = sum(one.key == told.key for one in store.shown()) if told else 0
    return WarmStartReport(str(project), app.settings.warm_start_enabled, told, fresh, shown)


def renew(app: App) -> None:
    """Prepare what is told in every known project now, instead of after the next pass.

    Raises:
        StoreFull: It cannot be written.
    """
    app.prepare()
    prepare(app, app.catalog.sessions())
