"""The table of verbs: where each lives and which use cases it calls.

In     nothing
Out    `VERBS`, read by the command group (what to import), by `--help` (what to list) and by tests (what is offered)
Never  imports a verb: a program that lists tools must not pay for the one that distils
"""

from dataclasses import dataclass

CLI = "skillstrata.surfaces.cli"


@dataclass(frozen=True, slots=True)
class VerbEntry:
    """One verb: its command object ("module:name"), its use cases ("module.function"), its line in `--help`."""

    name: str
    target: str
    use_cases: tuple[str, ...]
    summary: str


VERBS: tuple[VerbEntry, ...] = (
    VerbEntry(
        "init", f"{CLI}.installing:init", ("installing.init",), "Install the hooks and the MCP entry into an agent."
    ),
    VerbEntry(
        "uninstall", f"{CLI}.installing:uninstall", ("installing.uninstall",), "Take exactly our entries out again."
    ),
    VerbEntry(
        "doctor", f"{CLI}.installing:doctor", ("doctoring.doctor",), "Check everything that must work, and say the fix."
    ),
    VerbEntry(
        "hook-path",
        f"{CLI}.installing:hook_path",
        ("installing.hook_path",),
        "Print the path of the installed hook script.",
    ),
    VerbEntry(
        "import",
        f"{CLI}.importing:import_verb",
        ("importing.default_places", "importing.import_histories"),
        "Read the histories that agents have written.",
    ),
    VerbEntry(
        "distill", f"{CLI}.distilling:distill", ("distilling.distill",), "Read what agents did and make tools of it."
    ),
    VerbEntry(
        "status", f"{CLI}.viewing:status", ("viewing.status",), "Show the accounting, the last pass and the shelf."
    ),
    VerbEntry(
        "candidates", f"{CLI}.viewing:candidates", ("viewing.candidates",), "List every candidate and how it ended."
    ),
    VerbEntry(
        "explain",
        f"{CLI}.viewing:explain",
        ("viewing.explain",),
        "Tell why one candidate ended as it did, stage by stage.",
    ),
    VerbEntry(
        "shelved", f"{CLI}.viewing:shelved", ("viewing.shelved",), "List what is set aside and what would free it."
    ),
    VerbEntry(
        "unshelve", f"{CLI}.distilling:unshelve", ("distilling.unshelve",), "Judge what was set aside once more."
    ),
    VerbEntry("ls", f"{CLI}.tools:ls", ("viewing.ls",), "List the tools in the library."),
    VerbEntry("show", f"{CLI}.tools:show", ("viewing.show",), "Show one tool: branches, contract, proof, lineage."),
    VerbEntry("run", f"{CLI}.running:run", ("viewing.show", "running.run"), "Run a tool in the sandbox on real files."),
    VerbEntry(
        "verify",
        f"{CLI}.verifying:verify",
        ("verifying.verify", "regression.verify_changed"),
        "Run the proof of a tool again.",
    ),
    VerbEntry("usage", f"{CLI}.observing:usage", ("observing.usage",), "Show how a tool did, and where it was missed."),
    VerbEntry("failures", f"{CLI}.observing:failures", ("observing.failures",), "List failed calls by class."),
    VerbEntry(
        "health",
        f"{CLI}.tending:health",
        ("observing.health", "tending.tend"),
        "Show the health of the library, and its trend.",
    ),
    VerbEntry(
        "pending",
        f"{CLI}.reviewing:pending",
        ("reviewing.pending", "reviewing.shown"),
        "List what only a person can decide.",
    ),
    VerbEntry(
        "review",
        f"{CLI}.reviewing:review",
        ("reviewing.pending", "reviewing.shown", "reviewing.answer", "reviewing.undo"),
        "Decide it, one by one or by name; take a decision back.",
    ),
    VerbEntry("expose", f"{CLI}.exposing:expose", ("exposing.expose",), "Offer tools further than their use says."),
    VerbEntry("hide", f"{CLI}.exposing:hide", ("exposing.hide",), "Take tools out of searches and lists."),
    VerbEntry("retire", f"{CLI}.exposing:retire", ("exposing.retire",), "Put tools away; they can come back."),
    VerbEntry(
        "mcp",
        f"{CLI}.serving:mcp",
        ("daemon_starting.start_if_wanted",),
        "Serve the library to an agent: MCP on stdin and stdout.",
    ),
    VerbEntry(
        "environments",
        f"{CLI}.environments:environments",
        ("collecting.environments", "collecting.collect"),
        "List the built environments; `gc` removes those unused for long.",
    ),
    VerbEntry(
        "daemon",
        f"{CLI}.background:daemon",
        (
            "distilling.distill",
            "daemon_running.run",
            "daemon_running.batch",
            "daemon_starting.start",
            "daemon_starting.start_if_wanted",
            "daemon_starting.stop",
            "daemon_starting.status",
            "daemon_service.install",
            "daemon_service.uninstall",
        ),
        "Take in events at once, distil while nobody is there; start and stop that.",
    ),
    VerbEntry(
        "config",
        f"{CLI}.configuring:config",
        ("configuring.show",),
        "Every setting: its value and where it came from; the file.",
    ),
    VerbEntry(
        "forget",
        f"{CLI}.forgetting:forget",
        ("forgetting.plan", "forgetting.forget"),
        "Remove a session and what comes from it alone.",
    ),
    VerbEntry(
        "export-trace",
        f"{CLI}.forgetting:export_trace",
        ("exporting.export_trace",),
        "Write recorded events to a file that may be shown to others.",
    ),
    VerbEntry(
        "redact",
        f"{CLI}.redacting:redact",
        ("redacting.redact",),
        "Show what would be taken out of a text before it is stored.",
    ),
    VerbEntry(
        "plugin",
        f"{CLI}.plugin:plugin",
        ("plugin_building.build",),
        "Build the plugin for Claude Code: hooks, MCP server, skill, commands.",
    ),
    VerbEntry(
        "warm-start",
        f"{CLI}.warm_start:warm_start",
        ("warm_starting.look", "warm_starting.renew"),
        "Show what an agent is told when it starts in a project, and why.",
    ),
    VerbEntry(
        "export",
        f"{CLI}.sharing:export",
        ("exporting_skills.export",),
        "Write a skill as a folder that others can use and check.",
    ),
    VerbEntry(
        "import-skill",
        f"{CLI}.sharing:import_skill",
        (
            "importing_skills.take_in",
            "importing_skills.held",
            "importing_skills.package",
            "importing_skills.accept",
            "importing_skills.reject",
        ),
        "Take in a skill of somebody else: looked through, into quarantine, then by your word.",
    ),
    VerbEntry(
        "sync",
        f"{CLI}.syncing:sync",
        ("syncing_skills.sync", "syncing_skills.undo"),
        "Keep published skills in folders that agents read by themselves.",
    ),
    VerbEntry(
        "lock",
        f"{CLI}.syncing:lock",
        ("locking_skills.write", "locking_skills.check"),
        "Write down which skills a project uses; say later what changed.",
    ),
    VerbEntry(
        "keys",
        f"{CLI}.signing:keys",
        (
            "exporting_skills.keys",
            "exporting_skills.make_key",
            "exporting_skills.trust",
            "exporting_skills.distrust",
        ),
        "The key that signs exports, and the keys that are trusted.",
    ),
    VerbEntry(
        "skills",
        f"{CLI}.skills:skills",
        (),
        "Find, check, publish and load skills from every place they lie in.",
    ),
    VerbEntry(
        "learn",
        f"{CLI}.learning:learn",
        (),
        "Learn from work: compare drafts with what exists, apply them, take them back.",
    ),
    VerbEntry(
        "compile",
        f"{CLI}.compiling:compiling_verbs",
        ("compiling.compile_skills", "compiling.status", "compiling.remove"),
        "Make tools of skills that declare one.",
    ),
    VerbEntry(
        "tools",
        f"{CLI}.calling_tools:tools",
        (
            "accepting_tools.accept",
            "accepting_tools.compared",
            "calling_capabilities.listed",
            "calling_capabilities.shown",
            "calling_capabilities.planned",
            "calling_capabilities.call",
            "calling_capabilities.runs",
            "calling_capabilities.run_status",
        ),
        "Every tool there is: list them, show one, call one, look at runs.",
    ),
    VerbEntry(
        "policy",
        f"{CLI}.policy:policy",
        ("policies.check", "policies.show", "policies.grants", "policies.answer"),
        "What may be called: the rules, what they say of a call, consents.",
    ),
    VerbEntry(
        "audit",
        f"{CLI}.audit:audit",
        ("auditing.log", "auditing.verify"),
        "What was decided and done with tools; whether the log is whole.",
    ),
)
