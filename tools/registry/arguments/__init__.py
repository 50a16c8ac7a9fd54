"""Arguments of a call: their places, the values that models and programs put there, and what is wrong with them."""

__all__ = ["blanks", "errors", "reading", "slots"]
