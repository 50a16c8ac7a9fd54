"""Tasks: what waits for the person, and what they did about it."""

__all__: list[str] = []

__all__ = ["finishing", "task_calls", "task_views"]
