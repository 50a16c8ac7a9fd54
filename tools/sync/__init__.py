"""Syncs: their sub-types, the import of a file, and the `sync` run type."""

__all__ = ["account_connecting", "account_views", "export_files", "online", "sync_types"]
