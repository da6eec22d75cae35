"""A skill as it was found: what its file says, where it comes from, and what was odd about it.

Shapes  bodies are not held: `path` and `digest` lead to them; all names are compared by `folded_name`
"""

import unicodedata
from dataclasses import dataclass, field

from skillstrata.records.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something a skill needs. `kind` is skill, binary, env or mcp; `any_of` are names of which one is enough.

    `versions` is a range as it was written (">=1.2,<2"), "" for any. `hard` requirements make a skill unavailable where
    they are not met; the others are only shown. Where names have ranges of their own, `each` has one for each name, and
    `versions` is "". What could not be understood is `unclear`, with the text as its one name: it is never met.
    """

    kind: str
    any_of: tuple[str, ...]
    versions: str = ""
    hard: bool = True
    each: tuple[str, ...] = ()
    unclear: bool = False

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """Give each name with its range."""
        if len(self.any_of) == 1 and not self.each:
            return ((self.any_of[0], self.versions),)
        return tuple(zip(self.any_of, self.each or (self.versions,) * len(self.any_of), strict=False))


@dataclass(frozen=True, slots=True)
class Frontmatter:
    """The fields of a SKILL.md, of the open specification and of Claude Code; "" and () where a field is not there.

    `declared_name` is only shown: a skill is called by its folder's name. `metadata` and `unknown` keep every other
    key, with its value as JSON text. `hooks` is JSON text too. Values are strings as they were written: a version 1.10
    stays "1.10".
    """

    declared_name: str = ""
    description: str = ""
    when_to_use: str = ""
    license: str = ""
    compatibility: str = ""
    argument_hint: str = ""
    arguments: tuple[str, ...] = ()
    model_may_invoke: bool = True
    user_may_invoke: bool = True
    allowed_tools: tuple[str, ...] = ()
    disallowed_tools: tuple[str, ...] = ()
    model: str = ""
    effort: str = ""
    context: str = ""
    agent: str = ""
    background: str = ""
    hooks: str = ""
    paths: tuple[str, ...] = ()
    shell: str = ""
    version: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SkillText:
    """One parsed file. `loads` is False where it must not be used; the diagnostics say why.

    `body_line` is the line the body begins on, from 1. `inline_shell` says that the body holds commands that Claude
    Code would run before the text is sent.
    """

    loads: bool
    frontmatter: Frontmatter
    body: str
    body_line: int = 1
    inline_shell: bool = False
    requirements: tuple[Requirement, ...] = ()
    related: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class SkillSource:
    """Where skills come from.

    `kind` is managed, user, project, extra, nested, agents, plugin, command, builtin, library or mcp. `label` is the
    first part of an id ("user", "project", "plugin:frontend", "mcp:docs"). `priority` ranks sources of one kind, the
    greater first. `prefix` goes before the names of a plugin's or nested folder's skills. Only what a host granted
    makes a source `trusted`; of others, links lead nowhere outside of the folder `within` ("" for the root itself).
    """

    kind: str
    label: str
    root: str
    priority: int = 0
    prefix: str = ""
    trusted: bool = True
    within: str = ""


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill of one source. `id` is `<label>/<name>`; `digest` is the sha256 of the file, `body_digest` of the body.

    For a skill of a server `files_digest` is what an approval is bound to, and `approved` says that somebody approved
    exactly those files. `folder` is the device and number of the folder that it lay in, (0, 0) where that is not known.
    """

    id: str
    name: str
    source: SkillSource
    path: str
    digest: str
    body_digest: str
    body_chars: int
    frontmatter: Frontmatter
    requirements: tuple[Requirement, ...] = ()
    related: tuple[str, ...] = ()
    inline_shell: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    files_digest: str = ""
    approved: bool = True
    folder: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class SkillConflict:
    """Several skills of one name: which one a bare name means, by which rule, and whether their files are the same.

    `digests` has the id and the sha256 of the file of each, the winner first.
    """

    name: str
    winner: str
    losers: tuple[str, ...]
    rule: str
    identical: bool
    digests: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A skill that cannot be used now, and why in a sentence."""

    skill_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Registry:
    """An immutable snapshot of every skill of every source; `generation` grows with each swap.

    `skills` are sorted by id. `names` maps each folded bare name to the id it means; losers are reached by their id.
    `order` lists ids so that what is needed comes first; `cycles` are the paths that could not be ordered. `aliases`
    lead from folded qualified names of copies, byte by byte the same, to their own ids: bare names mean another one.
    """

    generation: int = 0
    skills: tuple[Skill, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    conflicts: tuple[SkillConflict, ...] = ()
    unavailable: tuple[Unavailable, ...] = ()
    order: tuple[str, ...] = ()
    cycles: tuple[tuple[str, ...], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default=())
    aliases: tuple[tuple[str, str], ...] = ()


def folded_name(name: str) -> str:
    """Give the form under which names are the same: compatibility forms and case folded, invisible marks taken out."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in plain if unicodedata.category(c) != "Cf").strip()
