"""A loader's configuration in YAML, as the 66-skill pack's design writes it.

In     a file with the sections loader, runtime, monitoring, skill_permissions; every key of it is optional
Out    LoaderSettings in our units: milliseconds become seconds, "512MB" becomes bytes
Never  takes a value that it cannot understand for a default: it says which one
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.loader_settings import ContextShares, LoaderSettings, ScanPlace, SkillPermissions
from skillstrata.records.skill_metrics import Thresholds

T = TypeVar("T")
_MOST_BYTES = 1024 * 1024
_BY_POLICY = "it is for a policy to enforce"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.I)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?", re.I)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


class LoaderConfigInvalid(StrataError):
    """A loader's configuration that cannot be read or says what cannot be."""

    code: ClassVar[str] = "runtime.loader_config_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


def _bytes(value: object) -> object:
    hit = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(float(hit[1]) * 1000 ** _POWERS[hit[2].lower()]) if hit else value


def _seconds(value: object) -> object:
    hit = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(hit[1]) * _SECONDS[(hit[2] or "").lower()] if hit else value


Bytes = Annotated[int, BeforeValidator(_bytes)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Place(_Part):
    path: str = Field(min_length=1)
    priority: int = 0
    watch_enabled: bool = True
    recursive: bool = False


class _Context(_Part):
    total_chars: int = Field(default=15_000, gt=0)
    metadata_ratio: Share = 0.4
    active_content_ratio: Share = 0.3
    system_ratio: Share | None = None
    buffer_ratio: Share = 0.1


class _Dependency(_Part):
    resolution_timeout: float = Field(default=5000, gt=0)
    cyclic_dependency_action: Literal["warn_and_sort", "fail_fast"] = "warn_and_sort"


class _Loader(_Part):
    scan_sources: list[_Place] = []
    context_budget: _Context = _Context()
    dependency: _Dependency = _Dependency()
    project_skill_override_threshold: Share = 0.8
    max_workers: int | None = Field(default=None, ge=1, le=1024)
    cache_ttl: Seconds | None = None


class _HotSwap(_Part):
    enabled: bool = True
    watch_interval: float = Field(default=2000, gt=0)
    version_overlap: float = Field(default=300, ge=0)
    max_rollbacks: int = Field(default=3, ge=0)


class _Permissions(_Part):
    default_allow: list[str] = []
    require_approval: list[str] = []


class _Runtime(_Part):
    hot_swap: _HotSwap = _HotSwap()
    permissions: _Permissions = _Permissions()


class _Thresholds(_Part):
    dependency_resolution_time: float = 200
    skill_load_failure_rate: Share = 0.01
    permission_denial_rate: Share = 0.01
    skill_discovery_time: float = 1000
    context_usage: Share = 0.95
    routing_accuracy: Share = 0.7


class _Monitoring(_Part):
    metrics_interval: float = Field(default=30, gt=0)
    alert_thresholds: _Thresholds = _Thresholds()


class _Limits(_Part):
    max_cpu_time: Seconds = 0.0
    max_memory: Bytes = 0
    max_disk_io: Bytes = 0


class _Skill(_Part):
    allowed_tools: list[str] = []
    forbidden_operations: list[str] = []
    critical: bool = False
    resource_limits: _Limits = _Limits()


class _File(_Part):
    loader: _Loader = _Loader()
    runtime: _Runtime = _Runtime()
    monitoring: _Monitoring = _Monitoring()
    skill_permissions: dict[str, _Skill] = {}


def read_loader_config(path: Path) -> LoaderSettings:
    """Read the file.

    Raises:
        LoaderConfigInvalid: It is missing, no YAML, or has a key or value that cannot be.
    """
    text = _attempt(path, lambda: _text(path))
    found: object = _attempt(path, lambda: yaml.load(text, Loader=yaml.CSafeLoader))
    file = _attempt(path, lambda: _File.model_validate({} if found is None else found))
    context = file.loader.context_budget
    shares = (context.metadata_ratio, context.active_content_ratio, context.buffer_ratio, context.system_ratio or 0)
    if sum(shares) > 1 + 1e-9:
        raise _invalid(path, f"the shares of loader.context_budget are {sum(shares):g} together, more than 1")
    return _settings(file, _without_effect(file, path))


def _without_effect(file: _File, path: Path) -> tuple[Diagnostic, ...]:
    """Name the keys that were written and change nothing here, so that nobody trusts in them."""
    said: list[tuple[str, str]] = []
    if "cache_ttl" in file.loader.model_fields_set:
        said.append(("loader.cache_ttl", "what did not change is known by its stamp, and never grows old"))
    if "metrics_interval" in file.monitoring.model_fields_set:
        said.append(("monitoring.metrics_interval", "each event is counted at once"))
    permissions = file.runtime.permissions
    said += [
        (f"runtime.permissions.{name}", _BY_POLICY)
        for name in ("default_allow", "require_approval")
        if getattr(permissions, name)
    ]
    for name, skill in file.skill_permissions.items():
        if "resource_limits" in skill.model_fields_set:
            said.append((f"skill_permissions.{name}.resource_limits", _BY_POLICY))
    return tuple(
        Diagnostic("loader_key_idle", "info", f"{key} is read and has no effect: {why}", path=str(path))
        for key, why in said
    )


def _settings(file: _File, odd: tuple[Diagnostic, ...]) -> LoaderSettings:
    loader, swap, limits = file.loader, file.runtime.hot_swap, file.monitoring.alert_thresholds
    context = loader.context_budget
    return LoaderSettings(
        places=tuple(ScanPlace(p.path, p.priority, p.watch_enabled, p.recursive) for p in loader.scan_sources),
        context=ContextShares(
            context.total_chars,
            context.metadata_ratio,
            context.active_content_ratio,
            context.buffer_ratio,
            context.system_ratio,
        ),
        resolution_timeout_s=loader.dependency.resolution_timeout / 1000,
        on_cycle=loader.dependency.cyclic_dependency_action,
        hot_swap=swap.enabled,
        watch_interval_s=swap.watch_interval / 1000,
        version_overlap_s=swap.version_overlap,
        max_rollbacks=swap.max_rollbacks,
        override_threshold=loader.project_skill_override_threshold,
        default_allow=tuple(file.runtime.permissions.default_allow),
        require_approval=tuple(file.runtime.permissions.require_approval),
        permissions=tuple(_permissions(name, skill) for name, skill in file.skill_permissions.items()),
        critical=tuple(name for name, skill in file.skill_permissions.items() if skill.critical),
        metrics_interval_s=file.monitoring.metrics_interval,
        thresholds=Thresholds(
            discovery_s=limits.skill_discovery_time / 1000,
            resolution_ms=limits.dependency_resolution_time,
            load_failure_rate=limits.skill_load_failure_rate,
            denial_rate=limits.permission_denial_rate,
            budget_use=limits.context_usage,
            routing_accuracy=limits.routing_accuracy,
        ),
        max_workers=loader.max_workers or 0,
        odd=odd,
    )


def _permissions(name: str, skill: _Skill) -> SkillPermissions:
    limits = skill.resource_limits
    return SkillPermissions(
        name,
        tuple(skill.allowed_tools),
        tuple(skill.forbidden_operations),
        limits.max_cpu_time,
        limits.max_memory,
        limits.max_disk_io,
    )


def _text(path: Path) -> str:
    if path.stat().st_size > _MOST_BYTES:
        raise _invalid(path, f"has more than {_MOST_BYTES:,} bytes")
    return path.read_text(encoding="utf-8")


def _attempt(path: Path, act: Callable[[], T]) -> T:
    try:
        return act()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise _invalid(path, f"{where}: {first['msg']} ({first['input']!r})") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise _invalid(path, " ".join(str(error).split())) from error


def _invalid(path: Path, said: str) -> LoaderConfigInvalid:
    return LoaderConfigInvalid(
        f"{path}: {said}", hint="mend the file, or name another one in the setting skills.loader"
    )
