"""Syncs that ask a platform's API instead of reading a file."""

__all__: list[str] = []

__all__ = ["x"]
