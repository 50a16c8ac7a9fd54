"""Reads the archive that X lets a person download."""

__all__ = ["account_requests", "answers", "client", "estimate", "ledger", "live_records", "prices"]
