"""Syncs: their sub-types, the import of a file, and the `sync` run type."""

__all__ = ["export_files", "sync", "sync_types"]
