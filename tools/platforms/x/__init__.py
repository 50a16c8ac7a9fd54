"""Reads the archive that X lets a person download."""
