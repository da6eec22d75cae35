"""What flows: frozen slotted dataclasses, one file per word of the domain, and the error base.

    Event -> Execution -> Candidate -> Draft -> Proof -> Contract -> Placement -> Tool

Front door: the modules themselves (`from skillstrata.records.events import Event`); nothing is re-exported.
May import the standard library only, does no I/O (contract "strata").
"""
