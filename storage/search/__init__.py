"""The search index of contacts: words, terms, match tiers, cursors."""

__all__ = ["contact_index", "contact_search", "words"]
