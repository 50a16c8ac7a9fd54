"""What a tool, a call, a result, a step and an error is, and how tools are found and called."""

__all__ = [
    "argument_errors",
    "argument_reading",
    "budgets",
    "calls",
    "context",
    "errors",
    "gate",
    "import_files",
    "json_depth",
    "module_search",
    "ports",
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
