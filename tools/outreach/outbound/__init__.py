"""Messages before they go: what waits for a person, and what they decide."""

__all__ = ["approval", "decisions", "versions", "views"]
