"""What a run of the `contained` tier is reported as.

In     how the run ended, what was collected, where the job's paths lay
Out    SandboxResult, with the job's own paths
Never  names another tier
"""

import os

from skillstrata.adapters.contained_collect import Collection
from skillstrata.adapters.contained_paths import Relocation
from skillstrata.adapters.contained_run import Ending
from skillstrata.records.sandbox_runs import Limits, Provenance, SandboxJob, SandboxResult, Touched

TIER = "contained"
_SIGKILL, _SIGXCPU = 9, 24


def result_of(job: SandboxJob, ending: Ending, collection: Collection, relocation: Relocation) -> SandboxResult:
    """Put a result together."""
    files = tuple(collection.files)
    written = tuple(Touched("write", file.path) for file in files if file.written)
    limit = ending.limit or _limit_of(ending, job.limits) or collection.over or _memory_error(ending)
    return SandboxResult(
        exit_code=None if ending.status is None or ending.limit else _exit_code(ending.status),
        stdout=relocation.restored(bytes(ending.stdout)),
        stderr=relocation.restored(bytes(ending.stderr)),
        files=files,
        refused=tuple(collection.refused),
        limit=limit,
        wall_ms=ending.wall_ms,
        tier=TIER,
        provenance=Provenance(written, seen_by=("files",)) if job.traced else None,
    )


def _limit_of(ending: Ending, limits: Limits) -> str:
    if ending.status is None:
        return ""
    number = os.WTERMSIG(ending.status) if os.WIFSIGNALED(ending.status) else 0
    spent = ending.cpu_ms >= limits.cpu_s * 1000
    return "cpu" if number == _SIGXCPU or (number == _SIGKILL and spent) else ""


def _memory_error(ending: Ending) -> str:
    # One leap over the limit ends in Python's own error before the watcher can see it.
    lines = ending.stderr[-500:].rstrip().splitlines()
    return "memory" if ending.status and lines and lines[-1].startswith(b"MemoryError") else ""


def _exit_code(status: int) -> int | None:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return None if number in (_SIGKILL, _SIGXCPU) else 128 + number
    return os.WEXITSTATUS(status)
