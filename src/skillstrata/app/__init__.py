"""The verbs: one use case per thing a user can ask for, and the wiring that gives it its adapters.

    surface --verb--> use case --joins--> stages        wiring --picks--> adapters

The only folder that sees several stages; `app.wiring` and `app.wiring_tools` are the only modules that see
adapters (contracts "joins", "wiring").
"""
