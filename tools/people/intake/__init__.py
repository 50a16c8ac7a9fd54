"""Who is who: imported records become contacts, or are matched with contacts that exist."""

__all__ = ["batch", "doubles", "names", "owners", "relations"]
