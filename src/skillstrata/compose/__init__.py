"""Skills become tools: `tool_schema` in, a checked tool of steps out, and its durable runs.

ComposedSource --compile--> ComposedTool --plan--> Plan --run--> ComposedRun
"""
