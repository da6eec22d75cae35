"""How much a skill's calls may take: CPU, memory and disk, the least that any layer says.

In     the skill, the policy, what the call asks for
Out    Limits for the call's sandbox, never above what was asked for
"""

import math
from dataclasses import replace

from skillstrata.policy.layers import ReadySkill
from skillstrata.records.loader_settings import SkillPermissions
from skillstrata.records.policies import Policy
from skillstrata.records.sandbox_runs import Limits


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
