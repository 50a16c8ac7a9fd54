"""What a tool, a call, a result, a step and an error is, and how tools are found and called."""

__all__ = [
    "argument_errors",
    "budgets",
    "calls",
    "context",
    "errors",
    "gate",
    "import_files",
    "json_depth",
    "ports",
    "registry",
    "result",
    "runs",
    "setting_words",
    "shortening",
    "tool",
    "tool_schemas",
    "tool_spec",
    "toolbox",
    "zones",
]
