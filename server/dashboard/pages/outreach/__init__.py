"""Pages about what is written to people: letters, drafts and posts."""

__all__ = []
