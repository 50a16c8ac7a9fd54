"""The database: engine and sessions, rows, bulk inserts, pages, ids, idempotency keys."""

__all__ = [
    "changes",
    "columns",
    "engine",
    "file_lock",
    "held_names",
    "idempotency",
    "ids",
    "pages",
    "place",
    "rows",
    "snapshot",
]
