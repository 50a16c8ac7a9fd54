"""Reads the archive that X lets a person download."""

__all__ = ["answers", "asking", "client", "estimate", "ledger", "live_records", "prices"]
