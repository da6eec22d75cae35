"""`skills`: the verbs of the skill runtime, each imported only when it is called.

In     a verb's name
Out    its command
Never  imports a verb that was not asked for
"""

from skillstrata.surfaces.cli.lazy_verbs import LazyVerbs
from skillstrata.surfaces.cli.verbs import CLI, VerbEntry

# One row a verb, in the order of `--help`: name, "module:command", the use cases it calls, its line of help.
SKILL_VERBS: tuple[VerbEntry, ...] = (
    VerbEntry(
        "list",
        f"{CLI}.skills_sources:list_skills",
        ("listing_skills.listed",),
        "List every skill: where it comes from, whether it can be used, and why not.",
    ),
    VerbEntry(
        "show",
        f"{CLI}.skills_show:show",
        ("showing_skills.show",),
        "Tell everything about one skill, without calling it.",
    ),
    VerbEntry(
        "load",
        f"{CLI}.skills_files:load",
        ("loading_skills.load",),
        "Print what a model is given when a skill is called.",
    ),
    VerbEntry(
        "validate",
        f"{CLI}.skills_files:validate",
        ("validating_skills.validate",),
        "Say what is odd about skill files; --strict judges by the open specification.",
    ),
    VerbEntry(
        "publish",
        f"{CLI}.skills_files:publish",
        ("publishing_skills.publish",),
        "Write copies of skills in the strict form, leaving the sources alone.",
    ),
    VerbEntry(
        "approve",
        f"{CLI}.skills_approve:approve",
        ("approving_skills.approve", "approving_skills.revoke"),
        "Allow a server's skill for exactly the files that it has now; --revoke takes that back.",
    ),
    VerbEntry(
        "catalog",
        f"{CLI}.skills_catalog:catalog",
        ("cataloguing_skills.listing",),
        "Print the listing that a model is shown, within a budget; say who lost what.",
    ),
    VerbEntry(
        "route",
        f"{CLI}.skills_catalog:route",
        ("routing_skills.route", "routing_skills.report", "routing_skills.shadow", "routing_skills.trial"),
        "Propose skills for a request, or say that none fits.",
    ),
    VerbEntry(
        "trials",
        f"{CLI}.skills_trials:trials",
        ("trying_skills.trials",),
        "Tell which descriptions on trial do better, and whether that is more than luck.",
    ),
    VerbEntry(
        "deps",
        f"{CLI}.skills_sources:deps",
        ("resolving_skills.needs",),
        "Draw what skills need of each other; say what is missing.",
    ),
    VerbEntry(
        "conflicts",
        f"{CLI}.skills_sources:conflicts",
        ("listing_skills.conflicts",),
        "List names that several sources have, and which one is meant.",
    ),
    VerbEntry(
        "diagnose",
        f"{CLI}.skills_sources:diagnose",
        ("diagnosing_skills.diagnose", "diagnosing_skills.kept"),
        "Measure, and name everything that is odd.",
    ),
    VerbEntry(
        "watch",
        f"{CLI}.skills_sources:watch",
        ("watching_skills.watch",),
        "Tell every change, a line each; take a skill back.",
    ),
)


skills = LazyVerbs(
    "skills",
    SKILL_VERBS,
    summary="Find, check, publish and load skills from every place they lie in.",
    epilog="`skillstrata skills VERB --help` tells more about one.",
)
