"""Every setting is one row: its key, kind, default, range, what it is for, and where else it can be said.

In     nothing
Out    `ROWS`, read by the loader, by the command line's options, by `config show` and by the guide's test
Never  reads a file or the environment
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from skillstrata.records.sandbox_runs import Endpoint

MB = 1_000_000
"""Bytes of one MB in every setting that ends in `_mb`."""

Grants = tuple[tuple[str, tuple[Endpoint, ...]], ...]
Names = tuple[tuple[str, str], ...]
Words = tuple[str, ...]
Value = bool | int | float | str | Path | Grants | Names | Words | None
Kind = Literal[
    "yes/no",
    "whole number",
    "number",
    "word",
    "text",
    "path",
    "hosts by tool",
    "distributions by import",
    "modes by skill",
    "servers by label",
    "list of folders",
    "list of names",
    "descriptions by skill",
]


@dataclass(frozen=True, slots=True)
class Row:
    """One setting.

    `key` is the dotted key of config.toml. `environ` are the variables that say it, the first one that is set wins;
    `low` and `high` are the least and the most that a number may be; `words` are all that a word may be.
    """

    key: str
    kind: Kind
    default: Value
    about: str
    low: float = 0
    high: float = 0
    words: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def environ(self) -> tuple[str, ...]:
        """Name the environment variables: ours by the key, then the other names that are honoured."""
        return (f"SKILLSTRATA_{self.key.replace('.', '_').upper()}", *self.aliases)

    @property
    def flag(self) -> str:
        """Name the option of the command line."""
        return f"--{self.key.replace('.', '-').replace('_', '-')}"

    @property
    def allowed(self) -> str:
        """Say what values it may have."""
        if self.words:
            return " or ".join(self.words)
        return f"{self.low:g} to {self.high:g}" if self.high else self.kind


def _whole(key: str, default: int, limits: tuple[int, int], about: str, *aliases: str) -> Row:
    return Row(key, "whole number", default, about, *limits, aliases=aliases)


_MOST_MB = 100_000_000
_MOST_DAYS = 36_500
_DAY_S = 86_400

ROWS: tuple[Row, ...] = (
    Row("data_dir", "path", None, "Where everything is kept.", aliases=("DISTILLER_DATA_DIR",)),
    Row("install", "yes/no", False, "Environments may fetch distributions over the network."),
    Row("sandbox", "word", "isolated", "The tier of the walls around tools.", words=("isolated", "contained")),
    Row("network", "hosts by tool", (), "What each tool may reach; a tool that is not named reaches nothing."),
    Row("distributions", "distributions by import", (), "Which distribution provides an import that no table knows."),
    _whole(
        "batch_size",
        50,
        (1, 10_000),
        "Candidates that one pass in the background judges, at most.",
        "DISTILLER_BATCH_SIZE",
    ),
    _whole(
        "reuse_frequency_n",
        3,
        (1, 1000),
        "Successful reuses after which a tool counts as confirmed.",
        "DISTILLER_REUSE_FREQUENCY_N",
    ),
    _whole(
        "reuse.unused_days",
        180,
        (0, _MOST_DAYS),
        "Days without use after which a tool, or what was learned, is put away; 0: never.",
    ),
    Row("daemon", "yes/no", True, "The background process starts by itself when an agent starts."),
    Row("idle_s", "number", 60.0, "Seconds of quiet machine and quiet user before it distils.", 0, _DAY_S),
    _whole("nice", 19, (0, 19), "How far it stands back: the scheduler's nice value."),
    Row("daemon_poll_s", "number", 2.0, "Seconds between its looks where the system tells of no change.", 0.05, 3600),
    Row("daemon_linger_s", "number", 900.0, "Seconds without an event after which it ends; 0: never.", 0, 7 * _DAY_S),
    _whole("spool_max_mb", 2048, (1, _MOST_MB), "Room that events not read yet may take."),
    _whole("disk_min_free_mb", 512, (0, _MOST_MB), "Free space below which nothing more is copied or built."),
    _whole("snapshots.max_mb", 2048, (0, _MOST_MB), "Room that copies of files may take; the oldest go first."),
    _whole("snapshots.max_file_mb", 5, (1, 1000), "The largest file that is copied."),
    _whole("traces.keep_days", 0, (0, _MOST_DAYS), "Days that recorded events are kept; 0: for ever."),
    Row("redaction.rules", "path", None, "A file with more patterns of what is secret."),
    Row("redaction.values", "yes/no", True, "Values of secret-named environment variables are secret anywhere."),
    _whole("environments.unused_days", 90, (1, _MOST_DAYS), "Days without use after which an environment is removed."),
    _whole("environments.max_mb", 0, (0, _MOST_MB), "Room that environments may take, the longest unused go; 0: any."),
    _whole("calls.max_input_mb", 100, (1, 10_000), "The largest file that a tool is given."),
    Row(
        "judge.mode",
        "word",
        "auto",
        "Who is asked whether two tools serve one purpose where rules do not tell: nobody, or a model.",
        words=("offline", "auto", "api", "claude-code"),
        aliases=("SKILLSTRATA_JUDGE",),
    ),
    Row("judge.model", "text", "anthropic:claude-haiku-4-5", "The model that is asked, as PROVIDER:MODEL."),
    _whole("judge.max_calls_per_day", 50, (0, 100_000), "Questions that a model is asked in a day, at most."),
    _whole("judge.max_tokens_per_day", 100_000, (0, 1_000_000_000), "Tokens that those may take in a day, at most."),
    Row("judge.timeout_s", "number", 20.0, "Seconds that an answer may take.", 0.1, 600),
    Row("fixtures.keep_real", "yes/no", False, "The input a program was shown with is kept as a fixture of its tool."),
    Row("warm_start.enabled", "yes/no", True, "An agent is told at its start which tools and skills fit its project."),
    _whole("warm_start.max_chars", 1200, (1, 4000), "How long that may be, in characters."),
    Row("learning.enabled", "yes/no", True, "Drafts of skills are made from work in the background."),
    _whole("learning.min_count", 3, (2, 1000), "Times that something must have happened to be learnt."),
    _whole("learning.min_sessions", 2, (1, 1000), "Sessions that it must come from."),
    Row("learning.min_confidence", "number", 0.5, "Confidence below which no draft is made.", 0, 1),
    _whole("learning.half_life_days", 30, (1, _MOST_DAYS), "Days after which an occurrence counts half."),
    _whole("learning.max_per_run", 10, (0, 1000), "New drafts of one run, at most."),
    _whole("learning.max_per_project", 20, (0, 1000), "Drafts of one project, at most."),
    _whole("learning.max_total", 100, (0, 10_000), "Drafts in all, at most."),
    Row(
        "learning.phrasing",
        "word",
        "offline",
        "Who writes the description of a draft: templates, or the model of judge.model.",
        words=("offline", "api"),
    ),
    _whole("calls.parallel", 4, (1, 64), "Calls that the MCP server runs at the same time."),
    Row(
        "skills.profile",
        "word",
        "claude-code",
        "Whose order decides between skills of one name.",
        words=("claude-code", "open", "seed"),
    ),
    Row("skills.loader", "path", None, "A loader's configuration in YAML: places, limits, thresholds."),
    Row("skills.managed", "path", None, "Where the organisation's skills lie, if not in the usual place."),
    Row("skills.trust_project", "yes/no", False, "Skills that come with a project are trusted like the user's own."),
    Row("skills.override_threshold", "number", 0.8, "How like another a project's skill takes its place (seed).", 0, 1),
    Row(
        "skills.on_cycle",
        "word",
        "warn_and_sort",
        "What becomes of skills that need each other in a circle.",
        words=("warn_and_sort", "fail_fast"),
    ),
    Row("skills.resolution_timeout_s", "number", 5.0, "Seconds after which needs are left unresolved.", 0.001, 3600),
    Row("skills.watch_interval_s", "number", 2.0, "Seconds between looks where no change is told.", 0.05, 3600),
    Row("skills.version_overlap_s", "number", 300.0, "Seconds that clients keep a replaced version.", 0, _DAY_S),
    _whole("skills.max_rollbacks", 3, (0, 100), "How often one skill may be taken back."),
    Row(
        "skills.listing_profile",
        "word",
        "default",
        "Whose budget the listing of skills keeps to.",
        words=("default", "claude-code", "codex"),
    ),
    _whole("skills.context_tokens", 0, (0, 100_000_000), "Size of the model's context, for those budgets; 0: unknown."),
    Row("skills.servers", "servers by label", (), "MCP servers whose skills are taken over, by command or address."),
    Row("skills.critical", "text", None, "Skills, with commas between, of which a person must see each refused tool."),
    Row("skills.trials", "descriptions by skill", (), "Other descriptions of skills, tried on part of the sessions."),
    Row("skills.trial_share", "number", 0.5, "The part of the sessions that get the description on trial.", 0, 1),
    Row(
        "skills.vectors",
        "word",
        "none",
        "A store of vectors that routing asks beside the words; hashed: of terms, without a model.",
        words=("none", "hashed"),
    ),
    Row("skills.listing", "modes by skill", (), "Skills listed as pinned, full, compact, name-only or manual."),
    Row("policy.managed", "path", None, "One more policy of the organisation, beside the one in the usual place."),
    Row("compose.auto", "yes/no", True, "The MCP server compiles skills that declare a tool, at start and on change."),
    _whole("compose.listed", 50, (0, 100_000), "Composed tools that the MCP server lists; skills_search finds all."),
    Row("compose.roots", "list of folders", (), "Folders whose files steps may use, besides the project's."),
    Row("compose.without", "list of names", (), "Native tools to leave out; a server's of that name is then meant."),
    Row("compose.secrets", "list of names", (), "Environment variables that {{secret.NAME}} may stand for."),
    _whole("compose.steps", 100, (1, 100), "Steps of one composed tool."),
    _whole("compose.parallel", 8, (1, 8), "Steps of one run at the same time."),
    _whole("compose.loop_items", 1_000, (1, 10_000), "Items of one for_each."),
    _whole("compose.calls", 500, (1, 500), "Calls of one run."),
    _whole("compose.step_bytes", 1_000_000, (1, 1_000_000), "Bytes of one step's output."),
    _whole("compose.run_bytes", 4_000_000, (1, 4_000_000), "Bytes of all outputs of one run."),
    Row("compose.step_s", "number", 60.0, "Seconds that a step may take that says nothing itself.", 0.1, 300),
    Row("compose.run_s", "number", 300.0, "Seconds that one run may take.", 0.1, 300),
    Row("compose.wait_s", "number", 604800.0, "Seconds that a run waits for an answer.", 0.1, 30 * _DAY_S),
)
BY_KEY = {row.key: row for row in ROWS}
