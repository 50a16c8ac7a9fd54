"""Reads the files that LinkedIn lets a person download."""

__all__ = ["answers", "client", "posts", "profiles"]
