"""Tasks: what waits for the person, and what they did about it."""

__all__: list[str] = []

__all__ = ["finishing", "rhythm_tasks", "task_calls", "task_views"]
