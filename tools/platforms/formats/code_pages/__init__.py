"""In which code page a text was saved."""

__all__ = ["code_pages", "east_asian"]
