"""Drafts that a person approves: posts, letters in Gmail's drafts, and what they carry out by hand.

docs/content.md tells how.
"""

__all__ = ["deciding", "publication", "views"]
