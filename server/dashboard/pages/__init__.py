"""The pages, a module each; those about one thing share a folder (docs/dashboard.md, "A new page")."""

__all__: list[str] = []
