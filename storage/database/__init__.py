"""The database: engine and sessions, rows, bulk inserts, pages, ids, idempotency keys."""
