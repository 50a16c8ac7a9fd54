"""Sequences: what they say, when their steps are due, and what becomes of them."""

__all__: list[str] = []
