"""What a run type is given and gives back: the port to a run, its config, its steps, its tool calls."""

__all__ = ["record", "run", "run_config", "run_type", "tool_calls"]
