"""An App on a clock that is set by hand, and a machine whose state is a word."""

import os
from dataclasses import dataclass
from pathlib import Path

from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app


@dataclass
class Watch:
    """A clock that is set by hand; each look at it is a second later."""

    at_s: float = 1000.0

    def now_s(self) -> float:
        """Give the time, in seconds."""
        self.at_s += 1.0
        return self.at_s


@dataclass
class Machine:
    """A machine whose state is a word."""

    state: str = "first"

    def stamp(self, programs: tuple[str, ...]) -> str:
        """Give what the machine and these programs are."""
        return f"{self.state} {sorted(programs)}"


def watched_app(root: Path) -> App:
    """Open an App on an empty library below a folder."""
    environ = {"HOME": str(root), "PATH": os.environ["PATH"]}
    app = open_app(load_settings(data_dir=root / "data", config=None, environ=environ))
    app.__dict__["clock"] = Watch()
    return app
