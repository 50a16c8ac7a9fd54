"""The search index of contacts: words, terms, match tiers, cursors."""
