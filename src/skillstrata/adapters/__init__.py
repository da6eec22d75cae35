"""The outside world: databases, files, processes, sandboxes, agents; one file per thing, each behind one port.

    Protocol in ports <--fulfils-- adapter --touches--> SQLite, disk, bubblewrap, uv, agent settings

May import records and ports, never a stage, never each other's insides (contracts "strata", "outside").
Only app.wiring and app.wiring_tools pick one (contract "wiring").
"""
