"""Syncs: their sub-types, the import of a file, and the `sync` run type."""
