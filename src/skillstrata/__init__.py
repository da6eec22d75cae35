"""SkillStrata: the programs agents write, distilled into proven skills and served back over MCP.

    agent records --capture--> Event --distill--> Placement --library--> skill folder --surfaces--> agent

Nothing is imported here, so that `import skillstrata` costs nothing; docs/architecture.md is the map.
"""

__version__ = "0.1.0"
