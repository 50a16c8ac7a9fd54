"""The database: engine and sessions, rows, bulk inserts, pages, ids, idempotency keys."""

__all__ = [
    "absence",
    "all_tables",
    "change_log",
    "changes",
    "columns",
    "engine",
    "file_lock",
    "idempotency",
    "ids",
    "name_locks",
    "pages",
    "recorded_changes",
    "rows",
    "snapshot",
    "storage_identity",
]
