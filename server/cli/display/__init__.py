"""How things look on a terminal: lines wrapped at words, tables that fit, times and states in words."""

__all__ = []
