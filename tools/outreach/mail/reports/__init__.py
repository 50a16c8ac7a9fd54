"""What mail servers say in words of their own about a letter that they could not deliver."""

__all__: list[str] = []
