"""SkillStrata: the programs agents write, distilled into proven skills and served back over MCP.

    agent records --capture--> Event --distill--> Placement --library--> skill folder --surfaces--> agent

Nothing is imported here, so that `import skillstrata` costs nothing; `SkillRuntime`, the Python API, comes when it is
asked for. docs/architecture.md is the map.
"""

import importlib

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Bring the Python API at first use."""
    if name != "SkillRuntime":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("skillstrata.surfaces.python_api"), name)
