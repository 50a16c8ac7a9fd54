"""Sends what was approved: exactly once, and where that can't be known, it says so."""

__all__ = ["breaker", "recovery", "settling", "transmission"]
