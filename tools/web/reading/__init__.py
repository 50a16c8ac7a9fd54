"""Reads what a page says to people and to programs."""
