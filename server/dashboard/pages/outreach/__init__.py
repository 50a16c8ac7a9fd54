"""Pages about what is written to people: letters, templates, drafts and posts."""

__all__: list[str] = []
