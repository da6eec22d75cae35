"""The seams: one Protocol per file, each with the promises that one contract suite checks.

    stage --calls--> Protocol <--fulfils-- adapter        app.wiring and app.wiring_tools join the two

Front door: the modules themselves; a port is defined by who needs it, not by who fulfils it.
May import records, nothing else of ours (contract "strata"). The suites are in tests/contracts.
"""
