"""Join the trials of descriptions that the settings name to open skills and to the routing log.

In     a RuntimeSession; a session's name
Out    the registry as that session is shown it, the mark for its lines of the log
Never  gives one session both descriptions; changes a skill's file, or what it is found by
"""

import hashlib

from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.records.skills import Registry
from skillstrata.records.trials import DescriptionTrial
from skillstrata.runtime.description_trials import variant, with_trial

_DIGITS = 8


def trials_of(session: RuntimeSession) -> tuple[DescriptionTrial, ...]:
    """Give the trials whose skill is there; one begins anew when either description changes."""
    settings, made = session.settings, list[DescriptionTrial]()
    for name, proposed in settings.trials:
        skill = session.finder.get(name)
        if skill is not None:
            current = skill.frontmatter.description
            digest = hashlib.sha256(f"{current}\0{proposed}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
            made.append(DescriptionTrial(digest, skill.id, current, proposed, settings.trial_share))
    return tuple(made)


def registry_for(session: RuntimeSession, who: str) -> Registry:
    """Give the registry as a session is shown it; "" stands for nobody, who is shown the files' own words."""
    registry = session.registry
    for trial in trials_of(session) if who else ():
        registry = with_trial(registry, trial, who)
    return registry


def variant_for(session: RuntimeSession, who: str) -> str:
    """Give the mark of a session's descriptions, "" where nothing is on trial."""
    return variant(trials_of(session), who) if session.settings.trials else ""
