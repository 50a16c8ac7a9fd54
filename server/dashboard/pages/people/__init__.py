"""Pages about people: all of them, and each with everything that happened."""

__all__: list[str] = []
