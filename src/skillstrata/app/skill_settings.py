"""The settings of the skill runtime, and what a loader's configuration file puts in their place.

In     settled values, LoaderSettings
Out    SkillSettings
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from skillstrata.app.setting_table import Names, Value
from skillstrata.records.loader_settings import LoaderSettings, SkillPermissions
from skillstrata.runtime.rollback import is_called


@dataclass(frozen=True, slots=True)
class SkillSettings:
    """How skills are found and kept; each field is a row `skills.…` of `app.setting_table`, but for the last four.

    `default_allow`, `require_approval` and `permissions` are what a loader's configuration says about tools: they are
    read here, and are for a policy to enforce. `said` names the rows that somebody set, so that the configuration does
    not go before them.
    """

    profile: str = "claude-code"
    loader: Path | None = None
    managed: Path | None = None
    trust_project: bool = False
    override_threshold: float = 0.8
    on_cycle: str = "warn_and_sort"
    resolution_timeout_s: float = 5.0
    watch_interval_s: float = 2.0
    version_overlap_s: float = 300.0
    max_rollbacks: int = 3
    listing_profile: str = "default"
    context_tokens: int = 0
    vectors: str = "none"
    listing: Names = ()
    servers: Names = ()
    critical: str | None = None
    trials: Names = ()
    trial_share: float = 0.5
    default_allow: tuple[str, ...] = ()
    require_approval: tuple[str, ...] = ()
    permissions: tuple[SkillPermissions, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def critical_names(self) -> tuple[str, ...]:
        """Give the skills of which a person must see each refused tool."""
        return tuple(name.strip() for name in (self.critical or "").split(",") if name.strip())


def skill_settings(values: Mapping[str, Value], said: frozenset[str]) -> SkillSettings:
    """Take the rows of the skill runtime out of all settings; `said` are the keys that are not at their default."""
    of = {key.removeprefix("skills."): value for key, value in values.items() if key.startswith("skills.")}
    return SkillSettings(
        profile=cast("str", of["profile"]),
        loader=cast("Path | None", of["loader"]),
        managed=cast("Path | None", of["managed"]),
        trust_project=of["trust_project"] is True,
        override_threshold=cast("float", of["override_threshold"]),
        on_cycle=cast("str", of["on_cycle"]),
        resolution_timeout_s=cast("float", of["resolution_timeout_s"]),
        watch_interval_s=cast("float", of["watch_interval_s"]),
        version_overlap_s=cast("float", of["version_overlap_s"]),
        max_rollbacks=cast("int", of["max_rollbacks"]),
        listing_profile=cast("str", of["listing_profile"]),
        context_tokens=cast("int", of["context_tokens"]),
        vectors=cast("str", of["vectors"]),
        listing=cast("Names", of["listing"]),
        servers=cast("Names", of["servers"]),
        critical=cast("str | None", of["critical"]),
        trials=cast("Names", of["trials"]),
        trial_share=cast("float", of["trial_share"]),
        said=tuple(sorted(key.removeprefix("skills.") for key in said if key.startswith("skills."))),
    )


def with_loader(settings: SkillSettings, loader: LoaderSettings) -> SkillSettings:
    """Put what a loader's configuration says where nobody set anything; its places ask for the profile `seed`."""

    def free(name: str) -> bool:
        return name not in settings.said

    return replace(
        settings,
        profile="seed" if free("profile") else settings.profile,
        override_threshold=loader.override_threshold if free("override_threshold") else settings.override_threshold,
        on_cycle=loader.on_cycle if free("on_cycle") else settings.on_cycle,
        resolution_timeout_s=(
            loader.resolution_timeout_s if free("resolution_timeout_s") else settings.resolution_timeout_s
        ),
        watch_interval_s=loader.watch_interval_s if free("watch_interval_s") else settings.watch_interval_s,
        version_overlap_s=loader.version_overlap_s if free("version_overlap_s") else settings.version_overlap_s,
        max_rollbacks=loader.max_rollbacks if free("max_rollbacks") else settings.max_rollbacks,
        critical=", ".join(loader.critical) or None if free("critical") else settings.critical,
        default_allow=loader.default_allow,
        require_approval=loader.require_approval,
        permissions=loader.permissions,
    )


def permissions_of(settings: SkillSettings, skill_id: str) -> tuple[SkillPermissions, ...]:
    """Give what a loader's configuration says of one skill, by its id, its name, or its name within its plugin."""
    return tuple(one for one in settings.permissions if is_called(skill_id, one.skill))
