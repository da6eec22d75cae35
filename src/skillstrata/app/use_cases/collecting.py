"""What is kept of built environments, and the collection of those that nobody used for long."""

from skillstrata.app.wiring import App
from skillstrata.records.environments import Collection, EnvironmentStock


def environments(app: App) -> EnvironmentStock:
    """List the environments that are kept, the longest unused first."""
    return app.environments.kept()


def collect(app: App, *, unused_for_s: float, most_bytes: int | None, dry_run: bool) -> Collection:
    """Remove environments that nobody used for so long, and what is beyond a size.

    Args:
        app: The App.
        unused_for_s: Seconds without use; what was used within a day is kept in any case.
        most_bytes: Room that all of them may take on the disk; None for any.
        dry_run: Only say what would go.
    """
    return app.environments.collect(unused_for_s=unused_for_s, most_bytes=most_bytes, dry_run=dry_run)
