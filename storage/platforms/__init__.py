"""Accounts, sync cursors, content, and the hosts that were asked."""
