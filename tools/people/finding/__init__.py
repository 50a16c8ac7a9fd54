"""Finding contacts in a person's words, and counting them."""

__all__: list[str] = []
