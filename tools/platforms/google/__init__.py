"""Reads what Google lets a person download: contacts and mail."""
