"""Backups: one file with everything that a home keeps (docs/backups.md)."""

__all__ = []
