"""Any JSON value, typed: what tools take and give.

Why    a tool's arguments and results are whatever its schemas say; everything else at a seam has named fields
"""

from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"
