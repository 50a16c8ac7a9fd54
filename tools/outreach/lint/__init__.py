"""Lint of templates, check by check."""

__all__: list[str] = []
