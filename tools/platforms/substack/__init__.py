"""Reads what Substack lets a writer download."""

__all__ = ["posts"]
