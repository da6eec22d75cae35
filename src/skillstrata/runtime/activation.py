"""Level two: a skill is called, and its text goes into the context.

In     a skill, its body, what was typed, places; the skills that are active
Out    Activation: text for the model and wishes for the host; the active skills after it
Never  runs anything that a body asks for; lets a foreign source widen what the host allows
Why    a context is small: few bodies at once, none of them twice, and a known rule for what survives a compaction
"""

import hashlib
import re
from dataclasses import replace
from html import escape

from skillstrata.records.activations import (
    Activation,
    ActivationPlaces,
    ActiveLimits,
    ActiveSkill,
    ActiveSkills,
    HostWishes,
)
from skillstrata.records.skills import Skill
from skillstrata.runtime.arguments import rule_with_places, with_arguments
from skillstrata.runtime.tokens import estimated_tokens, within_tokens

MOST_RESOURCES = 50
COMPACT_TOKENS_EACH, COMPACT_TOKENS = 5_000, 25_000
# Fields that let a skill do more than its caller may: they need somebody who vouches for the skill.
_GRANTING = ("allowed_tools", "hooks", "shell")
# Fields that a skill of a server may not set either: they choose who works, and at whose cost.
_CHOOSING = ("model", "effort", "context", "agent", "background")
# Our own marks are ours alone: a body can neither end them nor begin others and go on as somebody else.
_MARKS = re.compile(r"<(?=[\s/\u200b-\u200f\u2060-\u2064\ufeff]*skill_(?:content|resources))", re.IGNORECASE)


def activate(
    skill: Skill, body: str, args: str, places: ActivationPlaces, *, resources: tuple[str, ...] = ()
) -> Activation:
    """Make what a model and its host are given for one call of a skill.

    Args:
        skill: The skill, from the registry.
        body: Its text after the frontmatter.
        args: What was typed after its name, "" for nothing.
        places: What `${CLAUDE_…}` stands for.
        resources: Paths of the files that come with it, below its folder.
    """
    front = skill.frontmatter
    if is_foreign(skill):
        # A foreign text learns nothing about this session or machine, but for where its own files are.
        places = ActivationPlaces(skill_dir=places.skill_dir)
    filled = with_arguments(body.strip("\n"), args, names=front.arguments, places=places)
    shown = resources[:MOST_RESOURCES]
    text = _wrapped(skill, filled, shown, len(resources) - len(shown), places.skill_dir)
    return Activation(
        skill_id=skill.id,
        name=skill.name,
        body=filled,
        text=text,
        digest=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        host=_wishes(skill, places),
        resources=shown,
        resources_left_out=len(resources) - len(shown),
        inline_shell=skill.inline_shell,
    )


def is_foreign(skill: Skill) -> bool:
    """Say whether a skill comes from a server: nobody here wrote it, and it may be another one tomorrow."""
    return skill.source.kind == "mcp"


def _wishes(skill: Skill, places: ActivationPlaces) -> HostWishes:
    front = skill.frontmatter
    barred = (*_GRANTING, *_CHOOSING) if is_foreign(skill) else () if skill.source.trusted else _GRANTING
    wishes = HostWishes(
        model=front.model,
        effort=front.effort,
        context=front.context,
        agent=front.agent,
        background=front.background,
        shell=front.shell,
        hooks=front.hooks,
        allowed_tools=tuple(rule_with_places(rule, places) for rule in front.allowed_tools),
        disallowed_tools=front.disallowed_tools,
        paths=front.paths,
    )
    ignored = tuple(name for name in barred if getattr(front, name))
    if not ignored:
        return wishes
    plain = HostWishes()
    without = replace(wishes, **{name: getattr(plain, name) for name in ignored})
    return replace(without, ignored=tuple(name.replace("_", "-") for name in ignored))


def _wrapped(skill: Skill, body: str, resources: tuple[str, ...], left_out: int, folder: str) -> str:
    body = _MARKS.sub("&lt;", body)
    marked = ' inline_shell="not-run"' if skill.inline_shell else ""
    origin = f' origin="{escape(skill.source.label)}"' if is_foreign(skill) else ""
    lines = [f'<skill_content name="{escape(skill.name)}"{origin}{marked}>', body]
    if resources:
        lines += ["", f"Files of this skill, relative to {escape(folder or 'its folder')}; read them when needed:"]
        lines += ["<skill_resources>", *(f"  <file>{escape(path)}</file>" for path in resources)]
        lines += [f"  <!-- {left_out} more -->"] if left_out else []
        lines.append("</skill_resources>")
    return "\n".join([*lines, "</skill_content>"])


def admit(
    active: ActiveSkills, activation: Activation, limits: ActiveLimits | None = None
) -> tuple[ActiveSkills, Activation]:
    """Take an activation into the context.

    The same text again gives a short note instead of a copy, and counts as the latest call. Another text of the same
    skill takes the place of the one before. Beyond the limits, what was called longest ago goes; what is called now
    stays in any case, and `over_chars` says by how much it is too long.

    Returns:
        The active skills after it, and the activation as the host should deliver it.
    """
    limits = limits or ActiveLimits()
    new = ActiveSkill(activation.skill_id, activation.name, activation.digest, activation.text)
    before = next((held for held in active.skills if held.skill_id == new.skill_id), None)
    others = [held for held in active.skills if held.skill_id != new.skill_id]
    if before is not None and before.digest == new.digest:
        note = f'<skill_content name="{escape(new.name)}" repeated="yes">Its text is in the context.</skill_content>'
        return ActiveSkills((*others, before)), replace(activation, text=note, repeated=True)
    unloaded: list[str] = []
    while others and (
        len(others) >= limits.bodies or sum(len(held.text) for held in others) + len(new.text) > limits.chars
    ):
        unloaded.append(others.pop(0).skill_id)
    over = max(0, len(new.text) - limits.chars)
    return ActiveSkills((*others, new)), replace(activation, unloaded=tuple(unloaded), over_chars=over)


def unload(active: ActiveSkills, skill_id: str) -> ActiveSkills:
    """Give the active skills without one."""
    return ActiveSkills(tuple(held for held in active.skills if held.skill_id != skill_id))


def reinjected(
    active: ActiveSkills, *, each_tokens: int = COMPACT_TOKENS_EACH, all_tokens: int = COMPACT_TOKENS
) -> ActiveSkills:
    """Give what goes into a context again after it was compacted.

    Of each skill the first `each_tokens`, the latest called first, until `all_tokens` are used; in the order of calls.
    A text that was cut has the digest of what is left, so that calling the skill again gives all of it.
    """
    room = all_tokens
    kept: list[ActiveSkill] = []
    for held in reversed(active.skills):
        text = within_tokens(held.text, min(each_tokens, room))
        if not text:
            break
        room -= estimated_tokens(text)
        whole = text == held.text
        digest = held.digest if whole else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        kept.append(ActiveSkill(held.skill_id, held.name, digest, text))
    return ActiveSkills(tuple(reversed(kept)))
