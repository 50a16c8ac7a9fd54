"""Moves people through sequences: what is due is decided, written, counted and ended, in one commit each."""

__all__: list[str] = []

__all__ = ["mover", "outcomes", "sequence_runs"]
