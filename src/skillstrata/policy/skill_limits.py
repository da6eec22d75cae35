"""How far a skill's calls may go: CPU, memory and disk, the least that any layer says; hosts and folders of each layer.

In     the skills, the policy, what the call asks for
Out    Limits for the call's sandbox, never above what was asked for; CallBounds for whoever makes the call
"""

import math
from dataclasses import replace

from skillstrata.policy.layers import ReadySkill, ready
from skillstrata.records.loader_settings import SkillPermissions
from skillstrata.records.policies import Policy
from skillstrata.records.sandbox_runs import MOST, Limits
from skillstrata.records.tool_calls import UNBOUNDED, CallBounds


def bounds_for(skills: tuple[str, ...], policy: Policy) -> CallBounds:
    """Give what policy leaves a call that is made on behalf of these skills, each of which restricts.

    Raises:
        PolicyInvalid: The policy cannot be made ready; nothing may be called.
    """
    layers = ready(policy).layers
    hosts = tuple(layer.hosts for layer in layers if layer.hosts)
    roots = tuple(layer.roots for layer in layers if layer.roots)
    most = MOST
    if skills and any(layer.permissions for layer in policy.layers):
        for skill in skills:
            most = limits_for(skill, policy, most)
    if most == MOST and not hosts and not roots:
        return UNBOUNDED
    return CallBounds(None if most == MOST else most, hosts, roots)


def limits_for(skill: str, policy: Policy, asked: Limits) -> Limits:
    """Give the limits of a call; what no layer bounds stays as it was asked for.

    No bound goes below what a program needs to start at all: a second, 64 MiB of memory, 1 MiB of disk.
    """
    most = asked
    for layer in policy.layers:
        for one in layer.permissions:
            if skill and ReadySkill(one.skill, None, ()).is_of(skill):
                most = _least(most, one)
    return asked.within(most)


def _least(most: Limits, one: SkillPermissions) -> Limits:
    if one.cpu_s > 0:
        cpu_s = math.ceil(min(one.cpu_s, most.cpu_s))
        most = replace(most, cpu_s=cpu_s)
    if one.memory_bytes > 0:
        most = replace(most, memory_bytes=min(one.memory_bytes, most.memory_bytes))
    if one.disk_bytes > 0:
        most = replace(most, output_bytes=min(one.disk_bytes, most.output_bytes))
    return most
