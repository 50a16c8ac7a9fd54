"""Reads what a page says to people and to programs."""

__all__ = ["reading"]
