"""In which code page a text was saved."""

__all__: list[str] = []
