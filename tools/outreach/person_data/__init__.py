"""A person's data: all of it in one document, and none of it any more."""

__all__: list[str] = []

__all__ = ["erasing"]
