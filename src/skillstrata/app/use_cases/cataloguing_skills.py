"""Show what a model would be shown of all skills, and what each of them lost for it."""

from dataclasses import replace
from pathlib import Path

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.skill_listing import PLAIN, ListingQuestion, below, listing_of
from skillstrata.app.wiring import App
from skillstrata.records.catalogues import Catalogue


def listing(app: App, query: SkillQuery, question: ListingQuestion = PLAIN) -> Catalogue:
    """Find every skill and list them within the budget.

    Raises:
        ListingProfileUnknown: There is no such profile.
        DependencyCycle: Skills need each other in a circle, and the settings let that fail.
    """
    project = (query.project or Path.cwd()).absolute()
    question = replace(question, touched=below(project, (str(Path(file).absolute()) for file in question.touched)))
    return listing_of(app, open_skills(app, query), question)
