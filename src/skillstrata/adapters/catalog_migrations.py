"""Bring an open catalog to the newest format with alembic.

In     a connection inside a write transaction
Out    the same connection; tables at HEAD, all or nothing
Why    a module of its own: alembic takes 0.15 s to import, and only a catalog that is not at HEAD needs it
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

SCRIPTS = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Give alembic's configuration for the revisions that are installed with the program."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    # A fixed separator: without one alembic warns and guesses.
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: Connection) -> None:
    """Run every revision the catalog has not had yet, inside the caller's transaction."""
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
