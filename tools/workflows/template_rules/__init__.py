"""What a template may say, and which states it may come into."""

__all__: list[str] = []
