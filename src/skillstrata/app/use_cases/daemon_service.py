"""Put the background process into the user's service manager, and take it out again."""

from skillstrata.app.daemon_words import words_of
from skillstrata.app.wiring import App
from skillstrata.ports.services import ServiceChange


def install(app: App, *, print_only: bool) -> ServiceChange:
    """Write the unit and start it; a second time changes nothing.

    Args:
        app: Of the data directory that it serves; settings given as options are part of the unit.
        print_only: Only show what would be written.

    Raises:
        StoreFull: The unit cannot be written.
    """
    if not print_only:
        app.prepare()
    return app.services(words_of(app.settings)).install(dry_run=print_only)


def uninstall(app: App) -> ServiceChange:
    """End it and take the unit away.

    Raises:
        StoreFull: The unit cannot be removed.
    """
    return app.services(words_of(app.settings)).uninstall()
