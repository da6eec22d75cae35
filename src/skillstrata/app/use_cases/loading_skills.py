"""Call a skill by its name, as a person does."""

from pathlib import Path

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.skill_calls import SkillCall, call
from skillstrata.app.skill_reports import LoadedSkill
from skillstrata.app.wiring import App


def load(app: App, asked: SkillCall, *, query: SkillQuery) -> LoadedSkill:
    """Call a skill of the places of a query.

    Raises:
        SkillNotFound: No skill has this name.
        SkillNotApproved: It comes from a server, and nobody approved it as it is now.
        SkillUnavailable: Something that it needs is missing.
        SkillNotForModel: A model calls what only people may.
        FileUnreadable: Its file cannot be read.
    """
    return call(app, open_skills(app, query), asked, project=query.project or Path.cwd())
