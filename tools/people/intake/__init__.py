"""Who is who: imported records become contacts, or are matched with contacts that exist."""
