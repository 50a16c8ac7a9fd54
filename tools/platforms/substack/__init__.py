"""Reads what Substack lets a writer download."""
