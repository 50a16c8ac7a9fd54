"""Reads what Google lets a person download: contacts and mail."""

__all__ = ["gmail_answers", "gmail_client", "people_answers", "people_client"]
