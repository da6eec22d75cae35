"""Build the plugin that brings capture and library into an agent's client."""

from pathlib import Path

from skillstrata import __version__
from skillstrata.app.wiring import App
from skillstrata.records.plugins import PluginBuild


def build(app: App, *, to: Path, program: str, marketplace: bool) -> PluginBuild:
    """Write the plugin's folder; the same version gives the same bytes.

    Args:
        app: The App.
        to: The folder; it must be new, empty, or of an earlier build.
        program: The word or path by which the client starts our server.
        marketplace: Write the marketplace entry as well.

    Raises:
        PluginFolderForeign: The folder is not ours; nothing was written.
        StoreFull: It cannot be written.
    """
    return app.agent_plugin.build(to, version=__version__, program=program, marketplace=marketplace)
