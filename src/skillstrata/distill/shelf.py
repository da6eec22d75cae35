"""What would free a candidate that is set aside, in words a person can act on.

In     Verdict
Out    the command, or the sentence where no command helps
"""

from skillstrata.records.candidates import State, Verdict

_AGAIN = "skillstrata unshelve {id}"
_NEWER = "a newer skillstrata that can do it, then `skillstrata unshelve {id}`"
_FREED_BY = {
    "unsupported": _NEWER,
    "unliftable": _NEWER,
    "unmeasurable": _NEWER,
    "network": "nothing: a replay has no network",
    "safety_review": "nothing yet: programs that delete files are not replayed",
    "host": "nothing: it depends on the machine it runs on",
    "nondeterministic": "take the clock or the random numbers out of the program and run it again",
    "unproven_generality": "run a version of the program that handles other inputs of the same shape",
    "secret": "take the secret out of the program and run it again",
}


def what_frees(verdict: Verdict) -> str:
    """Give what frees a shelved candidate; "" for one at another end. "{id}" stands for the candidate's id."""
    if verdict.state is not State.SHELVED:
        return ""
    return verdict.unshelve or _FREED_BY.get(verdict.reason, _AGAIN)
