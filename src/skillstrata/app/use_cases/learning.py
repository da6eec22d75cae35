"""Make drafts of skills, commands and agents from what was done, and keep them until somebody decides.

In     the App
Out    DraftReport; draft files that `learn apply` reads
Never  writes an artefact, or lists a draft anywhere: nothing that is learned is seen by an agent before it is accepted
"""

from skillstrata.app.learning_runs import WHOLE, DraftReport, LearningBudget, drafted
from skillstrata.app.wiring import App


def draft(app: App, project: str = "", budget: LearningBudget = WHOLE) -> DraftReport:
    """Read what was done, and write a draft for whatever holds.

    Args:
        app: The App.
        project: A project's folder or label; the report then has its drafts only. All are made in any case.
        budget: How far it goes; a run that is stopped changes no draft.

    Raises:
        StoreFull: A draft cannot be written.
        StoreLocked: Another process takes in events for longer than we wait.
    """
    return drafted(app, project, budget)
