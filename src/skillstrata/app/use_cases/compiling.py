"""Make tools of skills that declare one, look at them, remove them.

In     the App, files and folders of skills
Out    CompileReport, CompileStatus
Never  runs a step
"""

from collections.abc import Callable
from pathlib import Path

from skillstrata.app.capability_reports import CompileStatus
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.app.wiring import App
from skillstrata.records.composed_tools import CompileReport


def compile_skills(
    app: App, paths: tuple[Path, ...], *, project: Path, tell: Callable[[int, int], None] | None = None
) -> CompileReport:
    """Compile the skills at and below some paths, or every skill of every source.

    Args:
        app: The App.
        paths: Skill files, skill folders, or folders that hold some; none: all skills.
        project: The folder worked in.
        tell: Is told how many are done, of how many.

    Raises:
        SkillNotFound: At a path there is no skill that declares a tool.
        PolicyInvalid: The policy cannot be read.
        StoreFull, StoreLocked: What was compiled could not be kept.
    """
    served = ServedTools(app, project)
    try:
        return served.compile(tuple(str(path.absolute()) for path in paths), tell)
    finally:
        served.close()


def status(app: App, *, project: Path | None = None) -> CompileStatus:
    """Give what is compiled, what is stale, and what did not compile."""
    served = ServedTools(app, project or Path.cwd())
    try:
        return served.status()
    finally:
        served.close()


def remove(app: App, name: str) -> tuple[str, ...]:
    """Remove a compiled tool; it does not come back before its skill is compiled by name or path.

    Raises:
        ToolUnknown: No compiled tool is called that.
    """
    served = ServedTools(app, Path.cwd())
    try:
        return served.remove(name)
    finally:
        served.close()
