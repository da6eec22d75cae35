"""What settings and a loader's configuration mean for the registry and for the answers to faults.

In     SkillSettings, LoaderSettings, this machine
Out    RegistryBuilder, MatrixRules
"""

from dataclasses import replace
from pathlib import Path

from skillstrata.app.skill_settings import SkillSettings
from skillstrata.ports.skill_host import SkillHost
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.loader_settings import LoaderSettings
from skillstrata.records.skills import Skill
from skillstrata.runtime.dependency_graph import Resolver
from skillstrata.runtime.precedence import Precedence, likeness
from skillstrata.runtime.registry import RegistryBuilder
from skillstrata.runtime.rollback import MatrixRules
from skillstrata.runtime.sources import MAX_FILE_BYTES


def builder_of(host: SkillHost, settings: SkillSettings, loader: LoaderSettings, project: Path) -> RegistryBuilder:
    """Give what makes registries: by the precedence and the needs that the settings ask for."""

    def alike(one: Skill, other: Skill) -> float:
        if one.body_digest == other.body_digest:
            return 1.0
        try:
            texts = [host.files.read(path, max_bytes=MAX_FILE_BYTES) for path in (one.path, other.path)]
        except FileUnreadable:
            return 0.0
        return likeness(*(text.decode("utf-8", "replace") for text in texts))

    precedence = Precedence(settings.profile, bool(loader.places), settings.override_threshold)
    return RegistryBuilder(
        precedence, Resolver(host.facts(project), settings.resolution_timeout_s, settings.on_cycle), alike
    )


def rules_of(settings: SkillSettings, loader: LoaderSettings) -> MatrixRules:
    """Give the thresholds of the matrix, and what is forbidden to which skill."""
    return replace(
        MatrixRules(timeout_s=settings.resolution_timeout_s),
        forbidden_of=tuple((one.skill, one.forbidden_operations) for one in loader.permissions),
        critical=settings.critical_names,
    )
