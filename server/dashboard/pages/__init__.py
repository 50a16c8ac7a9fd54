"""The pages, a module each; those about one thing share a folder with what they read (docs/dashboard.md, "A new page")."""

__all__: list[str] = []
