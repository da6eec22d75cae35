"""The command line: parse, one call, print, exit code.

    argv --click--> use case --report--> table or exactly one JSON object on stdout; StrataError --> exit code

Front door: `surfaces.cli.main:main`, installed as `skillstrata` and `distiller`. A verb is imported when it is called.
"""
