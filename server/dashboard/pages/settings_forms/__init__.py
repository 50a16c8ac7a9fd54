"""What the forms of the settings page do."""

__all__ = []
