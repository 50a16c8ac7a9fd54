"""Undo: what changes came to, what taking them back would do, and doing it."""

__all__ = ["net_changes", "plan", "undoing"]
