"""Tell what skills need of each other and of the machine."""

from dataclasses import dataclass

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.wiring import App
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.runtime.dependency_drawing import as_dot, as_svg, as_text
from skillstrata.runtime.dependency_graph import Resolution


@dataclass(frozen=True, slots=True)
class NeedsReport:
    """How needs were resolved, drawn in three ways; `warnings` are of skills that work on the same things."""

    resolution: Resolution
    text: str
    dot: str
    svg: str
    warnings: tuple[Diagnostic, ...]


def needs(app: App, query: SkillQuery) -> NeedsReport:
    """Resolve and draw the needs of every skill.

    Raises:
        DependencyCycle: There is a circle, and the settings let that fail.
    """
    session = open_skills(app, query)
    found = session.resolution
    warnings = tuple(odd for odd in session.registry.diagnostics if odd.code == "scope_shared")
    return NeedsReport(found, as_text(found), as_dot(found), as_svg(found), warnings)
