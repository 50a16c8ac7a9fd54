"""The facts of templates, of accounts and of where people are, as the database has them."""

__all__ = ["sequence_sources"]
