"""Who calls: the session, the project and the person behind this process.

In     the App's settings: the environment that the agent's client gave us
Out    Caller: names and digests, never a path or a person's name
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from skillstrata.app.wiring import App

_DIGITS = 16
_SESSION = "CLAUDE_CODE_SESSION_ID"
# A server serves one session of a client, also where the client does not say which.
_SERVED = f"mcp:{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Caller:
    """`session` is "" where nobody says it; one that begins with "mcp:" is our own name for a client's session."""

    session: str
    project: str
    person: str


def caller_of(app: App, surface: str) -> Caller:
    """Give who calls over a surface."""
    environ = dict(app.settings.environ)
    person = environ.get("USER") or environ.get("LOGNAME") or ""
    return Caller(
        session=session_of(app, _SERVED if surface == "mcp" else ""),
        project=project_digest(app, Path(environ.get("CLAUDE_PROJECT_DIR") or Path.cwd())),
        person=_digest(person.encode()) if person else "",
    )


def session_of(app: App, otherwise: str = "") -> str:
    """Give the session as its agent names it, for whatever `forget` is to find; `otherwise` where nobody says."""
    return dict(app.settings.environ).get(_SESSION) or otherwise


def project_digest(app: App, folder: Path) -> str:
    """Give the digest that uses name the project of a folder by."""
    return _digest(os.fsencode(app.project_of(folder)))


def is_named(session: str) -> bool:
    """Say whether a session has the name that its agent gives it."""
    return bool(session) and not session.startswith("mcp:")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
