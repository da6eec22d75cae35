"""The faces: command line and MCP server, thin and unaware of each other.

    argv, JSON-RPC --parse--> one use case --report--> text, JSON, exit code, MCP result

May import app and records; never a stage, never an adapter (contracts "joins", "wiring", "surfaces").
"""
