"""Syncs that ask a platform's API instead of reading a file."""

__all__ = ["connected_accounts", "x"]
