"""Sequences that really run: mail accounts, letters and what comes back."""

__all__ = ["inbound", "mail"]
