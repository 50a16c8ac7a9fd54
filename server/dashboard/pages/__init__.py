"""The pages, a module each (docs/dashboard.md, "A new page")."""

__all__: list[str] = []
