"""What a tool, a call, a result, a step and an error is, and how tools are found and called."""

__all__ = [
    "argument_errors",
    "budgets",
    "calls",
    "context",
    "errors",
    "import_files",
    "ports",
    "record",
    "registry",
    "result",
    "run",
    "run_config",
    "run_type",
    "shortening",
    "tool",
    "tool_calls",
    "tool_schemas",
    "tool_spec",
    "toolbox",
]
