"""Accounts, sync cursors, content, and the hosts that were asked."""

__all__ = ["accounts", "content", "cursors", "metrics", "spending", "web_hosts"]
