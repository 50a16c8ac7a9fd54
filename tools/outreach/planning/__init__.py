"""When a step is due and what holds it: pure functions over facts."""

__all__ = ["gates", "policies"]
