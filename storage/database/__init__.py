"""The database: engine and sessions, rows, bulk inserts, pages, ids, idempotency keys."""

__all__ = ["changes", "columns", "engine", "idempotency", "ids", "pages", "place", "rows"]
__all__ = ["changes", "columns", "engine", "idempotency", "ids", "pages", "place", "rows"]
