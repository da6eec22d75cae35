"""The MCP server: the library, served to any agent that speaks the Model Context Protocol.

    tools/list, tools/call --validate against the contract--> use case --report--> structured content plus text

Starts without the distiller. Errors are results that say what to do next.
"""
