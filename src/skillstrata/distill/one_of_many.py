"""Recognise a program that treats every file of a folder alone: a tool for one file, not for that folder.

In     Execution, Observation of a run over many files
Out    the files to leave out, so that one is left to show what is done with each
Never  leaves out a file that the program or its call names, or files that are made into one
"""

import posixpath
from collections import Counter

from skillstrata.distill.lifted_text import LIFTINGS
from skillstrata.distill.roles import role_of, roles_of
from skillstrata.records.drafts import Observation
from skillstrata.records.executions import Execution


def others_of_many(execution: Execution, observation: Observation) -> frozenset[str]:
    """Give all but the first of the files that were found by the program itself, and are of one kind."""
    if len(observation.reads) == 1 or 1 <= len(observation.writes) < len(observation.reads):
        return frozenset()
    roles = roles_of(execution, observation)
    words = (*(f.value for f in LIFTINGS[execution.language].folds(execution.body or "")), *execution.argv)
    named = {standing.name for word in words if (standing := role_of(word, roles)) is not None}
    found = [file.path for name, file in roles.inputs if name not in named and name != roles.piped]
    endings = Counter(posixpath.splitext(path)[1].lower() for path in found)
    alike = [path for path in found if endings[posixpath.splitext(path)[1].lower()] > 1]
    return frozenset(alike[1:]) if len(endings) == 1 else frozenset()
