"""Accounts, sync cursors, content, and the hosts that were asked."""

__all__ = ["accounts", "content", "cursors", "made_up_addresses", "metrics", "publishing", "spending", "web_hosts"]
