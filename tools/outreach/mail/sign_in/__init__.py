"""Signing in to mail servers: by a password, or by what a mailbox's provider granted."""

__all__ = ["microsoft"]
