"""Undo: taking back what calls and runs changed."""

__all__ = []
