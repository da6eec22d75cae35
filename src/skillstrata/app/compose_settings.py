"""The settings of composed tools.

In     settled values
Out    ComposeSettings
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from skillstrata.app.setting_table import Value, Words
from skillstrata.records.composed_runs import RunLimits


@dataclass(frozen=True, slots=True)
class ComposeSettings:
    """How composed tools are made and run; each field is a row `compose.…` of `app.setting_table`.

    `roots` are folders besides the project's; `without` are native tools that are left out; `secrets` are names of
    environment variables; `limits` bound every run.
    """

    auto: bool = True
    listed: int = 50
    roots: Words = ()
    without: Words = ()
    secrets: Words = ()
    limits: RunLimits = field(default_factory=RunLimits)


def compose_settings(values: Mapping[str, Value]) -> ComposeSettings:
    """Take the rows of composed tools out of all settings."""
    of = {key.removeprefix("compose."): value for key, value in values.items() if key.startswith("compose.")}
    return ComposeSettings(
        auto=of["auto"] is True,
        listed=cast("int", of["listed"]),
        roots=cast("Words", of["roots"]),
        without=cast("Words", of["without"]),
        secrets=cast("Words", of["secrets"]),
        limits=RunLimits(
            steps=cast("int", of["steps"]),
            parallel=cast("int", of["parallel"]),
            loop_items=cast("int", of["loop_items"]),
            calls=cast("int", of["calls"]),
            step_bytes=cast("int", of["step_bytes"]),
            run_bytes=cast("int", of["run_bytes"]),
            run_s=cast("float", of["run_s"]),
            step_s=cast("float", of["step_s"]),
            wait_s=cast("float", of["wait_s"]),
        ),
    )
