"""The database: engine and sessions, rows, bulk inserts, pages, ids, idempotency keys."""

__all__ = [
    "all_tables",
    "change_log",
    "changes",
    "columns",
    "engine",
    "file_lock",
    "held_names",
    "idempotency",
    "ids",
    "pages",
    "place",
    "recorded_changes",
    "rows",
    "snapshot",
]
