"""Doors for the person alone: REST with their key, and a page behind a one-time link (docs/agent.md, "Doors")."""

__all__ = ["entrance", "forms"]
