"""What a host is given when a skill is called, and which skills are held in the context.

Shapes  `text` is what goes into the context; `host` are wishes of the skill that the host may fulfil, never orders
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActivationPlaces:
    """What `${CLAUDE_…}` stands for in a body; "" where it has no meaning here, and the words then stay as they are."""

    skill_dir: str = ""
    project_dir: str = ""
    session_id: str = ""
    effort: str = ""
    plugin_root: str = ""
    plugin_data: str = ""


@dataclass(frozen=True, slots=True)
class HostWishes:
    """What a skill asks of its host. `hooks` is JSON text; `ignored` names fields of a source that may not ask.

    `paths` are patterns of the files that the skill is for. `permitted_tools` are those that a loader's configuration
    names for it, () where it names none: not the skill's wish, but its user's.
    """

    model: str = ""
    effort: str = ""
    context: str = ""
    agent: str = ""
    background: str = ""
    shell: str = ""
    hooks: str = ""
    allowed_tools: tuple[str, ...] = ()
    disallowed_tools: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    permitted_tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Activation:
    """One call of a skill.

    `body` is the skill's text with its arguments put in, `text` the same as it goes into the context, with the list of
    the skill's files. `digest` is that of `text`. `inline_shell` says that the body holds commands; none was run.
    `repeated` activations give a short note in `text`, because the same text is there already. `unloaded` are the ids
    of skills whose text may go now; `over_chars` is how much of the text is beyond the share for active skills.
    """

    skill_id: str
    name: str
    body: str
    text: str
    digest: str
    host: HostWishes = HostWishes()
    resources: tuple[str, ...] = ()
    resources_left_out: int = 0
    inline_shell: bool = False
    repeated: bool = False
    unloaded: tuple[str, ...] = ()
    over_chars: int = 0


@dataclass(frozen=True, slots=True)
class ActiveSkill:
    """A skill whose text is in the context."""

    skill_id: str
    name: str
    digest: str
    text: str


@dataclass(frozen=True, slots=True)
class ActiveSkills:
    """The skills in one session's context, the one called last at the end. A value: changes give another one."""

    skills: tuple[ActiveSkill, ...] = ()

    @property
    def chars(self) -> int:
        """Count the characters of all texts."""
        return sum(len(active.text) for active in self.skills)


@dataclass(frozen=True, slots=True)
class ActiveLimits:
    """How much may be active: bodies, and characters (30 % of a budget of 15,000)."""

    bodies: int = 3
    chars: int = 4_500
